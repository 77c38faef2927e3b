"""The arithmetic of connections."""

from __future__ import annotations

from outgrow_kit.databases import pool_budget
from outgrow_kit.settings import PoolSettings


def test_pools_that_fit_leave_room_for_migrations_and_superusers() -> None:
    budget = pool_budget(PoolSettings(maximum=10, processes=8, server_connections=100))
    assert budget.verdict == "fits"
    assert budget.per_process == 10
    assert budget.lines == (
        "server: max_connections 100 - 3 reserved - 10 for migrations, backups, metrics and "
        "psql = 87",
        "application: 8 processes x 10 = 80",
        "fits: 80 of 87, 7 are left",
    )


def test_pools_that_do_not_fit_are_told_their_share() -> None:
    budget = pool_budget(PoolSettings(maximum=10, processes=12, server_connections=100))
    assert (budget.verdict, budget.wanted, budget.available) == ("too many", 120, 87)
    assert budget.per_process == 7
    assert str(budget).splitlines()[-1] == (
        "too many: 120 of 87; each process opens at most 87 / 12 = 7. Run fewer processes, or "
        "put a pooler before the server."
    )


def test_even_more_processes_than_connections_leave_one_to_each() -> None:
    budget = pool_budget(PoolSettings(maximum=5, processes=500, server_connections=100))
    assert (budget.verdict, budget.per_process) == ("too many", 1)


def test_what_is_not_known_is_neither_zero_nor_fine() -> None:
    assert pool_budget(PoolSettings(processes=4)).verdict == "unknown"
    assert pool_budget(PoolSettings(server_connections=100)).verdict == "unknown"
    assert pool_budget(PoolSettings(pooler="pgbouncer", server_connections=100)).verdict == (
        "unknown"
    )


def test_a_pooler_opens_its_own_number_however_many_clients_there_are() -> None:
    pool = PoolSettings(maximum=20, processes=50, server_connections=100, pooler="pgbouncer")
    assert pool_budget(pool, pooler_connections=87).verdict == "fits"
    assert pool_budget(pool, pooler_connections=95).verdict == "too many"
    assert pool_budget(pool).verdict == "too many", "nobody said where the pooler stops"
    assert pool_budget(pool).per_process == 20, "clients of a pooler may wait there"


def test_what_the_server_says_counts_more_than_the_settings() -> None:
    pool = PoolSettings(maximum=10, processes=8, server_connections=1000)
    budget = pool_budget(pool, max_connections=50, reserved=5)
    assert budget.lines[0].startswith("server: max_connections 50 - 5 reserved - 5 for")
    assert budget.verdict == "too many"
