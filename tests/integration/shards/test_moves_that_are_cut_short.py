from __future__ import annotations

import signal
import subprocess

import pytest
from tests.engines.postgres import PostgresServer, postgres_server
from tests.engines.relay import relay_to
from tests.integration.shards.moving import ROOT, Shop, Writers, make_shop

# A move of this shop touches a server or the journal some 250 times. One or two points lie in
# each step (a step begins at 63, 71, 82, 93, 101, 187, 192, 206, 226, 231 and 236).
_POINTS = (68, 76, 87, 97, 150, 189, 201, 213, 219, 224, 228, 233, 242)


@pytest.mark.parametrize("point", _POINTS)
def test_a_killed_move_goes_on_and_no_row_is_lost_or_doubled(shop: Shop, point: int) -> None:
    writers = Writers(shop)
    with writers.running(2):
        killed = shop.run("move", "acme", "--to", "db-two", "--yes", "--batch", "40", kill_at=point)
        assert killed.returncode in {-signal.SIGKILL, 0}
        again = shop.run("move", "acme", "--to", "db-two", "--yes", "--batch", "40")
        assert again.returncode == 0, again.stderr
    writers.check({"acme": "db-two", "beta": "db"})
    assert shop.rows("db-two", "select distinct organization_id from tasks") == [("acme",)]
    assert shop.rows("db", "select count(*) from outgrow_shard_change") == [(0,)]


@pytest.mark.parametrize("point", _POINTS[::2])
def test_a_killed_move_can_be_taken_back_until_the_directory_is_switched(
    shop: Shop, point: int
) -> None:
    writers = Writers(shop)
    with writers.running(2):
        killed = shop.run("move", "acme", "--to", "db-two", "--yes", "--batch", "40", kill_at=point)
        assert killed.returncode in {-signal.SIGKILL, 0}
        undone = shop.run("move", "--undo", "--yes")
    switched = shop.rows("db", "select to_regclass('outgrow_shard_key') is not null") == [
        (True,)
    ] and bool(shop.rows("db", "select 1 from outgrow_shard_key where database = 'db-two'"))
    if switched:
        writers.check({"acme": "db-two", "beta": "db"})
    else:
        assert undone.returncode == 0, undone.stderr
        writers.check({"acme": "db", "beta": "db"})
        assert shop.content("db-two", "acme") == [[], [], []]
        watched = "select count(*) from pg_trigger where tgname like 'outgrow%'"
        assert shop.rows("db", watched) == [(0,)]


def test_a_stopped_mover_that_wakes_up_after_another_went_on_changes_nothing(shop: Shop) -> None:
    writers = Writers(shop)
    with writers.running(2):
        stopped = subprocess.Popen(
            shop.command("move", "acme", "--to", "db-two", "--yes", "--batch", "5"),
            cwd=ROOT, env=shop.environment(), stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert stopped.stderr is not None
        for line in stopped.stderr:
            if "copy tasks" in line:
                break
        stopped.send_signal(signal.SIGSTOP)
        try:
            refused = shop.run("move", "acme", "--to", "db-two", "--yes")
            assert refused.returncode == 3
            assert "works on" in refused.stderr
        finally:
            stopped.send_signal(signal.SIGCONT)
        stopped.communicate(timeout=60)
    assert stopped.returncode == 0
    writers.check({"acme": "db-two", "beta": "db"})


def test_a_source_that_restarts_under_a_move_loses_nothing(tmp_path: object) -> None:
    with postgres_server("max_connections=60") as first, postgres_server() as second:
        shop = make_shop(first, second, tmp_path)  # type: ignore[arg-type]
        before = shop.content("db", "acme")
        moving = _begun(shop, "copy tasks")
        first.crash()
        moving.communicate(timeout=60)
        assert moving.returncode == 3
        first.start()
        shop.rows("db", "update projects set name = 'later' where id = 9")
        again = shop.run("move", "acme", "--to", "db-two", "--yes")
        assert again.returncode == 0, again.stderr
        assert len(shop.content("db-two", "acme")[1]) == len(before[1])
        assert shop.content("db-two", "acme") == shop.content("db", "acme")


def test_a_target_that_is_gone_leaves_the_source_in_use_and_free_after_undo(
    tmp_path: object, pair: tuple[PostgresServer, PostgresServer]
) -> None:
    with postgres_server() as second:
        shop = make_shop(pair[0], second, tmp_path)  # type: ignore[arg-type]
        writers = Writers(shop)
        with writers.running(2):
            moving = _begun(shop, "copy tasks")
            second.crash()
            moving.communicate(timeout=60)
            assert moving.returncode == 3
            undone = shop.run("move", "--undo", "--yes")
            assert undone.returncode == 3
            shop.rows("db", "update projects set name = 'free' where id = 7")
            gate = "select state from outgrow_shard_gate where name = 'acme'"
            assert shop.rows("db", gate) == [("open",)]
        second.start()
        assert shop.run("move", "--undo", "--yes").returncode == 0
        writers.check({"acme": "db", "beta": "db"})
        assert shop.content("db-two", "acme") == [[], [], []]


def test_a_target_that_stops_answering_holds_the_rows_for_seconds_only(
    tmp_path: object, pair: tuple[PostgresServer, PostgresServer]
) -> None:
    with relay_to(pair[1].port) as relay:
        shop = make_shop(*pair, tmp_path)  # type: ignore[arg-type]
        shop.urls["db-two"] = shop.urls["db-two"].replace(f":{pair[1].port}/", f":{relay.port}/")
        writers = Writers(shop)
        with writers.running(2):
            moving = _begun(shop, "hand over")
            relay.cut()
            try:
                with pytest.raises(subprocess.TimeoutExpired):
                    moving.communicate(timeout=6)
            finally:
                moving.kill()
                moving.communicate()
                relay.mend()
            again = shop.run("move", "acme", "--to", "db-two", "--yes")
            assert again.returncode == 0, again.stderr
        writers.check({"acme": "db-two", "beta": "db"})


def _begun(shop: Shop, step: str) -> subprocess.Popen[str]:
    """Return a move that has come as far as `step`."""
    moving = subprocess.Popen(
        shop.command("move", "acme", "--to", "db-two", "--yes", "--batch", "5"),
        cwd=ROOT, env=shop.environment(), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert moving.stderr is not None
    for line in moving.stderr:
        if step in line:
            return moving
    raise AssertionError(f"the move ended before {step}")
