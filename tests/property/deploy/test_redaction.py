"""No secret that is known gets into an explanation, whatever a program prints around it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from outgrow.deploy.explain import explanation, remedy_for
from outgrow.deploy.redaction import redacted, redactor
from outgrow.deploy.values import Evidence, Probe

SECRETS = st.sets(
    st.text(st.characters(codec="utf-8", exclude_characters="*·"), min_size=6, max_size=30)
    .map(str.strip)
    .filter(lambda one: len(one) >= 6 and len(one.splitlines()) == 1 and one.isprintable()),
    min_size=1,
    max_size=3,
)
TEXT = st.text(max_size=40)


@given(SECRETS, TEXT, TEXT)
def test_no_known_secret_is_ever_shown(secrets: set[str], before: str, after: str) -> None:
    lines = tuple(f"{before}{secret}{after}" for secret in secrets)
    probe = Probe("green1", False, lines[0], 0.0)
    shown = redacted(Evidence("green1", probe, lines, (), 1, 0), secrets)
    for secret in secrets:
        assert secret not in "\n".join(shown.lines)
        assert shown.probe is not None
        assert secret not in shown.probe.said


@given(st.lists(TEXT, max_size=10), st.integers() | st.none(), TEXT)
def test_every_evidence_can_be_explained(lines: list[str], code: int | None, said: str) -> None:
    probe = Probe("green1", False, said, 0.0)
    evidence = Evidence("green1", probe, tuple(lines), None, None, code)
    assert explanation(None, [evidence]).startswith("green1:")
    assert remedy_for([evidence])


@given(TEXT)
def test_without_secrets_a_plain_text_stays_as_it_is(text: str) -> None:
    plain = text.replace(":", " ").replace("=", " ")
    assert redactor(())(plain) == plain
