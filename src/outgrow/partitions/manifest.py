"""What is written beside an archived partition, so that it can be proven and brought back."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from outgrow.partitions.content import Content
from outgrow.partitions.names import TableName
from outgrow.partitions.periods import Period
from outgrow.partitions.policy import Format
from outgrow.partitions.ports import ArchiveDamaged

MANIFEST = ".json"


class StoredColumn(BaseModel):
    """A column as it was, with its type as PostgreSQL writes it.

    `as_text` says that some value of it has no equal in the file's own types.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    type: str
    as_text: bool = False


class Manifest(BaseModel):
    """One archived partition: where it belonged, what it holds, and how that is proven.

    `content_hash` is of the rows, whatever their order; `sha256` of the file's bytes.
    """

    model_config = ConfigDict(frozen=True)

    outgrow_archive: Literal[1] = 1
    table_schema: str
    table_name: str
    partition: str
    column: str
    first: date
    after: date
    columns: tuple[StoredColumn, ...]
    rows: int
    content_hash: str
    file: str
    format: Format
    bytes: int
    sha256: str
    archived: datetime

    @property
    def table(self) -> TableName:
        """Return the table it belonged to."""
        return TableName(self.table_schema, self.table_name)

    @property
    def name(self) -> TableName:
        """Return what the partition was called."""
        return TableName(self.table_schema, self.partition)

    @property
    def own_name(self) -> str:
        """Return what this manifest is called: as its file, with another ending."""
        stem, mark = self.file.rsplit("-", 1)
        return f"{stem}-{mark.split('.', 1)[0]}{MANIFEST}"

    @property
    def period(self) -> Period:
        """Return the dates that it holds."""
        return Period(self.first, self.after)

    @property
    def content(self) -> Content:
        """Return what its rows were."""
        return Content(self.rows, self.content_hash)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the columns that were kept: those that are written, not computed."""
        return tuple(one.name for one in self.columns)


def folder_of(table: TableName) -> str:
    """Return the folder of a table's partitions in an archive."""
    return f"{table.schema}.{table.name}/"


def stem_of(table: TableName, partition: str, content: Content) -> str:
    """Return the name that a partition is kept under: other content has another name."""
    mark = sha256(f"{content.rows}:{content.hash}".encode()).hexdigest()[:12]
    return f"{folder_of(table)}{partition}-{mark}"


def parse_manifest(name: str, text: bytes) -> Manifest:
    """Return the manifest that `text` is; raise ArchiveDamaged when it is none."""
    try:
        return Manifest.model_validate_json(text)
    except ValidationError:
        raise ArchiveDamaged(
            f"{name} is not a manifest that this outgrow can read",
            "Restore it from a copy of the archive, or use the outgrow that wrote it.",
        ) from None
