"""Where the content of files lies: a folder, or a bucket of S3. Named by its own hash."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Storage(Protocol):
    """Contents by key. Writing the same content twice is no harm."""

    async def put(self, key: str, content: bytes) -> None:
        """Keep a content."""

    async def get(self, key: str) -> bytes | None:
        """Return a content; None when there is none."""


class FolderStorage:
    """Contents in a folder, which all workers share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, content: bytes) -> None:
        """Write it aside and move it into place, so that nobody reads half a file."""
        await asyncio.to_thread(self._write, self._folder / key, content)

    async def get(self, key: str) -> bytes | None:
        """Return a content."""
        try:
            return await asyncio.to_thread((self._folder / key).read_bytes)
        except FileNotFoundError:
            return None

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as aside:
            aside.write(content)
        os.replace(aside.name, path)  # noqa: PTH105


class BucketStorage:
    """Contents in a bucket of S3; boto3 is asked for only where this is used."""

    def __init__(self, bucket: str, endpoint: str | None = None) -> None:
        import boto3

        self._client = boto3.client("s3", endpoint_url=endpoint)
        self._bucket = bucket

    async def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        await asyncio.to_thread(self._client.put_object, Bucket=self._bucket, Key=key, Body=content)

    async def get(self, key: str) -> bytes | None:
        """Return an object's content."""
        return await asyncio.to_thread(self._read, key)

    def _read(self, key: str) -> bytes | None:
        try:
            content: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None
        return content


def storage_from(environ: Mapping[str, str]) -> Storage:
    """Return the bucket `FILES_BUCKET`, or else the folder `FILES_FOLDER`."""
    if bucket := environ.get("FILES_BUCKET"):
        return BucketStorage(bucket, environ.get("FILES_ENDPOINT") or None)
    return FolderStorage(Path(environ.get("FILES_FOLDER", "files")))
