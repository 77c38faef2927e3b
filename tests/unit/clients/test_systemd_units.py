from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests.tools import run_tool, said

from outgrow.clients.on_host.place import Spec
from outgrow.clients.own_host import Address, Question
from outgrow.clients.systemd import Units, unit_text, variables_file

SPEC = Spec(
    command=["/bin/sh", "-c", 'exec python3 app.py "$PORT" 100% \\ done'],
    folder="/srv/100% mine",
    labels={"outgrow.version": "v1"},
    stop_seconds=20,
)


class FakeHost:
    """A machine whose systemd says `shown`; it notes what is run and written."""

    name = "there"
    home = Path("/home")

    def __init__(self, shown: Sequence[str] = ()) -> None:
        self.shown = list(shown)
        self.ran: list[str] = []
        self.files: dict[str, tuple[str, int]] = {}

    def ask(
        self, verb: str, question: Question, timeout_seconds: float = 20
    ) -> Mapping[str, object]:
        if verb == "write":
            path, text, mode = (question[key] for key in ("path", "text", "mode"))
            self.files[str(path)] = (str(text), int(str(mode)))
            return {}
        if verb == "read":
            return {"text": self.files.get(str(question["path"]), (None, 0))[0]}
        command = question["command"]
        assert isinstance(command, list)
        self.ran.append(" ".join(command))
        return {"exit_code": 0, "lines": self.shown if command[1] == "show" else []}

    def send(self, command: Sequence[str], content: bytes, timeout_seconds: float) -> str:
        raise AssertionError("nothing is sent")

    def connect(self, address: Address, timeout_seconds: float) -> object:
        raise AssertionError("nothing is connected to")


def units(host: FakeHost) -> Units:
    return Units(host, "shop-production")  # type: ignore[arg-type]


def test_systemd_itself_takes_the_unit(tmp_path: Path) -> None:
    folder, variables = tmp_path / "100% mine", tmp_path / "variables"
    folder.mkdir()
    variables.write_text(variables_file({"A": "1"}))
    spec = Spec(command=SPEC.command, folder=str(folder))
    unit = tmp_path / "shop-production-api-blue1.service"
    unit.write_text(unit_text(unit.name, str(tmp_path), spec))
    done = run_tool("systemd-analyze", "verify", unit)
    assert done.returncode == 0, said(done)
    assert unit.name not in done.stderr, said(done)


def test_no_value_lies_in_the_unit_and_the_file_with_them_is_private() -> None:
    host = FakeHost()
    units(host).start("/home/api/blue1", SPEC, {"TOKEN": "planted"})
    unit, mode = host.files["/etc/systemd/system/shop-production-api-blue1.service"]
    assert "planted" not in unit
    assert mode == 0o644
    assert host.files["/home/api/blue1/variables"] == ('TOKEN="planted"\n', 0o600)
    assert "planted" not in "".join(host.ran)
    assert host.ran[-2:] == [
        "systemctl daemon-reload",
        "systemctl enable --now shop-production-api-blue1.service",
    ]


def test_a_unit_that_runs_already_is_left_alone() -> None:
    host = FakeHost(["ActiveState=active", "MainPID=7", "NRestarts=0"])
    units(host).start("/home/api/blue1", SPEC, {})
    host.ran.clear()
    units(host).start("/home/api/blue1", SPEC, {})
    assert [one for one in host.ran if "show" not in one] == []


@pytest.mark.parametrize(
    ("shown", "running", "exit_code"),
    [
        (["ActiveState=active", "MainPID=7", "NRestarts=0", "ExecMainStatus=0"], True, None),
        (["ActiveState=active", "MainPID=7", "NRestarts=2", "ExecMainStatus=3"], True, 3),
        (["ActiveState=failed", "MainPID=0", "NRestarts=0", "ExecMainStatus=1"], False, 1),
    ],
)
def test_a_unit_says_whether_it_runs_and_how_it_ended(
    shown: list[str], running: bool, exit_code: int | None
) -> None:
    host = FakeHost(shown)
    units(host).start("/home/api/blue1", SPEC, {})
    found = units(host).states(["/home/api/blue1"])["/home/api/blue1"]
    assert (found.running, found.exit_code) == (running, exit_code)
    assert found.labels == {"outgrow.version": "v1"}


def test_a_value_of_several_lines_with_quotes_stays_one() -> None:
    written = variables_file({"KEY": 'a"b\\c$d\nsecond `line`'})
    assert written == 'KEY="a\\"b\\\\c\\$d\nsecond \\`line\\`"\n'
