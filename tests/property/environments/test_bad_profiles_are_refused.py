"""Every profile that was made bad is refused, and every good one is not."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.environments import FILES, SHOP, digest, env_text, problems, profile, resolved

from outgrow.environments.active_file import Block, read_active, with_block
from outgrow.environments.bindings import Binding, pairs_of
from outgrow.environments.env_text import read_env_text, written
from outgrow.environments.problems import Code

Files = dict[str, dict[str, str]]
SINCE = datetime(2026, 1, 31, tzinfo=UTC)
CREDENTIAL, ENDPOINT, DATABASE = "DAYTONA_API_KEY", "DAYTONA_API_URL", "DATABASE_URL"
environments = st.sampled_from(("development", "production"))
tokens = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=8, max_size=24)
names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)
hosts = {
    "development": names.map(lambda one: f"{one}.self.example") | st.just("localhost:3986"),
    "production": st.just("app.daytona.io"),
}


@st.composite
def good_files(draw: st.DrawFn) -> Files:
    """Draw the env files of both environments, each with credentials and stores of its own."""
    found: Files = {}
    for name in ("development", "production"):
        host = draw(hosts[name])
        scheme = "http" if host.startswith("localhost") else "https"
        found[name] = {
            DATABASE: f"postgresql://u:{draw(tokens)}@{name}.db.example:5432/{draw(names)}",
            CREDENTIAL: draw(tokens),
            ENDPOINT: f"{scheme}://{host}/{draw(names)}",
            "SESSION_SECRET": draw(tokens),
        }
    assume(found["development"][CREDENTIAL] != found["production"][CREDENTIAL])
    return found


def recorded(files: Files) -> list[Binding]:
    """Return what is remembered after both environments were checked."""
    return [
        Binding(digest(pair.credential), pair.address.place, name, pair.bound.key, SINCE)
        for name, values in files.items()
        for pair in pairs_of(resolved(name, values))
    ]


def other(environment: str) -> str:
    return "production" if environment == "development" else "development"


@given(good_files(), environments)
def test_a_good_profile_is_taken(files: Files, environment: str) -> None:
    assert problems(environment, files, recorded(files)) == ()


@given(good_files(), environments, st.data())
def test_a_profile_without_one_of_its_values_is_refused(
    files: Files, environment: str, data: st.DataObject
) -> None:
    key = data.draw(st.sampled_from(sorted(files[environment])))
    del files[environment][key]
    assert (Code.MISSING, key) in [(one.code, one.key) for one in problems(environment, files)]


@given(good_files(), environments, st.data(), st.sampled_from(("", " ", "\t ")))
def test_a_profile_with_an_empty_value_is_refused(
    files: Files, environment: str, data: st.DataObject, nothing: str
) -> None:
    key = data.draw(st.sampled_from(sorted(files[environment])))
    files[environment][key] = nothing
    assert (Code.EMPTY, key) in [(one.code, one.key) for one in problems(environment, files)]


@given(
    good_files(), environments, st.data(), st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True)
)
def test_a_profile_with_a_renamed_variable_is_refused_for_both_names(
    files: Files, environment: str, data: st.DataObject, name: str
) -> None:
    assume(name not in profile(environment, SHOP).known)
    key = data.draw(st.sampled_from(sorted(files[environment])))
    files[environment][name] = files[environment].pop(key)
    found = [(one.code, one.key) for one in problems(environment, files)]
    assert (Code.MISSING, key) in found
    assert (Code.UNKNOWN, name) in found


@given(good_files(), environments)
def test_the_credential_of_one_environment_in_the_other_is_refused_without_any_record(
    files: Files, environment: str
) -> None:
    files[environment][CREDENTIAL] = files[other(environment)][CREDENTIAL]
    codes = [one.code for one in problems(environment, files)]
    assert codes == [Code.SAME_ELSEWHERE]


@given(good_files(), environments)
def test_the_endpoint_of_one_environment_in_the_other_is_refused_without_any_record(
    files: Files, environment: str
) -> None:
    files[environment][ENDPOINT] = files[other(environment)][ENDPOINT]
    assert Code.HOST_NOT_ALLOWED in [one.code for one in problems(environment, files)]


@given(good_files(), environments)
def test_credentials_that_changed_places_are_refused_once_they_were_accepted(
    files: Files, environment: str
) -> None:
    known = recorded(files)
    one, two = files["development"], files["production"]
    one[CREDENTIAL], two[CREDENTIAL] = two[CREDENTIAL], one[CREDENTIAL]
    assert Code.OTHER_ENDPOINT in [one.code for one in problems(environment, files, known)]


@given(good_files(), environments)
def test_a_credential_is_recognised_when_the_file_that_it_came_from_is_gone(
    files: Files, environment: str
) -> None:
    known = recorded(files)
    files[environment][CREDENTIAL] = files[other(environment)][CREDENTIAL]
    files[other(environment)] = {}
    assert Code.OTHER_ENDPOINT in [one.code for one in problems(environment, files, known)]


@given(
    good_files(),
    st.sampled_from(("", ":6432", ":5432")),
    st.sampled_from(("postgres", "postgresql+asyncpg")),
)
def test_the_database_of_production_in_development_is_refused_however_it_is_written(
    files: Files, port: str, scheme: str
) -> None:
    name = files["production"][DATABASE].rsplit("/", 1)[1]
    files["development"][DATABASE] = f"{scheme}://me:x@PRODUCTION.db.example{port}/{name}"
    codes = [one.code for one in problems("development", files)]
    assert codes == [Code.PRODUCTION_DATA]


@given(good_files(), environments, st.data())
def test_no_problem_holds_a_value(files: Files, environment: str, data: st.DataObject) -> None:
    for key in data.draw(st.sets(st.sampled_from(sorted(files[environment])))):
        files[environment][key] = data.draw(tokens)
    secrets = [files[environment][CREDENTIAL], files[environment]["SESSION_SECRET"]]
    told = repr(problems(environment, files, recorded(FILES)))
    assert not any(one in told for one in secrets)


@given(st.text(max_size=40))
def test_what_is_written_is_read_back_exactly(value: str) -> None:
    line = written("KEY", value)
    assume(line is not None)
    assert dict(read_env_text(f"A=1\n{line}\nB=2\n").values) == {"A": "1", "KEY": value, "B": "2"}


own_lines = st.lists(
    st.sampled_from(("# a comment", "", "OWN=1", "export MINE='two words'", "LONG='a", "b'")),
    max_size=6,
)


@given(own_lines, own_lines, st.dictionaries(st.sampled_from("ABC"), tokens))
def test_a_switch_keeps_every_line_that_is_not_its_own(
    before: list[str], after: list[str], values: dict[str, str]
) -> None:
    first = Block("one", "aa", tuple(f"{key}={value}" for key, value in values.items()))
    text = "".join(f"{one}\n" for one in before) + first.text + "".join(f"{a}\n" for a in after)
    second = Block("two", "bb", ("Z=1",))
    assert with_block(read_active(text), second, ()) == text.replace(first.text, second.text)
    assert env_text({"A": "1"}) == "A='1'\n"
