"""How archived rows are written: Parquet through pyarrow, or PostgreSQL's text in gzip.

Both take the rows as `copy ... to stdout` gives them and give them back for `copy ... from
stdin`, so PostgreSQL itself converts each value in both directions.
"""

from __future__ import annotations

import io
import re
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING

from outgrow.errors import InputError, OutsideError
from outgrow.partitions.bounds import base_type
from outgrow.partitions.keeping import FileFormat, NoEqual
from outgrow.partitions.manifest import StoredColumn
from outgrow.partitions.ports import ArchiveDamaged

if TYPE_CHECKING:
    import pyarrow
    from _typeshed import ReadableBuffer as Buffer

_CHUNK_BYTES = 16 << 20
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
_DECIMAL_DIGITS = 38
_GZIP = 31  # zlib's way to say: with a gzip header
_ROWS_AT_A_TIME = 20_000


def file_format(name: str) -> FileFormat:
    """Return the format called `name`; raise InputError when it needs a missing library."""
    if name == "copy":
        return CompressedCopy()
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise InputError(
            "Parquet needs pyarrow, which is not installed",
            "pip install 'outgrow[parquet]', or write `format: copy` in the strategy.",
        ) from None
    return Parquet()


class CompressedCopy:
    """The text format of COPY, in gzip: `psql` and `zcat` read it."""

    suffix = ".copy.gz"
    copy_options = "format text"

    def encode(
        self,
        blocks: Iterator[bytes],
        columns: Sequence[StoredColumn],  # noqa: ARG002 - the text names no columns
    ) -> Iterator[bytes]:
        """Yield the compressed bytes of `blocks`."""
        packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
        for block in blocks:
            if packed := packer.compress(block):
                yield packed
        yield packer.flush()

    def decode(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the rows again; raise ArchiveDamaged for what is no whole gzip file."""
        unpacker = zlib.decompressobj(_GZIP)
        try:
            for block in blocks:
                while block:
                    yield unpacker.decompress(block, _CHUNK_BYTES)
                    block = unpacker.unconsumed_tail
            yield unpacker.flush()
        except zlib.error:
            raise _damaged("gzip") from None
        if not unpacker.eof:
            raise _damaged("gzip")


class Parquet:
    """Parquet with types where it has an equal, and PostgreSQL's text where it has none.

    Numbers, dates, moments, booleans and text keep their kind. Whatever else there is (arrays,
    ranges, JSON, bytes, enumerations, an unbounded numeric) is kept as PostgreSQL writes it,
    and so is a column in which a value has no equal, such as a date of infinity.
    """

    suffix = ".parquet"
    copy_options = "format csv"

    def encode(self, blocks: Iterator[bytes], columns: Sequence[StoredColumn]) -> Iterator[bytes]:
        """Yield the bytes of a Parquet file with the rows of `blocks`.

        Raises NoEqual with the columns that have to be kept as text.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = _Sink()
        fields = [_field(one, pa.string() if one.as_text else _type(one.type)) for one in columns]
        with pq.ParquetWriter(sink, pa.schema(fields), compression="zstd") as writer:
            for chunk in _whole_rows(blocks):
                writer.write_table(_table(chunk, pa.schema(fields)))
                yield sink.taken()
        yield sink.taken()

    def decode(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the rows again; raise ArchiveDamaged for what is no Parquet file."""
        import pyarrow as pa
        import pyarrow.csv as pc
        import pyarrow.parquet as pq

        options = pc.WriteOptions(include_header=False, quoting_style="all_valid")
        with tempfile.TemporaryFile() as whole:
            _spool(blocks, whole)
            try:
                with pq.ParquetFile(whole) as file:
                    for batch in file.iter_batches(_ROWS_AT_A_TIME):
                        sink = io.BytesIO()
                        pc.write_csv(batch, sink, options)
                        yield sink.getvalue()
            except pa.ArrowException:
                raise _damaged("Parquet") from None


class _Sink(io.RawIOBase):
    """Takes what a writer writes, and hands it on a piece at a time."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Buffer, /) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._position += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _spool(blocks: Iterator[bytes], whole: IO[bytes]) -> None:
    try:
        for block in blocks:
            whole.write(block)
        whole.seek(0)
    except OSError as error:
        raise OutsideError(
            f"there is no room for a copy of the archive: {error.strerror}",
            f"Make room in {tempfile.gettempdir()}, or point TMPDIR elsewhere.",
        ) from None


def _field(column: StoredColumn, kind: pyarrow.DataType) -> pyarrow.Field:
    import pyarrow as pa

    return pa.field(column.name, kind, metadata={"postgresql": column.type})


def _type(written: str) -> pyarrow.DataType:
    """Return Parquet's equal of a type as PostgreSQL writes it, text when there is none."""
    import pyarrow as pa

    plain = {
        "smallint": pa.int16(), "integer": pa.int32(), "bigint": pa.int64(),
        "real": pa.float32(), "double precision": pa.float64(), "boolean": pa.bool_(),
        "date": pa.date32(),
    }  # fmt: skip
    if written in plain:
        return plain[written]
    if found := _NUMERIC.fullmatch(written):
        precision, scale = int(found[1]), int(found[2])
        return pa.decimal128(precision, scale) if precision <= _DECIMAL_DIGITS else pa.string()
    if base_type(written) == "timestamp":
        return pa.timestamp("us")
    if base_type(written) == "timestamp with time zone":
        return pa.timestamp("us", tz="UTC")
    return pa.string()


def _whole_rows(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield `blocks` joined into chunks that end where a row ends.

    A line break ends a row unless it is quoted, and then the quotes before it are odd in number.
    """
    pieces: list[bytes] = []
    size = quotes = 0
    for block in blocks:
        pieces.append(block)
        size += len(block)
        quotes += block.count(b'"')
        if size >= _CHUNK_BYTES and quotes % 2 == 0 and block.endswith(b"\n"):
            yield b"".join(pieces)
            pieces, size, quotes = [], 0, 0
    if pieces:
        yield b"".join(pieces)


def _table(chunk: bytes, schema: pyarrow.Schema) -> pyarrow.Table:
    import pyarrow as pa

    try:
        return _read(chunk, schema, schema.names).cast(schema)
    except pa.ArrowInvalid:
        raise NoEqual(_without_equal(chunk, schema)) from None


def _without_equal(chunk: bytes, schema: pyarrow.Schema) -> frozenset[str]:
    """Return the columns of which a value has no equal in the type they have in `schema`."""
    import pyarrow as pa

    found = set()
    for name in schema.names:
        try:
            _read(chunk, schema, [name])
        except pa.ArrowInvalid:
            found.add(name)
    return frozenset(found)


def _read(chunk: bytes, schema: pyarrow.Schema, names: Sequence[str]) -> pyarrow.Table:
    """Return the columns `names` of rows in CSV, where NULL is empty and not quoted."""
    import pyarrow.csv as pc

    return pc.read_csv(
        io.BytesIO(chunk),
        pc.ReadOptions(column_names=schema.names, block_size=len(chunk) + 1, use_threads=False),
        pc.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        pc.ConvertOptions(
            column_types=schema,
            include_columns=list(names),
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            timestamp_parsers=[pc.ISO8601],
        ),
    )


def _damaged(kind: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"the archive is no whole {kind} file", "Restore it from a copy of the archive."
    )
