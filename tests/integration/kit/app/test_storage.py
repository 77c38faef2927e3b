"""A folder and a bucket keep the content of files alike."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from tests.integration.kit.app.worlds import BACKEND
from tests.rendered.moto_server import moto_server


def storage_module() -> ModuleType:
    """Return `app.storage` of the sample, which is no package of this repository."""
    spec = importlib.util.spec_from_file_location("sample_storage", BACKEND / "app" / "storage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STORAGE = storage_module()


def kept(storage: Any) -> tuple[bytes | None, ...]:
    async def work() -> tuple[bytes | None, ...]:
        await storage.put("7/abc", b"steam")
        await storage.put("7/abc", b"steam")
        return await storage.get("7/abc"), await storage.get("7/missing")

    return asyncio.run(work())


def test_a_folder_keeps_content_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    storage = STORAGE.storage_from({"FILES_FOLDER": str(tmp_path)})
    assert kept(storage) == (b"steam", None)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["abc"]


def test_a_bucket_keeps_content(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto_server() as address:
        boto3.client("s3", endpoint_url=address).create_bucket(Bucket="projects")
        storage = STORAGE.storage_from({"FILES_BUCKET": "projects", "FILES_ENDPOINT": address})
        assert kept(storage) == (b"steam", None)
