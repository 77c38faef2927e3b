"""The ecosystem's own formatters find nothing to change in what is rendered."""

from __future__ import annotations

from pathlib import Path

from tests.systems import all_systems
from tests.tools import run_tool, said

from outgrow.render.registry import target, target_names


def written(folder: Path, *suffixes: str) -> list[Path]:
    """Write every rendered file with one of `suffixes`, of all systems; return the paths.

    A text that several systems share is written once.
    """
    found: dict[str, Path] = {}
    for name, system in all_systems():
        for one in map(target, target_names()):
            if not one.applies(system):
                continue
            for file in one.render(system).files:
                if file.path.endswith(suffixes) and file.text not in found:
                    path = folder / name / one.name / file.path
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(file.text)
                    found[file.text] = path
    return list(found.values())


def test_prettier_leaves_every_yaml_and_json_file_as_it_is(tmp_path: Path) -> None:
    paths = written(tmp_path, ".yml", ".yaml", ".json")
    assert len(paths) > 50
    done = run_tool("prettier", "--check", "--no-config", *paths, cwd=tmp_path)
    assert done.returncode == 0, said(done)


def test_prettier_would_say_so(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("a:   [1,2]\n")
    assert run_tool("prettier", "--check", "wrong.yaml", cwd=tmp_path).returncode == 1
