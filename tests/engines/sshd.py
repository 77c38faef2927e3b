"""A real sshd on loopback: its own port, host key and account file, in a private folder."""

from __future__ import annotations

import getpass
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.engines.processes import answers, free_port, running
from tests.tools import run_tool, said, tool

from outgrow.clients.ssh import SshHost


@dataclass(frozen=True)
class SshServer:
    """It lets in whoever has the key of its folder; `destination` is what `ssh` is told."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def destination(self) -> str:
        """Return options and name: what stands in a strategy as `ssh`."""
        options = [
            "-F", "none", "-p", str(self.port), "-i", str(self.folder / "client"),
            "-o", f"UserKnownHostsFile={self.folder / 'known'}", "-o", "IdentitiesOnly=yes",
        ]  # fmt: skip
        return shlex.join([*options, f"{getpass.getuser()}@127.0.0.1"])


@contextmanager
def ssh_server(folder: Path, variables: Mapping[str, str] | None = None) -> Iterator[SshServer]:
    """Yield an sshd whose sessions have `variables`, HOME among them: it writes there."""
    folder.mkdir(exist_ok=True, mode=0o700)
    for name in ("host", "client"):
        made = run_tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name)
        assert made.returncode == 0, said(made)
    (folder / "authorized").write_text((folder / "client.pub").read_text())
    port = free_port()
    key = (folder / "host.pub").read_text().strip()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {key}\n")
    (folder / "sshd_config").write_text(_configuration(folder, port, variables or {}))
    Path("/run/sshd").mkdir(exist_ok=True)  # sshd wants it for what it runs without rights
    command = [tool("sshd"), "-D", "-e", "-f", str(folder / "sshd_config")]
    with running(command, folder, lambda: answers(port)) as process:
        server = SshServer(folder, port, process)
        yield server
        SshHost(server.destination, "").close()  # or its session would live on for a minute


def _configuration(folder: Path, port: int, variables: Mapping[str, str]) -> str:
    lines = [
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {folder}/host",
        f"PidFile {folder}/pid", f"AuthorizedKeysFile {folder}/authorized", "StrictModes no",
        "UsePAM no", "PasswordAuthentication no", "PermitRootLogin yes",
        "AllowStreamLocalForwarding yes", "AllowTcpForwarding yes", "LogLevel ERROR",
        "MaxSessions 50",
    ]  # fmt: skip
    if variables:
        lines.append("SetEnv " + " ".join(f"{key}={value}" for key, value in variables.items()))
    return "\n".join(lines) + "\n"
