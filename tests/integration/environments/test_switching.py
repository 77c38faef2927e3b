"""`outgrow env switch`, as somebody uses it who used to copy `.env` files by hand."""

from __future__ import annotations

import stat
import subprocess

import pytest
from tests.integration.environments.shops import Shop
from tests.terminals import terminal

from outgrow.clients.clock import now
from outgrow.store.journal import Journal
from outgrow.store.owner import this_process
from outgrow.store.records import PlannedStep
from outgrow.store.store import open_store


def test_there_and_back_as_the_script_did_it(shop: Shop) -> None:
    assert shop.run("current").code == 1
    done = shop.run("switch", "selfhosted", "--yes")
    assert done.code == 0, done.err
    assert done.err.startswith("==> shop, development: switch\n")
    assert shop.active()["DAYTONA_API_KEY"] == "planted-own-key"
    assert shop.active()["ONLY_HERE"] == "1"
    assert stat.S_IMODE(shop.env.stat().st_mode) == 0o600
    assert shop.run("switch", "cloudsdk", "--yes").code == 0
    assert shop.active()["DAYTONA_API_URL"] == shop.cloud.url
    assert "ONLY_HERE" not in shop.env.read_text()
    assert shop.json("current")[0]["environment"] == "production"
    assert shop.run("undo", "--yes").code == 0
    assert shop.active()["DAYTONA_API_URL"] == shop.own.url
    assert shop.run("undo", "--yes").code == 0
    assert shop.env.read_text() == ""
    kinds = [(one["environment"], one["undo_of"], one["undone"]) for one in shop.json("history")]
    assert kinds == [
        (None, 1, False), ("development", 2, False), ("production", None, True),
        ("development", None, True),
    ]  # fmt: skip
    assert set(shop.own.credentials) == {"Bearer planted-own-key"}
    assert set(shop.cloud.credentials) == {"Bearer planted-cloud-key"}


def test_a_shell_reads_from_the_active_file_what_the_profile_says(shop: Shop) -> None:
    shop.write_values(".env.selfhosted", DATABASE_URL="'postgresql://u:p w$x@localhost:1/s#1'")
    assert shop.run("switch", "development", "--yes").code == 0
    script = "set -a; . ./.env; printf '%s' \"$DATABASE_URL\""
    read = subprocess.run(["sh", "-c", script], cwd=shop.folder, capture_output=True, check=True)
    assert read.stdout == b"postgresql://u:p w$x@localhost:1/s#1"


def test_own_lines_stay_and_a_copy_of_an_env_file_becomes_the_block(shop: Shop) -> None:
    copied = (shop.folder / ".env.selfhosted").read_text()
    shop.env.write_text(f"# mine\nEDITOR_PORT=1\n{copied}")
    done = shop.run("switch", "production", "--yes")
    assert done.code == 0, done.err
    assert shop.env.read_text().startswith("# mine\nEDITOR_PORT=1\n\n# >>> outgrow")
    assert "planted-own-key" not in shop.env.read_text()


def test_an_own_line_that_would_be_lost_is_not_touched_without_being_told(shop: Shop) -> None:
    shop.env.write_text("DAYTONA_API_KEY=planted-and-nowhere-else\n")
    refused = shop.run("switch", "production", "--yes")
    assert refused.code == 2
    assert "line 1 sets DAYTONA_API_KEY to a value that no environment has" in refused.err
    assert shop.env.read_text() == "DAYTONA_API_KEY=planted-and-nowhere-else\n"
    assert shop.run("switch", "production", "--yes", "--take-over").code == 0
    assert "nowhere-else" not in shop.env.read_text()


def test_everything_that_is_wrong_is_said_and_nothing_is_asked_or_written(shop: Shop) -> None:
    shop.write_values(".env.cloudsdk", DATABASE_URL="", DAYTONA_API_KY="planted")
    refused = shop.run("switch", "production", "--yes")
    assert refused.code == 2
    assert "DATABASE_URL is empty in .env.cloudsdk" in refused.err
    assert "DAYTONA_API_KY stands in .env.cloudsdk, and no component has it" in refused.err
    assert "Did you mean DAYTONA_API_KEY?" in refused.err
    assert "2 problems" in refused.err
    assert not shop.env.exists()
    assert shop.cloud.asked == []


def test_the_own_key_never_reaches_the_cloud(shop: Shop) -> None:
    assert shop.run("switch", "development", "--yes").code == 0
    shop.write_values(".env.cloudsdk", DAYTONA_API_KEY="planted-own-key")
    before = shop.env.read_text()
    for words in (
        ("switch", "production", "--yes"),
        ("switch", "production", "--yes", "--no-live"),
    ):
        refused = shop.run(*words)
        assert refused.code == 2
        assert "DAYTONA_API_KEY belongs to" in refused.err
    (shop.folder / ".env.selfhosted").unlink()
    assert shop.run("check", "production").code == 1
    assert shop.env.read_text() == before
    assert shop.cloud.asked == []


def test_a_credential_that_has_moved_is_let_go_by_name_only(shop: Shop) -> None:
    assert shop.run("switch", "development", "--yes").code == 0
    shop.write_values(".env.selfhosted", DAYTONA_API_KEY="another")
    shop.own.accepted.add("another")
    shop.write_values(".env.cloudsdk", DAYTONA_API_KEY="planted-own-key")
    shop.cloud.accepted.add("planted-own-key")
    assert shop.run("switch", "production", "--yes").code == 2
    wrong = shop.run("switch", "production", "--rebind", "DAYTONA_KEY", "--yes")
    assert "DAYTONA_KEY is no bound credential" in wrong.err
    moved = ("switch", "production", "--rebind", "DAYTONA_API_KEY")
    assert shop.run(*moved).code == 2  # nobody is there to type the name
    assert shop.run(*moved, "--yes").code == 0
    assert shop.json("history")[0]["rebound"] == ["DAYTONA_API_KEY"]
    assert shop.run("check", "production").code == 0


def test_an_endpoint_that_refuses_the_credential_stops_the_switch(shop: Shop) -> None:
    shop.own.accepted.clear()
    refused = shop.run("switch", "development", "--yes")
    assert refused.code == 2
    assert "it does not take the credential" in refused.err
    assert not shop.env.exists()
    done = shop.run("switch", "development", "--yes", "--no-live")
    assert done.code == 0
    assert shop.json("history")[0]["live"] == "left out with --no-live"
    assert not (shop.folder / ".outgrow" / "credentials.json").exists()


def test_nobody_at_a_terminal_means_nothing_is_changed(shop: Shop) -> None:
    refused = shop.run("switch", "development")
    assert refused.code == 2
    assert "nobody is here to agree" in refused.err
    assert not shop.env.exists()
    assert shop.run("switch", "development", "--dry-run").code == 0
    assert not shop.env.exists()


def test_a_protected_environment_wants_its_name(shop: Shop) -> None:
    shop.write(protected=True)
    for typed, code in (("y", 2), ("production", 0)):
        words = ("env", "switch", "production", str(shop.folder))
        with terminal(*words, home=shop.folder) as run:
            run.wait_for("Type production to go on: ")
            run.press(f"{typed}\n")
            assert run.finish() == code, run.seen
            assert "==> shop, production (protected): switch" in run.seen
        assert shop.env.exists() is (code == 0)


def test_secrets_show_at_a_terminal_to_who_types_the_name(shop: Shop) -> None:
    words = ("env", "show", str(shop.folder), "--environment", "development", "--reveal")
    with terminal(*words, home=shop.folder) as run:
        run.wait_for("Type development to go on: ")
        run.press("development\n")
        assert run.finish() == 0, run.seen
        assert "planted-own-key" in run.seen
    with terminal(*words, home=shop.folder) as run:
        run.wait_for("Type development to go on: ")
        run.press("production\n")
        assert run.finish() == 2, run.seen
        assert "planted" not in run.seen
    piped = shop.run("show", "--environment", "development", "--reveal")
    assert piped.code == 2
    assert "planted" not in piped.out + piped.err
    assert shop.run("show", "--environment", "development", "--reveal", "--json").code == 2


def test_undo_wants_the_values_that_were_active_before(shop: Shop) -> None:
    for name in ("development", "production"):
        assert shop.run("switch", name, "--yes").code == 0
    shop.write_values(".env.selfhosted", DAYTONA_API_KEY="renewed")
    shop.own.accepted.add("renewed")
    refused = shop.run("undo", "--yes")
    assert refused.code == 2
    assert "development is not what it was: DAYTONA_API_KEY changed since" in refused.err
    assert shop.run("undo", "--yes", "--accept-changed").code == 0
    assert shop.active()["DAYTONA_API_KEY"] == "renewed"


def test_work_in_flight_stays_and_is_listed(shop: Shop) -> None:
    assert shop.run("switch", "development", "--yes").code == 0
    with open_store(shop.folder / ".outgrow" / "state.db", now) as store:
        steps = [PlannedStep("copy")]
        begun = Journal(store).begin(
            "convert", "partitions of db/events", "development", steps, this_process()
        )
        done = shop.run("switch", "production", "--yes")
        assert done.code == 0, done.err
        assert "stays in development: partitions of db/events" in done.err
        assert Journal(store).read(begun.id).environment == "development"


def test_lines_of_the_block_that_somebody_edited_are_told(shop: Shop) -> None:
    assert shop.run("switch", "development", "--yes").code == 0
    edited = shop.env.read_text().replace("planted-own-key", "by-hand")
    shop.env.write_text(edited)
    told = shop.run("switch", "production", "--dry-run")
    assert "edited by hand, written anew: DAYTONA_API_KEY" in told.err


def test_switching_to_what_is_active_writes_nothing(shop: Shop) -> None:
    assert shop.json("switch", "development", "--yes")["written"] is True
    before = shop.env.stat().st_mtime_ns
    assert shop.json("switch", "development", "--yes")["written"] is False
    assert shop.env.stat().st_mtime_ns == before
    assert len(shop.json("history")) == 1


def test_another_file_can_be_the_active_one(shop: Shop) -> None:
    done = shop.run("switch", "development", "--yes", "--file", "backend/.env")
    assert done.code == 0, done.err
    assert (shop.folder / "backend" / ".env").exists()
    assert [(one["file"], one["environment"]) for one in shop.json("current")] == [
        (".env", None), ("backend/.env", "development"),
    ]  # fmt: skip


@pytest.mark.parametrize("leads", ["to a file", "nowhere"])
def test_a_symbolic_link_is_neither_followed_nor_replaced(shop: Shop, leads: str) -> None:
    target = shop.folder / "target"
    if leads == "to a file":
        target.write_text("KEEP=1\n")
    shop.env.symlink_to(target)
    refused = shop.run("switch", "development", "--yes")
    assert refused.code == 2
    assert "symbolic link" in refused.err
    assert shop.env.is_symlink()
    assert target.exists() is (leads == "to a file")


def test_a_damaged_block_is_left_as_it_is(shop: Shop) -> None:
    shop.env.write_text("# <<< outgrow environment\nA=1\n")
    refused = shop.run("switch", "development", "--yes")
    assert refused.code == 2
    assert "lost an edge" in refused.err
    assert shop.env.read_text() == "# <<< outgrow environment\nA=1\n"


def test_a_variable_of_the_shell_that_says_otherwise_is_told_without_its_value(shop: Shop) -> None:
    told = shop.run("check", "development", DAYTONA_API_KEY="planted-left-over")
    assert told.code == 0
    assert "DAYTONA_API_KEY has another value in this process" in told.out
    assert "planted" not in told.out + told.err


def test_a_program_starts_in_the_environment_that_was_switched_to(shop: Shop) -> None:
    shop.write()
    assert shop.run("switch", "production", "--yes").code == 0
    started = shop.run("exec", "--", "printenv", "DAYTONA_API_URL")
    assert started.code == 0, started.err
    assert started.out.strip() == shop.values[".env.cloudsdk"]["DAYTONA_API_URL"]


def test_a_list_says_what_is_active_and_what_is_missing(shop: Shop) -> None:
    assert shop.run("switch", "development", "--yes").code == 0
    (shop.folder / ".env.cloudsdk").unlink()
    listed = {one["environment"]: one for one in shop.json("list")}
    assert listed["development"]["active"] is True
    assert listed["production"]["without_value"] == 3
    assert listed["production"]["env_file_exists"] is False


def test_two_environments_are_compared_without_a_value(shop: Shop) -> None:
    compared = shop.run("diff", "development", "production")
    assert compared.code == 0
    assert "planted" not in compared.out
    rows = {
        one["key"]: one["comparison"]
        for one in shop.json("diff", "selfhosted", "cloudsdk")["variables"]
    }
    assert rows["DAYTONA_API_KEY"] == "differs"
    assert rows["LOG_LEVEL"] == "same"
    assert rows["ONLY_HERE"] == "only_first"


def test_an_environment_that_is_not_there_is_told_with_the_nearest(shop: Shop) -> None:
    refused = shop.run("switch", "developmnet", "--yes")
    assert refused.code == 2
    assert "Did you mean 'development'?" in refused.err
