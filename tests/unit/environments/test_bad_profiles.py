"""Each way in which a profile is wrong, and what it says then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.environments import FILES, SHOP, changed, codes, digest, problems, resolved

from outgrow.environments.active_file import Block, read_active
from outgrow.environments.bindings import Binding
from outgrow.environments.judging import active_problems
from outgrow.environments.live import Answer, Checked, live_problems
from outgrow.environments.problems import Code

SINCE = datetime(2026, 1, 31, tzinfo=UTC)


def binding(credential: str, place: str) -> Binding:
    return Binding(digest(credential), place, "development", "DAYTONA_API_KEY", SINCE)


def test_good_profiles_have_no_problem() -> None:
    assert codes("development") == []
    assert codes("production") == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"SESSION_SECRET": None}, [Code.MISSING]),
        ({"SESSION_SECRET": ""}, [Code.EMPTY]),
        ({"SESSION_SECRET": "  "}, [Code.EMPTY]),
        ({"UNHEARD_OF": "x"}, [Code.UNKNOWN]),
        ({"LOG_LEVEL": "trace"}, [Code.CONTRADICTS]),
        ({"LOG_LEVEL": "debug"}, []),
        ({"SESSION_SECRET": 'both " and $ and \\\\'}, [Code.UNWRITABLE]),
        ({"DAYTONA_API_URL": "localhost"}, [Code.NO_ADDRESS]),
        ({"DAYTONA_API_URL": "https://app.daytona.io/api"}, [Code.HOST_NOT_ALLOWED]),
        ({"DAYTONA_API_URL": "http://a.self.example/api"}, [Code.UNENCRYPTED]),
        ({"DAYTONA_API_URL": "https://a.self.example/api"}, []),
        ({"DAYTONA_API_KEY": "cloud-key"}, [Code.SAME_ELSEWHERE]),
        ({"DATABASE_URL": FILES["production"]["DATABASE_URL"]}, [Code.PRODUCTION_DATA]),
        ({"DATABASE_URL": "postgres://x@db.shop.example:6432/shop"}, [Code.PRODUCTION_DATA]),
        ({"DATABASE_URL": "postgres://x@db.shop.example/shop_test"}, []),
    ],
)
def test_what_is_wrong_is_found(values: dict[str, str | None], expected: list[Code]) -> None:
    assert codes("development", changed("development", **values)) == expected


def test_everything_is_found_at_once() -> None:
    files = changed(
        "development", DATABASE_URL="", SESSION_SECRET=None, SESION_SECRET="x",
        DAYTONA_API_URL="https://app.daytona.io/api",
    )  # fmt: skip
    assert set(codes("development", files)) == {
        Code.EMPTY, Code.MISSING, Code.UNKNOWN, Code.HOST_NOT_ALLOWED,
    }  # fmt: skip


def test_an_unknown_key_that_is_nearly_a_missing_one_is_told_so() -> None:
    files = changed("development", SESSION_SECRET=None, SESION_SECRET="x")
    unknown = next(p for p in problems("development", files) if p.code is Code.UNKNOWN)
    assert unknown.remedy == "Did you mean SESSION_SECRET?"


def test_a_credential_stays_with_the_endpoint_that_took_it_first() -> None:
    known = [binding("cloud-key", "app.daytona.io:443")]
    files = changed("development", DAYTONA_API_KEY="cloud-key")
    files["production"] = {}
    found = problems("development", files, known)
    assert [one.code for one in found] == [Code.OTHER_ENDPOINT]
    assert "cloud-key" not in repr(found)
    assert "app.daytona.io:443" in found[0].reason
    assert problems("development", files, known, rebound={"DAYTONA_API_KEY"}) == ()
    same = [binding("self-hosted-key", "localhost:3986")]
    assert problems("development", FILES, same) == ()


def test_hosts_have_to_be_said_for_an_address_from_outside() -> None:
    text = SHOP.replace('    hosts: {DAYTONA_API_URL: ["localhost:3986", "*.self.example"]}\n', "")
    assert [one.code for one in problems("development", text=text)] == [Code.HOSTS_NOT_SAID]


def test_an_address_that_the_strategy_says_needs_no_hosts() -> None:
    text = SHOP.replace(
        "{endpoint: DAYTONA_API_URL, probe: /me}", "{endpoint: 'https://x.example'}"
    )
    text = text.replace("hosts: {DAYTONA_API_URL: [app.daytona.io]}", "hosts: {}")
    assert problems("production", text=text) == ()


def test_a_credential_can_be_the_password_of_its_own_address() -> None:
    text = SHOP.replace(
        "      DAYTONA_API_KEY: {endpoint: DAYTONA_API_URL, probe: /me}",
        "      DATABASE_URL: {endpoint: DATABASE_URL}",
    ).replace("DAYTONA_API_URL: [app.daytona.io]", "DATABASE_URL: [db.shop.example]")
    text = text.replace(
        'DAYTONA_API_URL: ["localhost:3986", "*.self.example"]', "DATABASE_URL: [localhost]"
    )
    found = problems("development", text=text)
    assert [one.code for one in found] == [Code.SAME_ELSEWHERE]  # both have the password `pw`
    assert (
        problems(
            "development",
            changed("development", DATABASE_URL="postgres://u:q@localhost/s"),
            text=text,
        )
        == ()
    )


def test_production_is_recognised_by_its_host_where_its_address_is_not_here() -> None:
    hosts = "DAYTONA_API_URL: [app.daytona.io]"
    stores = "DATABASE_URL: [db.shop.example, '*.eu.example']"
    text = SHOP.replace(hosts, f"{hosts}, {stores}")
    files = changed("development", DATABASE_URL="postgres://x@db.shop.example/any")
    files["production"] = {}
    assert [p.code for p in problems("development", files, text=text)] == [Code.PRODUCTION_DATA]
    wild = changed("development", DATABASE_URL="postgres://x@other.eu.example/any")
    wild["production"] = {}
    assert problems("development", wild, text=text) == ()


def test_own_lines_beside_the_block_are_refused_unless_nothing_is_lost() -> None:
    active = read_active("KEY=mine\nPORT=1\n" + Block("x", "1", ("KEY=2",)).text)
    told = list(active_problems(active, {"KEY"}, {}, take_over=False))
    assert [(one.code, one.key) for one in told] == [(Code.OWN_LINE, "KEY")]
    assert "mine" not in repr(told)
    assert list(active_problems(active, {"KEY"}, {"KEY": {"mine"}}, take_over=False)) == []
    assert list(active_problems(active, {"KEY"}, {}, take_over=True)) == []


def test_a_damaged_block_is_refused() -> None:
    active = read_active("# <<< outgrow environment\n")
    (told,) = active_problems(active, (), {}, take_over=True)
    assert told.code is Code.DAMAGED


def test_an_endpoint_that_does_not_take_the_credential_is_a_problem() -> None:
    def checked(answer: Answer) -> Checked:
        return Checked("KEY", "a:443", answer, "answers 401", 0.1)

    assert [one.code for one in live_problems(map(checked, Answer))] == [
        Code.NOT_ACCEPTED, Code.NOT_ANSWERING, Code.NOT_ANSWERING,
    ]  # fmt: skip


def test_no_problem_repeats_a_value() -> None:
    values = {key: f"planted {value}" for key, value in FILES["development"].items()}
    values |= {"LOG_LEVEL": "planted", "STRANGE": "planted"}
    found = problems("development", {**FILES, "development": values})
    assert len(found) >= 3
    assert "planted" not in repr(found)
    assert "planted" not in repr(resolved("development", values).file)
