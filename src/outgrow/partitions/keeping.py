"""Puts the rows of a partition into an archive, and reads them back to prove it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from outgrow.partitions.content import Content, read_content
from outgrow.partitions.facts import Existing, Table
from outgrow.partitions.manifest import (
    MANIFEST,
    Manifest,
    StoredColumn,
    folder_of,
    parse_manifest,
    stem_of,
)
from outgrow.partitions.names import TableName, ident, idents
from outgrow.partitions.policy import Format
from outgrow.partitions.ports import LONG, Archive, ArchiveDamaged, Database, Session


class NoEqual(Exception):
    """Some values have no equal in a file's types; `columns` have to be kept as text."""

    def __init__(self, columns: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(columns)))
        self.columns = columns


class FileFormat(Protocol):
    """How rows become a file. What is copied out and in is as `copy_options` says."""

    @property
    def suffix(self) -> str:
        """Return what the file's name ends with."""

    @property
    def copy_options(self) -> str:
        """Return how PostgreSQL writes and reads the rows: `format csv`, for example."""

    def encode(self, blocks: Iterator[bytes], columns: Sequence[StoredColumn]) -> Iterator[bytes]:
        """Yield the bytes of the file."""

    def decode(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the rows of a file again."""


class Vault:
    """An archive with the formats that partitions are written in, by name."""

    def __init__(
        self, archive: Archive, formats: Callable[[Format], FileFormat], now: Callable[[], datetime]
    ) -> None:
        self._archive = archive
        self._formats = formats
        self._now = now

    @property
    def place(self) -> str:
        """Return where it is."""
        return self._archive.place

    def keep(
        self, database: Database, table: Table, one: Existing, column: str, how: Format
    ) -> Manifest:
        """Write the rows of a partition as they are at one moment; return the manifest.

        The file comes first: what has no manifest is not an archive yet. Raises OutsideError
        when there is no room; what was written of it is gone then.
        """
        as_text: frozenset[str] = frozenset()
        while True:
            stored = tuple(
                StoredColumn(name=each.name, type=each.type, as_text=each.name in as_text)
                for each in table.structure.columns
                if not each.generated
            )
            try:
                manifest = self._kept(database, table.name, one, column, stored, how)
            except NoEqual as found:
                if found.columns <= as_text:
                    raise
                as_text |= found.columns
                continue
            self._archive.put(manifest.own_name, [_written(manifest)])
            return manifest

    def _kept(
        self,
        database: Database,
        table: TableName,
        one: Existing,
        column: str,
        stored: tuple[StoredColumn, ...],
        how: Format,
    ) -> Manifest:
        assert one.bounds is not None
        names = [each.name for each in stored]
        form, counted = self._formats(how), _Counted()
        query = f"copy (select {idents(names)} from only {one.name}) to stdout"
        with database.transaction(LONG, snapshot=True) as session:
            content = read_content(session, f"only {one.name}", names)
            file = stem_of(table, one.name.name, content) + form.suffix
            with session.copy_out(f"{query} ({form.copy_options})") as rows:
                self._archive.put(file, counted.through(form.encode(rows, stored)))
        return Manifest(
            table_schema=table.schema, table_name=table.name, partition=one.name.name,
            column=column, first=one.bounds.first, after=one.bounds.after, columns=stored,
            rows=content.rows, content_hash=content.hash, file=file, format=how,
            bytes=counted.bytes, sha256=counted.hash.hexdigest(), archived=self._now(),
        )  # fmt: skip

    def manifest(self, name: str) -> Manifest:
        """Return the manifest called `name`; raise ArchiveDamaged when it cannot be read."""
        return parse_manifest(name, b"".join(self._archive.get(name)))

    def manifests(self, table: TableName) -> list[Manifest]:
        """Return what is kept of a table, oldest dates first, newest archive last among equals."""
        names = [one for one in self._archive.names(folder_of(table)) if one.endswith(MANIFEST)]
        return sorted(map(self.manifest, names), key=lambda one: (one.first, one.archived))

    def check(self, manifest: Manifest) -> None:
        """Read the whole file; raise ArchiveDamaged unless each byte is what was written."""
        counted = _Counted()
        for _ in counted.through(self._archive.get(manifest.file)):
            pass
        if (counted.bytes, counted.hash.hexdigest()) != (manifest.bytes, manifest.sha256):
            raise ArchiveDamaged(
                f"{manifest.file} in {self.place} is not what was archived: {counted.bytes} bytes "
                f"with another hash instead of {manifest.bytes}",
                "Restore the file from a copy of the archive. Nothing was changed.",
            )

    def load(self, session: Session, manifest: Manifest, into: TableName) -> None:
        """Fill `into` with the archived rows; raise ArchiveDamaged unless they are the same."""
        file_format = self._formats(manifest.format)
        columns = idents(manifest.column_names)
        statement = f"copy {into} ({columns}) from stdin ({file_format.copy_options})"
        session.copy_in(statement, file_format.decode(self._archive.get(manifest.file)))
        found = read_content(session, f"only {into}", manifest.column_names)
        if found != manifest.content:
            raise ArchiveDamaged(
                f"{manifest.file} in {self.place} gives back {found.rows} rows, or other content, "
                f"instead of the {manifest.rows} that were archived",
                "Keep the file and report this. Nothing was changed.",
            )

    def rehearse(self, database: Database, manifest: Manifest) -> None:
        """Bring the rows back into a scratch schema, compare, and take the schema away again.

        Raises ArchiveDamaged unless everything comes back. All of it is one transaction, so a
        killed rehearsal leaves nothing.
        """
        self.check(manifest)
        with database.transaction(LONG) as session:
            number = session.rows("select pg_backend_pid()")[0][0]
            schema = f"og_rehearsal_{number}"
            scratch = TableName(schema, manifest.partition)
            types = ", ".join(f"{ident(one.name)} {one.type}" for one in manifest.columns)
            session.run(f"create schema {ident(schema)}")
            session.run(f"create table {scratch} ({types})")
            self.load(session, manifest, scratch)
            session.run(f"drop schema {ident(schema)} cascade")


class _Counted:
    """Counts and hashes bytes that pass through."""

    def __init__(self) -> None:
        self.bytes = 0
        self.hash = sha256()

    def through(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self.bytes += len(block)
            self.hash.update(block)
            yield block


def content_of(database: Database, name: TableName, columns: Sequence[str]) -> Content:
    """Return the content of a table as it is now."""
    with database.transaction(LONG, snapshot=True) as session:
        return read_content(session, f"only {name}", columns)


def _written(manifest: Manifest) -> bytes:
    return manifest.model_dump_json(indent=2).encode() + b"\n"
