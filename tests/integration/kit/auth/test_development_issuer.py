"""The development issuer as its own process, asked over HTTP as a real issuer is."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest
from tests.engines.processes import answers, free_port, running

from outgrow_kit.auth import InvalidToken, Verifier
from outgrow_kit.settings import AuthSettings


def test_its_tokens_pass_and_others_do_not(tmp_path: Path, repository: Path) -> None:
    port, other = free_port(), free_port()
    issuer = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "outgrow_kit.auth.development", "--port"]
    environment = {"PYTHONPATH": str(repository / "kit" / "src")}
    with (
        running([*command, str(port)], tmp_path, lambda: answers(port), environment),
        running([*command, str(other)], tmp_path, lambda: answers(other), environment),
    ):
        asked = {"user_id": "user_7", "party": "http://localhost:5173"}
        token = httpx.post(f"{issuer}/token", json=asked).json()["token"]
        stranger = httpx.post(f"http://127.0.0.1:{other}/token", json=asked).json()["token"]
        verifier = Verifier(
            AuthSettings(issuer=issuer, authorized_parties=("http://localhost:5173",))
        )
        assert verifier.verify(token).user_id == "user_7"
        assert verifier.verify(token).organization_id is None
        acting = httpx.post(f"{issuer}/token", json={**asked, "org_id": "org_3"}).json()["token"]
        assert verifier.verify(acting).organization_id == "org_3"
        with pytest.raises(InvalidToken):
            verifier.verify(stranger)


def test_in_production_it_does_not_start(tmp_path: Path, repository: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "outgrow_kit.auth.development", "--port", str(port)]
    environment = {
        "PYTHONPATH": str(repository / "kit" / "src"), "OUTGROW_ENVIRONMENT": "production",
    }  # fmt: skip
    with pytest.raises(pytest.fail.Exception, match="does not start in production"):  # noqa: SIM117
        with running(command, tmp_path, lambda: answers(port), environment):
            pass
