"""Rules for statements that are not ALTER TABLE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pglast import ast
from pglast.enums import ObjectType, ReindexObjectType

from outgrow.migrations.findings import Harm
from outgrow.migrations.names import of_list, quoted, table_name, table_sql, written
from outgrow.migrations.rule import Hit
from outgrow.migrations.scope import Scope

_OUTSIDE = "-- outside of a transaction (Alembic: with op.get_context().autocommit_block():)"


def judged(node: Any, scope: Scope) -> Iterator[Hit]:
    """Yield what is wrong with a statement of any kind but ALTER TABLE."""
    for kind, rule in _RULES.items():
        if isinstance(node, kind):
            yield from rule(node, scope)


def _index(node: Any, scope: Scope) -> Iterator[Hit]:
    table = table_name(node.relation)
    if table in scope.created:
        return
    if not node.relation.inh:  # ON ONLY: a partitioned parent, which holds no rows
        return
    if node.concurrent:
        yield from _in_transaction(table, written(node), scope)
        return
    node = _copy(node, concurrent=True)
    yield Hit(
        "create-index", table, Harm.LOCKS, "SHARE",
        "writes wait until the index is built",
        (_OUTSIDE, f"{written(node)};"),
    )  # fmt: skip


def _copy(node: Any, *, concurrent: bool) -> Any:
    fields = {name: getattr(node, name) for name in node.__slots__}
    return ast.IndexStmt(**{**fields, "concurrent": concurrent})


def _drop(node: Any, scope: Scope) -> Iterator[Hit]:
    names = [of_list(one) for one in node.objects or () if isinstance(one, tuple)]
    if node.removeType == ObjectType.OBJECT_INDEX:
        for name in names:
            if node.concurrent:
                yield from _in_transaction(name, written(node), scope)
            else:
                yield Hit(
                    "drop-index", name, Harm.LOCKS, "ACCESS EXCLUSIVE",
                    "reads and writes of its table wait behind it and behind whoever it waits for",
                    (_OUTSIDE, f"DROP INDEX CONCURRENTLY {_sql(name)};"),
                )  # fmt: skip
    elif node.removeType == ObjectType.OBJECT_TABLE:
        for name in names:
            if name not in scope.created:
                yield Hit(
                    "drop-table", name, Harm.BREAKS, "ACCESS EXCLUSIVE",
                    "the version that still runs may ask for it, and its rows are gone",
                    (
                        "-- 1. release a version that does not name it; archive its rows",
                        "-- 2. in a later release, with `-- outgrow: allow drop-table`:",
                        f"DROP TABLE {_sql(name)};",
                    ),
                )  # fmt: skip


def _sql(name: str) -> str:
    return ".".join(quoted(part) for part in name.split("."))


def _renamed(node: Any, scope: Scope) -> Iterator[Hit]:
    if node.renameType not in (ObjectType.OBJECT_TABLE, ObjectType.OBJECT_COLUMN):
        return
    table, sql = table_name(node.relation), table_sql(node.relation)
    if table in scope.created:
        return
    if node.renameType == ObjectType.OBJECT_TABLE:
        safe: tuple[str, ...] = (
            "-- both in one transaction; the old name stays as a view that can be written to:",
            f"ALTER TABLE {sql} RENAME TO {quoted(node.newname)};  -- outgrow: allow rename-table",
            f"CREATE VIEW {sql} AS SELECT * FROM {quoted(node.newname)};",
        )
        yield Hit(
            "rename-table", table, Harm.BREAKS, "ACCESS EXCLUSIVE",
            "the version that still runs asks for the old name", safe,
        )  # fmt: skip
        return
    safe = (
        f"-- 1. add {node.newname}, keep it equal with a trigger, fill it in batches",
        f"-- 2. release a version that uses {node.newname}; 3. drop {node.subname} later",
    )
    yield Hit(
        "rename-column", table, Harm.BREAKS, "ACCESS EXCLUSIVE",
        f"the version that still runs asks for {node.subname}", safe,
    )  # fmt: skip


def _whole_table(node: Any, scope: Scope) -> Iterator[Hit]:
    table = table_name(node.relation)
    if node.whereClause is not None or table in scope.created:
        return
    word = "UPDATE" if isinstance(node, ast.UpdateStmt) else "DELETE"
    start = written(node)
    yield Hit(
        "whole-table-write", table, Harm.LOCKS, "ROW EXCLUSIVE on every row",
        f"{word} without WHERE locks every row in one transaction, and leaves as many dead ones",
        (
            "-- in batches, each in a transaction of its own:",
            f"{start} WHERE id > :last AND id <= :next;",
        ),
    )  # fmt: skip


def _vacuum(node: Any, _: Scope) -> Iterator[Hit]:
    if not any(one.defname == "full" for one in node.options or ()):
        return
    for one in node.rels or ():
        yield _anew(table_name(one.relation), "VACUUM FULL")


def _cluster(node: Any, _: Scope) -> Iterator[Hit]:
    if node.relation is not None:
        yield _anew(table_name(node.relation), "CLUSTER")


def _anew(table: str, words: str) -> Hit:
    return Hit(
        "rewrite-table", table, Harm.LOCKS, "ACCESS EXCLUSIVE",
        f"{words} writes the whole table anew while nobody reads or writes",
        ("-- pg_repack does the same beside the table, or leave it to autovacuum",),
    )  # fmt: skip


def _reindex(node: Any, _: Scope) -> Iterator[Hit]:
    is_beside = any(one.defname == "concurrently" for one in node.params or ())
    if is_beside or node.relation is None:
        return
    is_table = node.kind == ReindexObjectType.REINDEX_OBJECT_TABLE
    word = "TABLE" if is_table else "INDEX"
    yield Hit(
        "reindex", table_name(node.relation), Harm.LOCKS, "SHARE and ACCESS EXCLUSIVE",
        "writes wait, and so do reads that would use the index",
        (_OUTSIDE, f"REINDEX {word} CONCURRENTLY {table_sql(node.relation)};"),
    )  # fmt: skip


def _locked(node: Any, _: Scope) -> Iterator[Hit]:
    for one in node.relations or ():
        yield Hit(
            "lock-table", table_name(one), Harm.LOCKS, "as written",
            "others wait until the transaction ends",
            ("-- lock the rows that matter: SELECT ... FOR UPDATE, or an advisory lock",),
        )  # fmt: skip


def _truncated(node: Any, scope: Scope) -> Iterator[Hit]:
    for one in node.relations or ():
        if table_name(one) not in scope.created:
            yield Hit(
                "truncate", table_name(one), Harm.BREAKS, "ACCESS EXCLUSIVE",
                "all rows are gone, and reads and writes wait",
                ("-- delete in batches, or use partitions and detach the old ones",),
            )  # fmt: skip


def _refreshed(node: Any, _: Scope) -> Iterator[Hit]:
    if not node.concurrent:
        yield Hit(
            "refresh-view", table_name(node.relation), Harm.LOCKS, "ACCESS EXCLUSIVE",
            "reads of the view wait until it is computed",
            (
                "-- needs a unique index on the view:",
                f"REFRESH MATERIALIZED VIEW CONCURRENTLY {table_sql(node.relation)};",
            ),
        )  # fmt: skip


def _do_block(_node: Any, _: Scope) -> Iterator[Hit]:
    yield Hit(
        "do-block", "what its code names", Harm.LOCKS, "",
        "what it does cannot be read",
        (
            "-- its statements one by one; or, once somebody has read it, above it:",
            "-- outgrow: allow do-block",
        ),
    )  # fmt: skip


def _in_transaction(name: str, sql: str, scope: Scope) -> Iterator[Hit]:
    if scope.in_transaction:
        yield Hit(
            "concurrently-in-transaction", name, Harm.FAILS, "",
            "CONCURRENTLY cannot run inside a transaction",
            (_OUTSIDE, f"{sql};"),
        )  # fmt: skip


_RULES: dict[type[Any], Callable[[Any, Scope], Iterator[Hit]]] = {
    ast.IndexStmt: _index,
    ast.DropStmt: _drop,
    ast.RenameStmt: _renamed,
    ast.UpdateStmt: _whole_table,
    ast.DeleteStmt: _whole_table,
    ast.VacuumStmt: _vacuum,
    ast.ClusterStmt: _cluster,
    ast.ReindexStmt: _reindex,
    ast.LockStmt: _locked,
    ast.TruncateStmt: _truncated,
    ast.RefreshMatViewStmt: _refreshed,
    ast.DoStmt: _do_block,
}
