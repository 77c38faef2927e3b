"""An archive in an S3 bucket, or in a store that speaks S3; needs the extra `aws`.

An object appears when its upload is complete, so a killed upload leaves none.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from outgrow.errors import InputError, OutsideError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_BLOCK_BYTES = 1 << 20


class S3Archive:
    """The archive at `s3://bucket/prefix`."""

    def __init__(self, client: S3Client, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""

    @property
    def place(self) -> str:
        """Return where it is."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def put(self, name: str, blocks: Iterable[bytes]) -> None:
        """Keep `blocks` under `name`. Raises OutsideError when the store or the disk refuses."""
        from boto3.exceptions import S3UploadFailedError
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            with tempfile.TemporaryFile() as whole:
                for block in blocks:
                    whole.write(block)
                whole.seek(0)
                self._client.upload_fileobj(whole, self._bucket, self._prefix + name)
        except OSError as error:
            raise OutsideError(
                f"{name} does not fit on this disk on its way to {self.place}: {error.strerror}",
                f"Make room in {tempfile.gettempdir()}, or point TMPDIR elsewhere.",
            ) from None
        except (BotoCoreError, ClientError, S3UploadFailedError) as error:
            raise self._refused(name, "written", error) from None

    def get(self, name: str) -> Iterator[bytes]:
        """Yield what is kept under `name`; raise OutsideError when it cannot be read."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            body = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"]
            yield from body.iter_chunks(_BLOCK_BYTES)
        except (BotoCoreError, ClientError) as error:
            raise self._refused(name, "read", error) from None

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with `prefix`, in order."""
        from botocore.exceptions import BotoCoreError, ClientError

        pages = self._client.get_paginator("list_objects_v2")
        try:
            found = [
                one["Key"].removeprefix(self._prefix)
                for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix)
                for one in page.get("Contents", [])
            ]
        except (BotoCoreError, ClientError) as error:
            raise self._refused(prefix, "listed", error) from None
        return sorted(found)

    def _refused(self, name: str, verb: str, error: Exception) -> OutsideError:
        return OutsideError(
            f"{self.place}/{name} cannot be {verb}: {error}",
            "Check the bucket, the region and what the credentials may do. Nothing was dropped.",
        )


def open_s3(url: str) -> S3Archive:
    """Return the archive at `s3://bucket/prefix`, with the credentials of the environment.

    `AWS_ENDPOINT_URL` points it at another store that speaks S3. Raises InputError without
    boto3.
    """
    try:
        import boto3
    except ImportError:
        raise InputError(
            "an archive in S3 needs boto3, which is not installed", "pip install 'outgrow[aws]'"
        ) from None
    parts = urlsplit(url)
    if not parts.netloc:
        raise InputError(f"{url} names no bucket", "Write s3://bucket/prefix.")
    return S3Archive(boto3.client("s3"), parts.netloc, parts.path)
