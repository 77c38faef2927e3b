"""What the kit reads from the environment of an application."""

from __future__ import annotations

import json
import pickle

import pytest

from outgrow_kit import InvalidSettings, Secret, Settings


def written(**sections: object) -> dict[str, str]:
    return {"OUTGROW_KIT": json.dumps({"version": 1, **sections})}


def test_well_known_variables_are_enough_without_outgrow() -> None:
    settings = Settings.from_environment({"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "r://h"})
    assert settings.database is not None
    assert settings.database.url.reveal() == "postgresql://h/d"
    assert settings.cache.shared == "redis"


def test_a_phase_without_redis_keeps_to_the_process_even_where_a_variable_is_left_over() -> None:
    settings = Settings.from_environment({**written(), "REDIS_URL": "redis://h"})
    assert settings.cache.shared == "none"
    assert settings.cache.redis_url is None


def test_cookies_are_secure_unless_it_is_said_or_outgrow_is_absent() -> None:
    assert Settings.from_environment(written()).http.secure
    assert not Settings.from_environment(written(http={"secure": False})).http.secure
    assert not Settings.from_environment({"DATABASE_URL": "postgresql://h/d"}).http.secure


def test_addresses_come_from_the_variables_that_the_document_names() -> None:
    settings = Settings.from_environment(
        {
            **written(
                database={
                    "url_from": "MAIN",
                    "pool": {"maximum": 8, "pooler": "pgbouncer"},
                    "replicas": [{"name": "r1", "url_from": "R1", "analytics": True}],
                    "shards": {"by": "team_id", "databases": [{"name": "s1", "url_from": "S1"}]},
                }
            ),
            "MAIN": "m", "R1": "r", "S1": "s",
        }
    )  # fmt: skip
    database = settings.database
    assert database is not None
    assert (database.pool.maximum, database.pool.pooler) == (8, "pgbouncer")
    assert [(r.name, r.url.reveal(), r.analytics) for r in database.replicas] == [("r1", "r", True)]
    assert database.shards is not None
    assert [s.url.reveal() for s in database.shards.databases] == ["s"]


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_environment(
            written(
                database={"url_from": "MAIN", "pool": {"maximum": -1, "pooler": "odd"}},
                rate_limits=[{"route": 3}, "x"],
                cache={"shared": "disk"},
            )
        )
    text = str(caught.value)
    assert len(caught.value.problems) == 6
    for part in ("MAIN is not set", "database/pool/maximum", "database/pool/pooler",
                 "rate_limits[0]/route", "rate_limits[1]", "cache/shared"):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 2}'])
def test_a_document_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidSettings, match="outgrow"):
        Settings.from_environment({"OUTGROW_KIT": text})


def test_a_secret_never_shows_itself() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret!r} {secret!s} {secret} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_secret_that_stands_where_its_name_should_is_not_shown() -> None:
    document = {"version": 1, "database": {"url_from": "postgresql://u:hunter2@db/app"}}
    with pytest.raises(InvalidSettings, match="database/url_from: wanted the name") as raised:
        Settings.from_environment({"OUTGROW_KIT": json.dumps(document)})
    assert "hunter2" not in str(raised.value)


def test_a_time_without_end_is_refused() -> None:
    document = '{"version": 1, "cache": {"deadline_seconds": Infinity}}'
    with pytest.raises(InvalidSettings, match="cache/deadline_seconds"):
        Settings.from_environment({"OUTGROW_KIT": document})
