from __future__ import annotations

import os
from pathlib import Path

from outgrow.clients.host_archive import host_archive
from outgrow.clients.on_host.alive import Running, running
from outgrow.clients.on_host.place import Now, Place, Spec
from outgrow.clients.on_host.verbs import answer
from outgrow.operations.deploying.own_hosts.releases import packed, release_from, release_of


def test_a_program_is_told_from_a_later_one_with_its_number() -> None:
    me = running(os.getpid())
    assert me is not None
    assert me.lives
    assert not Running(me.pid, me.ticks + 1).lives
    assert running(2**22 + 1) is None


def test_a_place_remembers_what_is_to_run_and_what_runs(tmp_path: Path) -> None:
    place = Place(tmp_path)
    spec = Spec(command=["x"], folder="/", labels={"a": "b"})
    now = Now(program=Running(1, 2), ended=3, exit_code=4)
    place.write_spec(spec)
    place.write_now(now)
    assert (place.spec(), place.now()) == (spec, now)
    assert (tmp_path / "spec.json").stat().st_mode & 0o777 == 0o600
    place.clear()
    assert (place.spec(), place.now()) == (None, Now())


def test_a_half_written_file_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "now.json").write_text('{"supervisor": {"pid"')
    assert Place(tmp_path).now() == Now()


def test_a_log_that_grows_too_long_is_cut_and_its_end_is_kept(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.log.write_text("".join(f"line {number}\n" for number in range(1000)))
    place.cut_log(limit_bytes=100)
    assert place.log.stat().st_size == 0
    assert (tmp_path / "log.1").stat().st_size == 100
    with place.log.open("a") as log:
        log.write("newest\n")
    assert place.last_lines(2) == ["line 999", "newest"]


def test_the_archive_is_the_same_every_time_and_holds_no_more_than_it_needs() -> None:
    archive = host_archive()
    assert archive == host_archive()
    assert archive.name.endswith(".pyz")
    assert len(archive.content) < 30_000


def test_a_question_that_fails_is_answered_by_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = answer("write", {"path": f"{tmp_path}/file/x", "text": "", "mode": 0o600})
    assert "Not a directory" in found["error"] or "exists" in found["error"]


def test_a_command_that_takes_too_long_says_so() -> None:
    question = {"command": ["sleep", "20"], "timeout_seconds": 0.2, "lines": 3}
    found = answer("run", question)
    assert (found["exit_code"], found["lines"]) == (124, ["it did not end within 0.2 seconds"])


def test_a_release_is_called_after_what_is_in_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "a").write_text("1")
    first = release_from(folder)
    assert release_of(str(first)) == first
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("x")
    assert release_from(folder) == first
    (folder / "a").chmod(0o755)
    executable = release_from(folder)
    (folder / "a").write_text("2")
    assert len({first.digest, executable.digest, release_from(folder).digest}) == 3
    assert release_of("registry/app@sha256:12") is None


def test_a_packed_folder_leaves_out_what_belongs_to_tools(tmp_path: Path) -> None:
    (tmp_path / ".outgrow").mkdir()
    (tmp_path / ".outgrow" / "secret").write_text("planted" * 100)
    (tmp_path / "app.py").write_text("print()")
    assert len(packed(tmp_path)) < 400
