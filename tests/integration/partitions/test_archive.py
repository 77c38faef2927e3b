"""Old partitions leave the database only when what was kept of them comes back whole."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace

import psycopg
import pyarrow.parquet as pq
import pytest
from tests.commands import REPOSITORY
from tests.integration.partitions.workplace import EVENTS, TODAY, Silent, Workplace
from tests.rendered.moto_server import moto_server

from outgrow.errors import InputError, OutsideError
from outgrow.operations.partitioning.archived import archive_table
from outgrow.partitions.ports import ArchiveDamaged

# Values that are easily lost on the way: NULL beside the empty text, quotes, line breaks, signs
# of CSV and COPY, every digit, infinities, what Parquet has no equal for.
ODD = (
    "create type mood as enum ('fine', 'so, so')",
    "create table events (id bigint primary key, created_at timestamptz not null, a text, b text,"
    " n numeric(10, 2), free numeric, f real, g double precision, d date, s timestamp(3), t time,"
    " i interval, j jsonb, raw bytea, tags text[], m mood, u uuid, ok boolean, span tstzrange,"
    " small smallint, twice bigint generated always as (id * 2) stored)",
    "insert into events values"
    " (1, '2026-01-01 00:00+00', null, '', 1.10, 1.100, 0.1, 0.1, '2026-01-01',"
    " '2026-01-01 10:00:00.123', '10:11:12.000001', '1 mon 2 days', '{\"a\": null}', '\\x00ff0a',"
    " '{a,\"b,c\",NULL}', 'so, so', '00000000-0000-0000-0000-000000000001', true,"
    " '[2026-01-01,2026-02-01)', -1),"
    " (2, '2026-01-31 23:59:59.999999+00', E'a \"quoted\"\\nline\\r\\n\\\\N, \\t;', '\\N',"
    " 99999999.99, 'NaN', 'NaN', 'Infinity', 'infinity', '-infinity', null, null, null, '', '{}',"
    " 'fine', null, false, 'empty', null),"
    " (3, '2026-01-15 12:00+00', 'ünïcödé 🦀', 'null', 'NaN', 1e-30, 3.4e38, -0.0, '4713-01-01 BC',"
    " '0001-01-01', null, '-1 year', '[]', null, null, null, null, null, null, 32767)",
)


@pytest.mark.parametrize("kind", ["parquet", "copy"])
def test_old_partitions_are_kept_elsewhere_and_come_back_the_same(
    work: Workplace, kind: str
) -> None:
    work.policy = replace(work.policy, format=kind)  # type: ignore[arg-type]
    work.run(*EVENTS)
    work.apply()
    rows = work.rows("select * from events order by id")
    kept = work.archive()
    assert [one.partition for one in kept] == [f"events_p2026_0{m}" for m in (1, 2, 3)]
    assert kept[0].rows == 31 * 3 - 1 + 1
    assert work.value("select min(created_at)::date::text from events") == "2026-04-01"
    for one in kept:
        work.restore(one.partition)
    assert work.rows("select * from events order by id") == rows
    assert work.leftovers() == []


@pytest.mark.parametrize("kind", ["parquet", "copy"])
def test_every_value_comes_back_as_it_was(work: Workplace, kind: str) -> None:
    work.policy = replace(work.policy, format=kind)  # type: ignore[arg-type]
    work.run(*ODD)
    work.apply()
    query = "select events::text from events order by id"
    before = work.rows(query)
    work.archive()
    assert work.rows(query) == []
    work.restore("events_p2026_01")
    assert work.rows(query) == before


def test_the_parquet_file_has_types_that_others_can_read(work: Workplace) -> None:
    work.run(*ODD)
    work.apply()
    kept = work.archive()[0]
    with pq.ParquetFile(work.folder / "archive" / kept.file) as file:
        schema, table = file.schema_arrow, file.read()
    assert str(schema.field("id").type) == "int64"
    assert str(schema.field("created_at").type) == "timestamp[us, tz=UTC]"
    assert str(schema.field("ok").type) == "bool"
    assert str(schema.field("g").type) == "double"
    assert str(schema.field("d").type) == "string", "infinity has no equal among its dates"
    assert schema.field("m").metadata[b"postgresql"] == b"public.mood"
    assert table.column("a").to_pylist()[0] is None
    assert table.column("b").to_pylist()[0] == ""
    assert "twice" not in schema.names


def test_a_manifest_says_what_is_kept_and_how_to_prove_it(work: Workplace) -> None:
    work.policy = replace(work.policy, format="copy")
    work.run(*EVENTS)
    work.apply()
    kept = work.archive()[0]
    file = work.folder / "archive" / kept.file
    manifest = json.loads(file.with_name(file.name.split(".")[0] + ".json").read_text())
    assert manifest["rows"] == kept.rows == gzip.decompress(file.read_bytes()).count(b"\n")
    assert manifest["sha256"] == kept.sha256
    assert (manifest["first"], manifest["after"]) == ("2026-01-01", "2026-02-01")
    assert manifest["columns"][2] == {
        "name": "created_at", "type": "timestamp with time zone", "as_text": False,
    }  # fmt: skip


def test_rows_that_come_after_the_export_are_kept_too(work: Workplace) -> None:
    work.run(*EVENTS)
    work.apply()

    class Late(Silent):
        def step(self, name: str) -> None:
            day = {
                "events_p2026_01: rehearse": "2026-01-02",
                "events_p2026_02: detach": "2026-02-02",
            }
            if name in day:
                work.run(
                    "insert into events (account_id, created_at, note)"
                    f" values (1, '{day[name]}', 'late')"
                )

    with work.desk() as (database, desk):
        kept = archive_table(work.targets, database, desk, work.policy, Late(), TODAY)
    assert [one.rows for one in kept[:2]] == [94, 85]
    for one in kept:
        work.restore(one.partition)
    assert work.value("select count(*) from events where note = 'late'") == 2
    assert work.value("select count(*) from events") == 362


def damage(work: Workplace, file: str) -> None:
    path = work.folder / "archive" / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["parquet", "copy"])
def test_a_damaged_archive_is_refused_and_nothing_changes(work: Workplace, kind: str) -> None:
    work.policy = replace(work.policy, format=kind)  # type: ignore[arg-type]
    work.run(*EVENTS)
    work.apply()
    kept = work.archive()[0]
    whole = (work.folder / "archive" / kept.file).read_bytes()
    damage(work, kept.file)
    partitions = work.partitions()
    with pytest.raises(ArchiveDamaged, match="is not what was archived") as refused:
        work.restore(kept.partition)
    assert refused.value.exit_code == 3
    assert work.partitions() == partitions
    assert work.value(f"select to_regclass('{kept.partition}')") is None
    (work.folder / "archive" / kept.file).write_bytes(whole)
    work.restore(kept.partition)
    assert work.value(f"select count(*) from {kept.partition}") == kept.rows


def test_a_file_that_goes_bad_before_the_drop_keeps_the_partition(work: Workplace) -> None:
    work.run(*EVENTS)
    work.apply()

    class Damages(Silent):
        def step(self, name: str) -> None:
            if name.endswith(": compare"):
                damage(work, next((work.folder / "archive").rglob("*.parquet")).relative_to(
                    work.folder / "archive").as_posix())  # fmt: skip

    with work.desk() as (database, desk), pytest.raises(ArchiveDamaged):
        archive_table(work.targets, database, desk, work.policy, Damages(), TODAY)
    assert work.value("select count(*) from events_p2026_01") == 93


def test_a_manifest_that_is_none_is_refused(work: Workplace) -> None:
    work.run(*EVENTS)
    work.apply()
    work.archive()
    next((work.folder / "archive").rglob("*.json")).write_text("{}")
    with pytest.raises(ArchiveDamaged, match="not a manifest"):
        work.restore("events_p2026_01")


def test_an_unknown_partition_is_refused_with_what_there_is(work: Workplace) -> None:
    work.run(*EVENTS)
    work.apply()
    work.archive()
    with pytest.raises(InputError) as refused:
        work.restore("events_p1999_01")
    assert "events_p2026_01" in refused.value.remedy


FULL = """
import resource, sys
from pathlib import Path
from tests.integration.partitions.workplace import Workplace
from outgrow.errors import OutsideError

resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    Workplace(sys.argv[1], Path(sys.argv[2])).archive()
except OutsideError as error:
    print(error.reason, error.remedy)
    sys.exit(error.exit_code)
"""


def test_a_full_archive_ends_with_3_and_nothing_is_dropped(work: Workplace) -> None:
    work.run(*EVENTS, "update events set note = (select string_agg(md5(id::text || i), '')"
             " from generate_series(1, 400) i)")  # fmt: skip
    work.apply()
    before = work.rows("select count(*), sum(length(note)) from events")
    ran = subprocess.run(
        [sys.executable, "-c", FULL, work.url, str(work.folder)],
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 3, ran.stderr
    assert "File too large" in ran.stdout
    assert "Nothing was dropped" in ran.stdout
    assert work.rows("select count(*), sum(length(note)) from events") == before
    assert "events_p2026_01" in work.partitions()
    assert list((work.folder / "archive").rglob("*.*")) == [
        work.folder / "archive" / "public.events"
    ]
    assert len(work.archive()) == 3, "with room again, it goes through"


def test_a_long_query_on_the_table_is_waited_for_and_writers_go_on(work: Workplace) -> None:
    work.run(*EVENTS)
    work.apply()
    reader = psycopg.connect(work.url)

    class Reads(Silent):
        def step(self, name: str) -> None:
            if name == "events_p2026_01: detach":
                reader.execute("select count(*) from events")
            if name == "events_p2026_01: compare":
                work.run("insert into events (account_id, created_at) values (1, '2026-04-02')")

    class Ends:
        """Ends the reader's transaction once the detach has waited for it in vain."""

        def __init__(self, real: object) -> None:
            self._real = real

        def __getattr__(self, name: str) -> object:
            if name == "alone":
                return self._alone
            return getattr(self._real, name)

        def _alone(self, statement: str, limits: object) -> None:
            try:
                self._real.alone(statement, replace(limits, lock_seconds=0.3))  # type: ignore[attr-defined,type-var]
            finally:
                reader.commit()

    with reader, work.desk() as (database, desk):
        kept = archive_table(
            work.targets, Ends(database), desk, work.policy, Reads(), TODAY  # type: ignore[arg-type]
        )  # fmt: skip
    assert len(kept) == 3
    assert work.value("select count(*) from events where created_at >= '2026-04-01'") == 91


def test_an_s3_bucket_keeps_partitions_too_against_a_fake_of_s3(
    work: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    with moto_server() as address:
        for name, value in {
            "AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "fake",
            "AWS_SECRET_ACCESS_KEY": "fake", "AWS_DEFAULT_REGION": "us-east-1",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="kept")
        work.policy = replace(work.policy, archive_to="s3://kept/partitions/")
        work.run(*EVENTS)
        work.apply()
        rows = work.rows("select * from events order by id")
        kept = work.archive()
        assert kept[0].place == "s3://kept/partitions"
        for one in kept:
            work.restore(one.partition)
        assert work.rows("select * from events order by id") == rows
        client.put_object(Bucket="kept", Key=f"partitions/{kept[0].file}", Body=b"other")
        work.run(f"alter table events detach partition {kept[0].partition}",
                 f"drop table {kept[0].partition}")  # fmt: skip
        with pytest.raises(ArchiveDamaged):
            work.restore(kept[0].partition)
        work.policy = replace(work.policy, archive_to="s3://not-there")
        with pytest.raises(OutsideError, match="cannot be written"):
            work.archive()
        client.close()


def test_a_restored_partition_is_archived_again_beside_the_first(work: Workplace) -> None:
    work.run(*EVENTS)
    work.apply()
    work.archive()
    work.restore("events_p2026_01")
    work.run("update events set note = 'changed' where created_at < '2026-01-02'")
    work.archive()
    assert len(list((work.folder / "archive").rglob("events_p2026_01-*.json"))) == 2
    work.restore("events_p2026_01")
    assert work.value("select count(*) from events where note = 'changed'") == 3
