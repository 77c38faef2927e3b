"""Workers, which no request reaches: the new one runs before the old one ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from tests.commands import Ran, outgrow

STRATEGY = """\
outgrow: 1
name: shop
components:
  jobs:
    kind: worker
    run: {command: exec ./work, stop_seconds: 5}
phases:
  live: {use: {jobs: {offering: self-hosted/docker, instances: {minimum: 2}}}}
deploy: {health_gate_seconds: 4, bake_seconds: 0}
environments:
  production: {machines: {here: {runner: processes}}}
"""
WORKS = """\
#!/bin/sh
echo "begins $1 $(basename "$PWD")" >> LOG
trap 'echo "ends NAME" >> LOG; exit 0' TERM
echo "NAME works" >> LOG
while :; do read -t 1 line < /dev/null || sleep 0.05; done
"""
ENDS = "#!/bin/sh\necho cannot find the queue\nexit 7\n"


@dataclass
class Shop:
    """A strategy with one worker of two instances."""

    folder: Path

    def run(self, *words: str) -> Ran:
        """Run `outgrow` there."""
        return outgrow(*words, home=self.folder, folder=self.folder)

    def configure(self, run: Mapping[str, object], **component: object) -> None:
        """Add to how the worker is run, and to the component itself."""
        path = self.folder / "outgrow.yaml"
        found = yaml.safe_load(path.read_text())
        jobs = found["components"]["jobs"]
        found["components"]["jobs"] = jobs | component | {"run": jobs["run"] | run}
        path.write_text(yaml.safe_dump(found))

    def build(self, name: str, text: str) -> str:
        """Make a version; each writes down when it begins and ends."""
        folder = self.folder / name
        folder.mkdir()
        program = folder / "work"
        program.write_text(text.replace("LOG", str(self.log)).replace("NAME", name))
        program.chmod(0o755)
        return name

    @property
    def log(self) -> Path:
        """Return where the versions write to."""
        return self.folder / "log"

    def happened(self) -> list[str]:
        """Return what they have written, without when each shell began."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if not line.startswith("begins")]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    (tmp_path / "outgrow.yaml").write_text(STRATEGY)
    one = Shop(tmp_path)
    yield one
    assert one.run("deploys", "down", "--yes").code == 0


def test_the_old_one_ends_once_the_new_one_has_run_for_a_while(shop: Shop) -> None:
    first = shop.run("deploy", "jobs", "--image", shop.build("one", WORKS), "--yes")
    assert first.code == 0, first.out + first.err
    second = shop.run("deploy", "jobs", "--image", shop.build("two", WORKS), "--yes")
    assert second.code == 0, second.out + second.err
    assert shop.happened() == [
        "one works", "one works", "two works", "two works", "ends one", "ends one",
    ]  # fmt: skip


def test_one_that_ends_at_once_is_taken_back_and_the_old_one_goes_on(shop: Shop) -> None:
    assert shop.run("deploy", "jobs", "--image", shop.build("one", WORKS), "--yes").code == 0
    failed = shop.run("deploy", "jobs", "--image", shop.build("bad", ENDS), "--yes")
    assert failed.code == 1, failed.out + failed.err
    assert "cannot find the queue" in failed.out + failed.err
    assert shop.happened() == ["one works", "one works"]


def test_a_worker_whose_health_check_fails_is_taken_back_and_tells_no_secret(shop: Shop) -> None:
    shop.configure(
        run={"health": {"command": 'echo "no queue for $TOKEN" >&2; exit 1'}},
        secrets={"TOKEN": "file:token"},
    )
    (shop.folder / "token").write_text("planted-c3VwZXJzZWNyZXQ\n")
    prints = '#!/bin/sh\necho "signs in with $TOKEN"\nexec sleep 600\n'
    failed = shop.run("deploy", "jobs", "--image", shop.build("bad", prints), "--yes", "--json")
    assert failed.code == 1, failed.out + failed.err
    assert "no queue for ***" in failed.out
    assert "signs in with ***" in failed.out
    shown = shop.run("deploys", "show", "1")
    assert "no queue for ***" in shown.out
    assert "planted" not in failed.out + failed.err + shown.out + shown.err


def test_a_rollback_brings_the_version_before_back(shop: Shop) -> None:
    for name in ("one", "two"):
        done = shop.run("deploy", "jobs", "--image", shop.build(name, WORKS), "--yes")
        assert done.code == 0, done.out + done.err
    back = shop.run("rollback", "jobs", "--yes")
    assert back.code == 0, back.out + back.err
    assert shop.happened()[-4:] == ["one works", "one works", "ends two", "ends two"]
