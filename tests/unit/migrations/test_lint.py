"""What may not run on a large table, and what may."""

from __future__ import annotations

import pytest
from tests.migration_cases import SAFE, UNSAFE

from outgrow.migrations.findings import Harm, Verdict
from outgrow.migrations.lint import lint
from outgrow.migrations.statements import Script, Tables


def judged(*texts: str, tables: Tables | None = None, in_transaction: bool = False) -> Verdict:
    scripts = [Script(f"{n}.sql", text, in_transaction) for n, text in enumerate(texts)]
    return lint(scripts, tables)


def rules(*texts: str, tables: Tables | None = None) -> list[str]:
    return [one.rule for one in judged(*texts, tables=tables).findings]


@pytest.mark.parametrize(("statement", "rule"), UNSAFE.items())
def test_a_statement_that_locks_or_breaks_is_found_with_a_safe_form(
    statement: str, rule: str
) -> None:
    (finding,) = judged(f"{statement};").findings
    assert finding.rule == rule
    assert finding.safe
    assert finding.statement == statement


@pytest.mark.parametrize("statement", SAFE)
def test_a_safe_statement_passes(statement: str) -> None:
    assert rules(f"{statement};") == []


def test_the_line_is_that_of_the_statement_and_not_of_its_comment() -> None:
    text = "-- öffnet\nSELECT 1;\n\n/* two\n lines */\n-- why\nTRUNCATE tasks;\n"
    (finding,) = judged(text).findings
    assert (finding.file, finding.line) == ("0.sql", 7)


def test_a_table_made_by_the_same_migrations_is_nobodys_yet() -> None:
    first = "CREATE TABLE fresh (id bigint, a text);"
    second = (
        "CREATE INDEX ON fresh (a); ALTER TABLE fresh ADD UNIQUE (a), ALTER a SET NOT NULL;"
        "UPDATE fresh SET a = ''; DROP TABLE fresh; TRUNCATE fresh;"
    )
    assert rules(first, second) == []


def test_not_null_passes_once_a_check_has_proved_it() -> None:
    add = "ALTER TABLE tasks ADD CONSTRAINT c CHECK (note IS NOT NULL) NOT VALID;"
    check, then = (
        "ALTER TABLE tasks VALIDATE CONSTRAINT c;",
        "ALTER TABLE tasks ALTER note SET NOT NULL;",
    )
    assert rules(add, check, then) == []
    assert rules(add, then) == ["set-not-null"]
    assert rules(add.replace("note", "title"), check, then) == ["set-not-null"]


def test_the_safe_form_of_not_null_is_accepted_as_it_is_printed() -> None:
    (finding,) = judged("ALTER TABLE app.tasks ALTER note SET NOT NULL").findings
    assert rules("\n".join(finding.safe)) == []


def test_concurrently_inside_a_transaction_is_told_before_it_fails() -> None:
    text = "BEGIN; CREATE INDEX CONCURRENTLY a ON tasks (title); COMMIT;"
    assert rules(text) == ["concurrently-in-transaction"]
    (finding,) = judged("DROP INDEX CONCURRENTLY a;", in_transaction=True).findings
    assert finding.harm is Harm.FAILS
    assert rules("BEGIN; COMMIT; CREATE INDEX CONCURRENTLY a ON tasks (title);") == []


def test_a_comment_allows_one_statement_and_is_reported() -> None:
    text = (
        "-- outgrow: allow drop-column\nALTER TABLE t DROP COLUMN a;\nALTER TABLE t DROP COLUMN b;"
    )
    verdict = judged(text)
    assert [one.line for one in verdict.findings] == [3]
    assert [one.rule for one in verdict.allowed] == ["drop-column"]


def test_only_the_rule_that_is_named_is_allowed() -> None:
    assert rules("-- outgrow: allow drop-table\nALTER TABLE t DROP COLUMN a;") == ["drop-column"]


def test_a_small_table_may_be_locked_and_never_broken() -> None:
    known = Tables({"public.tasks": 500}, large_rows=1000)
    assert rules("CREATE INDEX a ON tasks (title);", tables=known) == []
    assert rules("ALTER TABLE tasks DROP COLUMN note;", tables=known) == ["drop-column"]


def test_a_table_of_unknown_size_counts_as_large() -> None:
    known = Tables({"public.other": 1}, large_rows=1000)
    assert rules("CREATE INDEX a ON tasks (title);", tables=known) == ["create-index"]


def test_every_file_is_judged_when_one_cannot_be_read() -> None:
    verdict = judged("SELECT 1;\nALTER TABEL tasks;", "TRUNCATE tasks;")
    assert [(one.file, one.line) for one in verdict.unreadable] == [("0.sql", 2)]
    assert [one.rule for one in verdict.findings] == ["truncate"]
    assert not verdict.ok


def test_names_that_need_quotes_keep_them_in_the_safe_form() -> None:
    (finding,) = judged('ALTER TABLE "Order" ALTER "when" SET NOT NULL').findings
    assert finding.table == "Order"
    assert finding.safe[2] == 'ALTER TABLE "Order" ALTER COLUMN "when" SET NOT NULL;'


def test_several_parts_of_one_statement_are_each_judged() -> None:
    text = "ALTER TABLE tasks ADD a int NOT NULL, DROP COLUMN b, ALTER c TYPE text;"
    assert rules(text) == ["add-required-column", "drop-column", "change-column-type"]


def test_names_that_would_be_cut_off_are_shortened_by_the_safe_form() -> None:
    long = "t" * 60
    (finding,) = judged(f"ALTER TABLE {long} ALTER note SET NOT NULL").findings
    assert max(len(word) for word in finding.safe[1].split()) <= 64


def test_a_comment_behind_a_statement_does_not_allow_the_next_one() -> None:
    text = "SELECT 1; -- outgrow: allow truncate\nTRUNCATE tasks;"
    assert rules(text) == ["truncate"]
    assert rules(text.replace("; --", ";\n--")) == []


def test_what_a_with_clause_writes_is_judged_too() -> None:
    assert rules("WITH gone AS (DELETE FROM tasks RETURNING id) SELECT * FROM gone;") == [
        "whole-table-write"
    ]


def test_an_index_of_only_the_parent_passes_because_that_holds_no_rows() -> None:
    assert rules("CREATE INDEX parent_id ON ONLY parent (id);") == []
    assert rules("CREATE INDEX parent_id ON parent (id);") == ["create-index"]


def test_a_block_of_code_is_refused_until_somebody_says_that_it_was_read() -> None:
    block = "DO LANGUAGE plpgsql $$ BEGIN DELETE FROM tasks; END $$;"
    (finding,) = judged(block, tables=Tables({"tasks": 1})).findings
    assert (finding.rule, finding.harm) == ("do-block", Harm.LOCKS)
    assert finding.why == "what it does cannot be read"
    verdict = judged(f"-- outgrow: allow do-block\n{block}")
    assert (verdict.ok, len(verdict.allowed)) == (True, 1)
