"""Certificates for servers that want some before they start."""

from __future__ import annotations

from pathlib import Path

from tests.tools import run_tool, said


def self_signed(folder: Path, name: str = "localhost") -> Path:
    """Return a folder with `fullchain.pem`, `privkey.pem` and both in `both/all.pem`.

    `name` is the one that the certificate is for; it may be a wildcard.
    """
    certificates = folder / "certs"
    both = certificates / "both"
    both.mkdir(parents=True, exist_ok=True)
    done = run_tool(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "2", "-subj", f"/CN={name}",
        "-addext", f"subjectAltName=DNS:{name}",
        "-keyout", certificates / "privkey.pem", "-out", certificates / "fullchain.pem",
    )  # fmt: skip
    assert done.returncode == 0, said(done)
    texts = [(certificates / name).read_text() for name in ("fullchain.pem", "privkey.pem")]
    (both / "all.pem").write_text("".join(texts))
    return both
