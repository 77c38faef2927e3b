"""`outgrow render` and `outgrow diff` as installed: streams, exit codes, kills, locks, disks."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.commands import REPOSITORY, Ran, clean_environment, outgrow

RENDER = ("render", "shop", "--accept-loss", "--target", "dockerfile", "--target", "compose")
SHOP = """\
outgrow: 1
name: Shop
components:
  api:
    kind: service
    public: true
    build: {folder: backend, runtime: python, framework: fastapi}
    run: {command: uvicorn app:app --host 0.0.0.0}
    needs: {ports: [8000], health_path: /health}
    secrets: {DATABASE_URL: env:DATABASE_URL}
    talks_to: [db]
  db: {kind: postgres, stack: PostgreSQL 16}
phases:
  launch:
    use:
      api: {offering: self-hosted/docker}
      db: {offering: self-hosted/docker}
  growth:
    use:
      api: {offering: self-hosted/docker, settings: {vcpu: 2, memory_gb: 4}}
      db: {offering: self-hosted/docker}
environments:
  production: {}
  development: {}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder that holds a strategy."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "outgrow.yaml").write_text(SHOP)
    return tmp_path


def render(shop: Path, *more: str, phase: str = "launch", **options: object) -> Ran:
    words = (*RENDER, "--phase", phase, "-e", "development", "--out", "infra", *more)
    return outgrow(*words, home=shop, folder=shop, **options)


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_rendering_twice_changes_nothing_not_even_the_times(shop: Path) -> None:
    assert render(shop).code == 0
    files = [path for path in (shop / "infra").rglob("*") if path.is_file()]
    assert len(files) > 5
    before = {path: path.stat().st_mtime_ns for path in files}
    ran = render(shop)
    assert ran.code == 0
    assert {path: path.stat().st_mtime_ns for path in files} == before
    assert "unchanged" in ran.out


def test_check_says_whether_the_tree_is_current_and_writes_nothing(shop: Path) -> None:
    assert render(shop, "--check").code == 1
    assert not (shop / "infra").exists()
    assert render(shop).code == 0
    assert render(shop, "--check").code == 0
    changed = render(shop, "--check", phase="growth")
    assert changed.code == 1
    assert "not current" in changed.out


@pytest.mark.parametrize(
    "flags", [("--check", "--merge"), ("--merge", "--restore"), ("--check", "--merge", "--restore")]
)
def test_flags_that_each_say_what_becomes_of_the_files_exclude_each_other(
    shop: Path, flags: tuple[str, ...]
) -> None:
    refused = render(shop, *flags)
    assert refused.code == 2
    assert f"{' and '.join(flags)} cannot be given together" in refused.err
    assert not (shop / "infra").exists()


def test_an_edited_file_stays_and_a_merge_joins_it(shop: Path) -> None:
    render(shop)
    compose = shop / "infra" / "compose" / "compose.yaml"
    mine = compose.read_text() + "# a person wrote this\n"
    compose.write_text(mine)
    compose.chmod(0o600)
    (shop / "shop" / "outgrow.yaml").write_text(SHOP.replace("8000", "8011"))
    ran = render(shop)
    assert ran.code == 1
    assert "conflict" in ran.out
    assert compose.read_text() == mine
    assert "8011" in (compose.parent / "compose.yaml.outgrow-new").read_text()
    merged = render(shop, "--merge")
    assert merged.code == 0, merged
    assert "8011" in compose.read_text()
    assert compose.read_text().endswith("# a person wrote this\n")
    assert compose.stat().st_mode & 0o777 == 0o600
    assert not (compose.parent / "compose.yaml.outgrow-new").exists()
    assert mine.encode() in content(shop / "infra" / ".outgrow" / "kept").values()


def test_a_dry_run_tells_and_writes_nothing(shop: Path) -> None:
    ran = render(shop, "--dry-run")
    assert ran.code == 0
    assert "create" in ran.out
    assert "nothing was written" in ran.out
    assert not (shop / "infra").exists()


def test_an_unaccepted_loss_writes_nothing_and_a_waiver_accepts_it(shop: Path) -> None:
    strategy = shop / "shop" / "outgrow.yaml"
    fixed = "use:\n      api: {offering: self-hosted/docker}"
    scaled = SHOP.replace(fixed, f"{fixed[:-1]}, instances: {{minimum: 1, maximum: 4}}}}")
    strategy.write_text(scaled)
    words = ("render", "shop", "--phase", "launch", "-e", "development", "-t", "compose")
    refused = outgrow(*words, "--out", "infra", home=shop, folder=shop)
    assert refused.code == 1
    assert "compose-autoscaling" in refused.err
    assert "outgrow.yaml:" in refused.err
    assert not (shop / "infra").exists()
    waivers = refused.err.split("\nwaivers:\n")[1].split("\n\n")[0]
    strategy.write_text(f"{scaled}waivers:\n{waivers}\n")
    assert outgrow(*words, "--out", "infra", home=shop, folder=shop).code == 0
    checked = outgrow("check", "shop", home=shop, folder=shop)
    assert "unused-waiver" not in checked.out


def test_a_killed_render_leaves_every_file_whole_and_the_next_one_finishes(shop: Path) -> None:
    render(shop)
    render(shop, phase="growth")
    wanted = content(shop / "infra")
    shutil.rmtree(shop / "infra")
    render(shop)
    old = content(shop / "infra")
    killed = 0
    for milliseconds in range(350, 900, 50):
        shutil.rmtree(shop / "infra")
        for path, data in old.items():
            (shop / "infra" / path).parent.mkdir(parents=True, exist_ok=True)
            (shop / "infra" / path).write_bytes(data)
        words = (*RENDER, "--phase", "growth", "-e", "development", "--out", "infra")
        running = subprocess.Popen(
            [sys.executable, "-m", "outgrow", *words],
            cwd=shop, env=clean_environment(shop),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            running.wait(milliseconds / 1000)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
            killed += 1
        for path, data in content(shop / "infra").items():
            if ".outgrow" not in path:
                assert data in (old.get(path), wanted.get(path)), path
        assert render(shop, phase="growth").code == 0
        assert content(shop / "infra") == wanted
    assert killed


def _no_room() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))


def test_a_full_disk_leaves_the_old_tree_whole(shop: Path) -> None:
    render(shop)
    before = content(shop / "infra")
    ran = render(shop, phase="growth", preexec_fn=_no_room)
    assert ran.code == 3
    assert "cannot be written" in ran.err
    after = content(shop / "infra")
    assert {path: after[path] for path in before} == before
    assert render(shop, phase="growth").code == 0


def test_a_file_in_the_place_of_the_folder_is_named(shop: Path) -> None:
    (shop / "infra").write_text("mine")
    ran = render(shop)
    assert ran.code == 2
    assert "infra: this is a file" in ran.err
    assert (shop / "infra").read_text() == "mine"


def test_two_renders_at_once_are_kept_apart(shop: Path) -> None:
    render(shop)
    descriptor = os.open(shop / "infra", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    ran = render(shop, phase="growth")
    os.close(descriptor)
    assert ran.code == 2
    assert "another `outgrow render`" in ran.err


def test_an_overlay_beside_the_strategy_is_used_and_one_that_misses_is_refused(shop: Path) -> None:
    overlay = shop / "shop" / "outgrow.overlays" / "compose"
    overlay.mkdir(parents=True)
    (overlay / "compose.yaml").write_text("services: {api: {labels: {team: shop}}}\n")
    assert render(shop).code == 0
    assert "team: shop" in (shop / "infra" / "compose" / "compose.yaml").read_text()
    (overlay / "compose.yml.patch").write_text("@@ -1,1 +1,1 @@\n-a\n+b\n")
    ran = render(shop)
    assert ran.code == 2
    assert "compose.yml is not rendered" in ran.err
    (shop / "shop" / "outgrow.overlays" / "compos").mkdir()
    assert "there is no target 'compos'" in render(shop).err


def test_chosen_targets_leave_the_others_of_the_folder_alone(shop: Path) -> None:
    render(shop)
    words = ("--accept-loss", "-e", "development", "--out", "infra", "-t", "compose")
    ran = outgrow("render", "shop", "--phase", "launch", *words, home=shop, folder=shop)
    assert ran.code == 0
    assert (shop / "infra" / "dockerfile").is_dir()
    assert "[dockerfile]" in (shop / "infra" / "README.md").read_text()
    other = outgrow("render", "shop", "--phase", "growth", *words, home=shop, folder=shop)
    assert other.code == 2
    assert "holds launch in development" in other.err


def test_every_phase_and_environment_gets_a_folder_of_its_own(shop: Path) -> None:
    words = ("render", "shop", "--all", "--out", "all", "--accept-loss")
    assert outgrow(*words, home=shop, folder=shop).code == 0
    readmes = {path.parent.relative_to(shop / "all").as_posix()
               for path in (shop / "all").glob("*/*/README.md")}  # fmt: skip
    assert {"launch/production", "growth/production", "launch/development"} <= readmes


def test_a_diff_shows_files_and_dollars(shop: Path) -> None:
    ran = outgrow("diff", "launch", "growth", "shop", "-e", "development", home=shop, folder=shop)
    assert ran.code == 0
    assert "+++ b/compose/compose.yaml" in ran.out
    assert "total" in ran.out
    stat = outgrow("diff", "launch", "growth", "shop", "--stat", home=shop, folder=shop)
    assert stat.code == 0
    assert "+++" not in stat.out


def test_a_diff_of_a_folder_is_empty_until_somebody_edits_it(shop: Path) -> None:
    render(shop)
    same = outgrow("diff", "--out", "infra", "shop", home=shop, folder=shop)
    assert same.code == 0
    assert "No file differs" in same.out
    (shop / "infra" / "compose" / "compose.yaml").write_text("mine\n")
    ran = outgrow("diff", "--out", "infra", "shop", "--json", home=shop, folder=shop)
    (file,) = json.loads(ran.out)["result"]["files"]
    assert (file["path"], file["change"]) == ("compose/compose.yaml", "changed")


def test_wrong_words_end_with_2(shop: Path) -> None:
    for words in (
        ("render", "shop", "--target", "ansible"),
        ("render", "shop", "--overlay", "nowhere"),
        ("diff", "launch", "shop/nowhere"),
        ("diff", "launch"),
        ("diff", "--out", "nowhere", "shop"),
        ("diff", "launch", "lunch", "shop"),
    ):
        ran = outgrow(*words, home=shop, folder=shop)
        assert ran.code == 2, (words, ran)
        assert "Traceback" not in ran.err


def test_the_folder_of_the_examples_is_not_touched() -> None:
    assert not (REPOSITORY / "infra").exists()
