"""Broken files end in diagnostics: where, which code, what to do. Never a traceback."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import yaml

from outgrow.diagnostics import Diagnostic, format_diagnostic
from outgrow.errors import InputError, InvalidStrategy
from outgrow.strategy.load import load_strategy, parse_strategy
from outgrow.strategy.yaml_source import MAX_DEPTH, MAX_NODES, read_yaml

TINY = """\
outgrow: 1
name: tiny
demand: {users: {}}
components:
  app: {kind: service}
  db: {kind: postgres}
phases:
  start:
    serves: {users: 0-50}
    use:
      app: {offering: vercel/hobby}
      db: {offering: supabase/free}
"""


TOO_LARGE = "Write a number of at most 1,000,000,000,000,000 with at most 20 decimals."


def problems(text: str | bytes) -> list[Diagnostic]:
    with pytest.raises(InvalidStrategy) as caught:
        parse_strategy(text)
    return list(caught.value.diagnostics)


def only(text: str | bytes) -> tuple[str, str, Diagnostic]:
    """Return where and with which code the one problem in `text` is reported."""
    [problem] = problems(text)
    assert problem.location
    return f"{problem.location.line}:{problem.location.column}", problem.code, problem


def load(files: Mapping[str, str]) -> list[Diagnostic]:
    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[path].encode()

    with pytest.raises(InvalidStrategy) as caught:
        load_strategy("outgrow.yaml", read)
    return list(caught.value.diagnostics)


def test_five_megabytes_are_refused_by_size_before_parsing() -> None:
    where, code, problem = only("[" * 5_000_000)
    assert (where, code) == ("1:1", "file-too-large")
    assert "5,000,000 bytes" in problem.reason
    assert "1,048,576" in problem.reason
    assert "extends" in problem.remedy


def test_an_alias_bomb_is_refused_without_being_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    where, code, problem = only("\n".join(lines))
    assert (where, code) == ("5:35", "too-many-values")
    assert f"{MAX_NODES:,}" in problem.reason
    assert "aliases" in problem.remedy


def test_nesting_is_refused_where_it_becomes_too_deep() -> None:
    where, code, problem = only("a: " + "[" * 1_000_000)
    assert (where, code) == (f"1:{MAX_DEPTH + 3}", "nested-too-deeply")
    assert problem.remedy == "Check the brackets and indentation here."


def test_an_alias_cannot_nest_deeper_than_brackets_may() -> None:
    text = "a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40
    assert only(text)[:2] == ("2:44", "nested-too-deeply")


def test_a_cycle_in_extends_shows_the_chain() -> None:
    files = {
        "outgrow.yaml": "extends: [shared/a.yaml]\n" + TINY,
        "shared/a.yaml": "extends:\n  - b.yaml\n",
        "shared/b.yaml": "extends: [../outgrow.yaml]\n",
    }
    [problem] = load(files)
    assert problem.code == "extends-cycle"
    assert str(problem.location) == "shared/b.yaml:1:11"
    assert "outgrow.yaml -> shared/a.yaml -> shared/b.yaml -> outgrow.yaml" in problem.reason
    assert problem.remedy == "Remove one of these entries."


def test_a_missing_fragment_is_reported_where_it_is_named() -> None:
    [problem] = load({"outgrow.yaml": "extends: [nothing.yaml]\n" + TINY})
    assert (str(problem.location), problem.code) == ("outgrow.yaml:1:11", "missing-fragment")
    assert "nothing.yaml cannot be read: No such file or directory" in problem.reason
    assert "relative" in problem.remedy


def test_problems_of_all_fragments_are_reported_together() -> None:
    files = {"outgrow.yaml": "extends: [a.yaml, b.yaml]\n", "a.yaml": "x: [1", "b.yaml": "y: 'z"}
    assert [f"{p.location} {p.code}" for p in load(files)] == [
        "a.yaml:1:4 unclosed-bracket",
        "b.yaml:1:4 unclosed-quote",
    ]


def test_more_fragments_than_allowed_are_refused() -> None:
    names = [f"f{n}.yaml" for n in range(40)]
    files = dict.fromkeys(names, "name: x\n")
    files["outgrow.yaml"] = f"extends: [{', '.join(names)}]\n" + TINY
    assert {problem.code for problem in load(files)} == {"too-many-fragments"}


def test_a_missing_file_is_wrong_input() -> None:
    def read(path: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", path)

    with pytest.raises(InputError, match=r"plan\.yaml cannot be read: No such file") as caught:
        load_strategy("plan.yaml", read)
    assert caught.value.remedy


def test_a_duplicate_key_names_both_lines() -> None:
    where, code, problem = only(TINY.replace("phases:", "  app: {kind: worker}\nphases:"))
    assert (where, code) == ("7:3", "duplicate-key")
    assert problem.reason == "`app` is written twice: on line 5 and on line 7"
    assert problem.path == ("components", "app")
    assert problem.remedy.startswith("Keep one")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a:\n\tb: 1\n", "2:1"),
        ("a: x\n\tb: 1\n", "2:1"),
        ("a:\n  b: 1\n \tc: 2\n", "3:2"),
    ],
)
def test_a_tab_in_the_indentation_is_pointed_at(text: str, where: str) -> None:
    found, code, problem = only(text)
    assert (found, code) == (where, "tab-in-indentation")
    assert problem.remedy == "Indent with spaces; YAML does not allow tabs there."


def test_a_tab_inside_a_block_of_text_is_fine() -> None:
    loaded = parse_strategy(TINY + "description: |\n  make:\n  \techo\n")
    assert loaded.strategy.description == "make:\n\techo\n"


@pytest.mark.parametrize(
    ("written", "code", "remedy"),
    [
        (
            "8 gb",
            "unit-in-value",
            "8 GB is 7.45 GiB: write `memory_gib: 7.45`, or 8 if GiB was meant.",
        ),
        ("8GiB", "unit-in-value", "Write `memory_gib: 8`; the key already says GiB."),
        ("512Mi", "unit-in-value", "512 Mi is 0.5 GiB: write `memory_gib: 0.5`."),
        ("8000", "out-of-range", "If MiB were meant, write `memory_gib: 7.8125`."),
        ('"8"', "quoted-number", "Write `memory_gib: 8`."),
        ("-2", "out-of-range", "Write a number that is more than 0."),
        ("0", "out-of-range", "Write a number that is more than 0."),
        ("plenty", "not-a-number", "Write a plain number, without a unit."),
        ("true", "not-a-number", "Write a plain number, without a unit."),
        ("1e99", "unusable-number", TOO_LARGE),
        ("1e999999999", "unusable-number", TOO_LARGE),
    ],
)
def test_wrong_memory_says_which_number_to_write(written: str, code: str, remedy: str) -> None:
    text = TINY.replace(
        "app: {kind: service}", f"app: {{kind: service, needs: {{memory_gib: {written}}}}}"
    )
    where, found, problem = only(text)
    assert (where, found, problem.remedy) == ("5:44", code, remedy)
    assert problem.path_text == "components/app/needs/memory_gib"


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("vcpu: 500m", "500m is 0.5 vCPU: write `vcpu: 0.5`."),
        ("vcpu: 2000", "If millicores were meant, write `vcpu: 2`."),
        (
            "storage_gib: 1 TB",
            "1 TB is 931.32 GiB: write `storage_gib: 931.32`, or 1024 if TiB was meant.",
        ),
        ("longest_request_seconds: 15 min", "Write `longest_request_seconds: 900`."),
        ("longest_request_seconds: 500ms", "Write `longest_request_seconds: 0.5`."),
        ("connections: -1", "Write a number that is at least 0."),
        ("connections: 1.5", "Write a number without decimals."),
    ],
)
def test_other_units_are_converted_too(written: str, remedy: str) -> None:
    text = TINY.replace("{kind: service}", f"{{kind: service, needs: {{{written}}}}}")
    assert only(text)[2].remedy == remedy


def test_a_negative_count_is_refused() -> None:
    text = TINY.replace("vercel/hobby}", "vercel/hobby, count: -3}")
    where, code, problem = only(text)
    assert (where, code) == ("11:44", "out-of-range")
    assert problem.reason == "`-3` is too low: it must be at least 0"
    assert problem.path_text == "phases/start/use/app/count"


def test_bytes_that_are_not_utf8_are_located() -> None:
    where, code, problem = only("outgrow: 1\nname: caf\xe9\n".encode("latin-1"))
    assert (where, code) == ("2:10", "not-utf8")
    assert "byte 20 (0xe9)" in problem.reason
    assert problem.remedy == "Save the file as UTF-8."


def test_utf16_is_recognised() -> None:
    assert "UTF-16" in only(TINY.encode("utf-16"))[2].reason


def test_a_byte_order_mark_is_accepted() -> None:
    loaded = parse_strategy(b"\xef\xbb\xbf" + TINY.encode())
    assert loaded.source.locate(("outgrow",)).column == 10


def test_control_characters_are_named() -> None:
    where, code, problem = only("outgrow: 1\nname: a\x00b\n")
    assert (where, code) == ("2:8", "control-character")
    assert "U+0000" in problem.reason


@pytest.mark.parametrize(
    ("text", "where", "code"),
    [
        ("", "1:1", "empty-file"),
        ("# nothing yet\n", "1:1", "empty-file"),
        ("---\n", "2:1", "empty-file"),
        ("- a\n- b\n", "1:1", "not-a-mapping"),
        ("hello", "1:1", "not-a-mapping"),
        ("a: 1\n---\nb: 2\n", "2:1", "second-document"),
        ("a: !!str 5\n", "1:4", "yaml-tag"),
        ("%TAG ! x\n---\na: 1\n", "1:1", "yaml-directive"),
        ("{a: 1}: 2\n", "1:1", "bad-key"),
        ("? [a]\n: 2\n", "1:3", "bad-key"),
        ("a: &x 1\n*x : 2\n", "2:1", "bad-key"),
        ("? \n: 2\n", "1:2", "empty-key"),
        ("a: *b\n", "1:4", "bad-alias"),
        ("a: &a [*a]\n", "1:8", "bad-alias"),
        ("a: {<<: 5}\n", "1:9", "bad-merge"),
        ("a: {<<: [{b: 1}, c]}\n", "1:18", "bad-merge"),
        ('a: "open\n', "1:4", "unclosed-quote"),
        ("a: [1, 2\nb: 3\n", "1:4", "unclosed-bracket"),
        ("a: {b: 1\n", "1:4", "unclosed-bracket"),
        ("a: b: c\n", "1:5", "unexpected-colon"),
        ("a: 1\nb\nc: 2\n", "2:1", "missing-colon"),
        ("a:\n   b: 1\n  c: 2\n", "3:3", "bad-indentation"),
        ("a: - b\n", "1:4", "unexpected-dash"),
        ("a: @b\n", "1:4", "unexpected-character"),
        ('a: "\\q"\n', "1:5", "bad-escape"),
        ("a: [,]\n", "1:5", "missing-value"),
    ],
)
def test_what_is_not_a_strategy_at_all_is_located(text: str, where: str, code: str) -> None:
    found, name, problem = only(text)
    assert (found, name) == (where, code)
    assert problem.reason
    assert problem.remedy


SYNTAX = [
    "a: [1, 2\nb: 3\n",
    'a: "open\n',
    "a: b: c\n",
    "a:\n\tb: 1\n",
    "a:\n   b: 1\n  c: 2\n",
    "a: @b\n",
]


@pytest.mark.parametrize("text", SYNTAX)
def test_without_libyaml_the_same_advice_is_given(text: str) -> None:
    compiled = read_yaml(text.encode(), "x")
    python = read_yaml(text.encode(), "x", yaml.SafeLoader)
    assert [p.code for p in python.problems] == [p.code for p in compiled.problems]


def test_a_secret_is_never_repeated() -> None:
    for written in ("hunter2", "12345678", "[hunter2]", "null"):
        text = TINY.replace("{kind: service}", f"{{kind: service, secrets: {{KEY: {written}}}}}")
        _, code, problem = only(text)
        assert code == "not-a-reference"
        assert "env:KEY" in problem.remedy
        assert written not in format_diagnostic(problem)


def test_a_misspelt_name_is_suggested_for_keys_words_and_references() -> None:
    text = (
        TINY.replace("name: tiny", "nmae: tiny")
        .replace("kind: service", "kind: servise")
        .replace("app: {offering", "ap: {offering")
        .replace("users: 0-50", "user: 0-50")
    )
    found = {problem.code: problem.remedy for problem in problems(text)}
    assert found["unknown-key"] == "Did you mean `name`?"
    assert found["unknown-word"].startswith("Did you mean `service`?")
    assert found["unknown-component"] == "Did you mean `app`?"
    assert found["unknown-demand-variable"] == "Did you mean `users`?"


def test_all_problems_are_reported_in_the_order_of_the_file() -> None:
    text = (
        TINY.replace(
            "app: {kind: service}", "app: {kind: service, needs: {vcpu: none, ports: [x]}}"
        )
        .replace("0-50", "50-0")
        .replace("offering: supabase/free", "count: 1")
    )
    found = problems(text)
    assert [p.code for p in found] == [
        "not-a-number",
        "not-a-number",
        "range-backwards",
        "no-offering",
    ]
    assert [p.location.line for p in found if p.location] == [5, 5, 9, 12]


def test_one_place_with_one_cause_is_reported_once() -> None:
    text = TINY.replace("vercel/hobby}", "vercel/hobby, settings: {disk: [1]}}")
    where, code, problem = only(text)
    assert (where, code) == ("11:48", "not-a-single-value")
    assert problem.path_text == "phases/start/use/app/settings/disk"


def test_the_place_of_an_alias_without_anchor_is_not_reported_twice() -> None:
    assert only(TINY.replace("name: tiny", "name: *tiny"))[1] == "bad-alias"


def test_of_very_many_problems_the_first_are_listed() -> None:
    many = "".join(f"  c{n}: {{knd: x}}\n" for n in range(2000))
    found = problems(TINY.replace("components:\n", "components:\n" + many))
    assert len(found) == 501
    assert found[-1].code == "more-problems"


def test_terminal_escapes_in_a_file_are_shown_and_not_obeyed() -> None:
    [problem] = problems(TINY + '"\\e[31mred": 1\n')
    assert "\x1b" not in format_diagnostic(problem)
    assert r"\x1b[31mred" in format_diagnostic(problem)


def test_a_diagnostic_prints_place_path_reason_and_remedy() -> None:
    [problem] = problems(TINY.replace("0-50", "lots"))
    assert format_diagnostic(problem) == (
        "outgrow.yaml:9:21  phases/start/serves/users: `lots` is not a range\n"
        "  Write `0-50`, `50+`, `1k-10k`, one number, or `{from: 0, to: 50}`."
    )


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("http: {allowed_origins: ['https://app.example.com/x']}", "allowed_origins"),
        ("http: {trusted_proxies: [10.0.0.1/8]}", "is not a network"),
        ('http: {headers: {X-Two: "a\\nb"}}', "headers"),
        ("sign_in: {issuer: id.example.com}", "issuer"),
        ("sign_in: {webhook_secret: whsec_abc}", "webhook_secret"),
        ("tracing: {traces_sample_share: 1.5}", "traces_sample_share"),
    ],
)
def test_what_an_application_could_not_start_with_is_refused(section: str, told: str) -> None:
    text = (
        "outgrow: 1\nname: x\ncomponents: {api: {kind: service}}\n"
        f"phases: {{one: {{use: {{api: {{price: {{per_month: 1}}}}}}}}}}\n{section}\n"
    )
    with pytest.raises(InvalidStrategy) as caught:
        parse_strategy(text)
    (problem,) = caught.value.diagnostics
    assert told in f"{problem.path_text} {problem.reason}"
