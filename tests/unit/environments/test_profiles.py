"""A profile has every variable of an environment, and its values come from where they should."""

from __future__ import annotations

import pytest
from tests.environments import FILES, SHOP, FakePlaces, profile, resolved

from outgrow.environments.differences import Comparison, differences
from outgrow.environments.problems import Code
from outgrow.environments.profile import Kind
from outgrow.errors import InputError

FAR = SHOP.replace("env:DAYTONA_API_KEY", "ssm:/shop/key").replace(
    "env:SHOP_SESSION_SECRET", "command:pass show shop"
)
TWO = """\
outgrow: 1
name: two
components:
  api: {kind: service, environment: {PORT: "8000"}, secrets: {TOKEN: "env:TOKEN"}}
  web: {kind: frontend, environment: {PORT: "3000"}, secrets: {TOKEN: "env:TOKEN"}}
phases:
  one: {use: {api: {offering: self-hosted/docker}, web: {offering: vercel/hobby}}}
"""


def test_a_profile_has_the_variables_of_its_environment_with_their_kinds() -> None:
    found = profile("development")
    assert {one.key: one.kind for one in found.entries} == {
        "LOG_LEVEL": Kind.PLAIN,
        "DATABASE_URL": Kind.SECRET,
        "DAYTONA_API_KEY": Kind.SECRET,
        "DAYTONA_API_URL": Kind.SECRET,
        "SESSION_SECRET": Kind.SECRET,
    }
    assert found.env_file == ".env.development"
    level = found.entry("LOG_LEVEL")
    assert level is not None
    assert level.value == "debug"


def test_components_that_differ_on_a_variable_have_no_profile_together() -> None:
    together = profile("production", TWO)
    assert [(one.code, one.key) for one in together.conflicts] == [(Code.SEVERAL_VALUES, "PORT")]
    token = together.entry("TOKEN")
    assert token is not None
    assert token.components == ("api", "web")
    assert profile("production", TWO, "web").conflicts == ()


def test_a_component_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError) as refused:
        profile("production", TWO, "wbe")
    assert "api, web" in refused.value.remedy


def test_the_env_file_comes_before_the_process_which_may_be_left_over() -> None:
    found = resolved(
        "development",
        {"DAYTONA_API_KEY": "file"},
        process={"DAYTONA_API_KEY": "left-over", "SHOP_SESSION_SECRET": "process"},
    )
    assert found.text("DAYTONA_API_KEY") == "file"
    assert found.text("SESSION_SECRET") == "process"
    assert found.values["SESSION_SECRET"].found_in.endswith("as SHOP_SESSION_SECRET")
    assert found.process_differs == ("DAYTONA_API_KEY",)
    assert set(found.absent) == {"DATABASE_URL", "DAYTONA_API_URL"}


def test_a_stand_in_is_no_value() -> None:
    assert "DATABASE_URL" in resolved("development", {"DATABASE_URL": "not-set"}).absent


def test_only_what_no_file_has_is_read_from_far_places_and_never_the_process() -> None:
    places = FakePlaces({"ssm:/shop/key": "far"})
    process = {"DAYTONA_API_KEY": "left-over"}
    file = {"SESSION_SECRET": "near"}
    found = resolved("development", file, FAR, process, places)
    assert places.asked == ["ssm:/shop/key"]
    assert found.text("DAYTONA_API_KEY") == "far"
    assert found.values["DAYTONA_API_KEY"].found_in == "ssm:/shop/key"


def test_a_place_that_gives_nothing_says_why() -> None:
    found = resolved("development", {}, FAR)
    assert found.absent["SESSION_SECRET"] == "it is not there"


def test_no_value_shows_in_a_repr() -> None:
    found = resolved("development", {"DAYTONA_API_KEY": "planted"})
    assert "planted" not in repr(found)
    assert "planted" not in repr(found.values)


def test_differences_compare_secrets_without_showing_them() -> None:
    first = resolved("development", {**FILES["development"], "SESSION_SECRET": "same"})
    second = resolved("production", {"SESSION_SECRET": "same", "DAYTONA_API_KEY": "x"})
    found = {one.key: one for one in differences(first, second)}
    assert found["SESSION_SECRET"].comparison is Comparison.SAME
    assert found["DAYTONA_API_KEY"].comparison is Comparison.DIFFERS
    assert found["DATABASE_URL"].comparison is Comparison.UNKNOWN
    level = found["LOG_LEVEL"]
    assert level.first is not None
    assert level.second is not None
    assert (level.first.value, level.second.value) == ("debug", "info")
    assert "self-hosted-key" not in repr(found)
