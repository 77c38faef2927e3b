"""The scripts of rendered workflows run, with stand-ins for aws, docker, ssh, gh and outgrow."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.systems import system
from tests.tools import tool

from outgrow.render.github_actions.target import TARGET

LOG = 'echo "$(basename "$0") $*" >> "$LOG"\n'
AWS = r"""
case "$2" in
describe-services)
  case "$*" in *taskDefinition*) cat running ;; *) echo '{"awsvpcConfiguration": {}}' ;; esac ;;
describe-task-definition) cat definition.json ;;
register-task-definition) cp task-definition.json registered.json; echo arn:new ;;
run-task) echo arn:task ;;
describe-tasks)
  echo "{\"tasks\": [{\"containers\": [{\"name\": \"api\", \"exitCode\": $CODE}]}]}" ;;
update-service) if [ -z "${BREAKS:-}" ]; then echo arn:new > running; fi ;;
esac
"""
DEFINITION = {
    "taskDefinition": {
        "family": "nexod-api",
        "revision": 3,
        "status": "ACTIVE",
        "cpu": "2048",
        "containerDefinitions": [
            {"name": "api", "image": "registry/api@sha256:old"},
            {"name": "agent", "image": "registry/agent:1"},
        ],
    },
    "tags": [],
}


@dataclass
class Machine:
    """A folder in which steps run, the programs they find and what those were asked."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> list[str]:
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []

    def have(self, **programs: str) -> None:
        """Put stand-ins on the path, each a script of bash."""
        place = self.folder / "bin"
        place.mkdir(exist_ok=True)
        for name, script in programs.items():
            path = place / name
            path.write_text(f"#!{tool('bash')}\n{LOG}{script}")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run(self, step: dict[str, Any], values: Mapping[str, str] | None = None) -> int:
        """Return the exit code of a step; `values` are what GitHub's expressions stand for."""
        known = {**(values or {})}

        def value(found: re.Match[str]) -> str:
            return known.get(found[1].strip(), f"<{found[1].strip()}>")

        variables = {
            key: re.sub(r"\$\{\{(.*?)\}\}", value, str(text))
            for key, text in step.get("env", {}).items()
        }
        done = subprocess.run(
            [tool("bash"), "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={
                **os.environ,
                **self.environment,
                **variables,
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                "HOME": str(self.folder),
                "LOG": str(self.folder / "log"),
                "GITHUB_OUTPUT": str(self.folder / "output"),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            },
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode

    def outputs(self) -> dict[str, str]:
        lines = (self.folder / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def steps(example: str, phase: str, job: str, file: str = "ci.yml") -> dict[str, dict[str, Any]]:
    files = {one.path: one.text for one in TARGET.render(system(example, phase)).files}
    read = yaml.safe_load(files[f".github/workflows/{file}"])["jobs"][job]["steps"]
    return {step["name"]: step for step in read}


# ── ECS ────────────────────────────────────────────────────────────────────────────────────

REGISTER = "Register the task with the new image"
MIGRATE = "Migrate the database with the new image"
DEPLOY = "Deploy and wait"
STAYED = "See that it stayed"
NEW = {"steps.register.outputs.definition": "arn:new"}


def on_ecs(machine: Machine, **environment: str) -> dict[str, dict[str, Any]]:
    machine.have(aws=AWS)
    machine.environment = {"CODE": "0", **environment}
    (machine.folder / "running").write_text("arn:old\n")
    (machine.folder / "definition.json").write_text(json.dumps(DEFINITION))
    return steps("nexod", "production", "deploy-production")


def test_only_the_image_of_a_task_definition_changes(machine: Machine) -> None:
    found = on_ecs(machine)
    image = {
        "steps.copy.outputs.repository": "registry/api",
        "needs.build-api.outputs.digest": "sha256:new",
    }
    assert machine.run(found[REGISTER], image) == 0
    assert json.loads((machine.folder / "registered.json").read_text()) == {
        "family": "nexod-api",
        "cpu": "2048",
        "containerDefinitions": [
            {"name": "api", "image": "registry/api@sha256:new"},
            {"name": "agent", "image": "registry/agent:1"},
        ],
    }
    assert machine.outputs() == {"definition": "arn:new"}


def test_a_migration_runs_with_the_new_definition_and_its_own_command(machine: Machine) -> None:
    assert machine.run(on_ecs(machine)[MIGRATE], NEW) == 0
    (task,) = [line for line in machine.asked if "run-task" in line]
    assert "--task-definition arn:new" in task
    assert '"command":["alembic","upgrade","head"]' in task


def test_a_migration_that_fails_stops_the_job(machine: Machine) -> None:
    assert machine.run(on_ecs(machine, CODE="1")[MIGRATE], NEW) != 0


def test_a_service_that_stays_on_the_new_version_is_deployed(machine: Machine) -> None:
    found = on_ecs(machine)
    assert machine.run(found[DEPLOY], NEW) == 0
    assert machine.run(found[STAYED], NEW) == 0


def test_a_service_that_goes_back_by_itself_is_not(machine: Machine) -> None:
    found = on_ecs(machine, BREAKS="yes")
    assert machine.run(found[DEPLOY], NEW) == 0
    assert machine.run(found[STAYED], NEW) != 0


SHIFTS = "See that ECS shifts users (canary)"
SHIFTING = r"""
case "$2" in
describe-services) echo "$FOUND" ;;
update-service) echo 2 > left ;;
list-service-deployments) cat left; echo $(($(cat left) - 1)) > left ;;
esac
"""


def shifting(machine: Machine, found: str) -> dict[str, dict[str, Any]]:
    """Return the steps of a canary on ECS, whose service is as `found` says."""
    machine.have(aws=SHIFTING, sleep="")
    machine.environment = {"FOUND": found}
    nexod = system("nexod", "production")
    deploy = nexod.strategy.deploy.model_copy(update={"strategy": "canary"})
    canary = replace(nexod, strategy=nexod.strategy.model_copy(update={"deploy": deploy}))
    files = {one.path: one.text for one in TARGET.render(canary).files}
    read = yaml.safe_load(files[".github/workflows/ci.yml"])["jobs"]["deploy-production"]
    return {step["name"]: step for step in read["steps"]}


def test_a_canary_is_waited_for_until_ecs_has_watched_it(machine: Machine) -> None:
    assert machine.run(shifting(machine, "1\tCANARY")[DEPLOY], NEW) == 0
    assert len([line for line in machine.asked if "list-service-deployments" in line]) == 3


@pytest.mark.parametrize(
    ("found", "goes_on"),
    [("1\tCANARY", True), ("1\tLINEAR", True), ("0\tROLLING", True), ("1\tROLLING", False)],
)
def test_a_service_that_was_never_told_to_shift_is_not_deployed(
    machine: Machine, found: str, goes_on: bool
) -> None:
    assert (machine.run(shifting(machine, found)[SHIFTS], NEW) == 0) is goes_on


# ── Images ─────────────────────────────────────────────────────────────────────────────────


def commit(machine: Machine, text: str, note: str) -> None:
    (machine.folder / "backend").mkdir(exist_ok=True)
    (machine.folder / "backend" / "app.py").write_text(text)
    (machine.folder / "notes.txt").write_text(note)
    (machine.folder / "Dockerfile").write_text("FROM scratch\n")
    git = [
        "git",
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    for words in (["init", "-q"], ["add", "backend", "notes.txt"], ["commit", "-qm", "a"]):
        subprocess.run([*git, *words], cwd=machine.folder, check=True, timeout=30)


def test_the_same_content_has_the_same_tag_on_every_commit(machine: Machine) -> None:
    machine.have(docker="exit 1")
    look = steps("nexod", "production", "build-api")["Look whether this content was built before"]
    look["env"]["DOCKERFILE"] = "Dockerfile"
    tags = []
    for text, note in (("a = 1", "one"), ("a = 1", "two"), ("a = 2", "two")):
        commit(machine, text, note)
        assert machine.run(look, {"steps.ecr.outputs.registry": "registry"}) == 0
        tags.append(machine.outputs()["content"])
    assert re.fullmatch("[0-9a-f]{40}", tags[0])
    assert tags[0] == tags[1] != tags[2]
    assert machine.outputs()["digest"] == ""


def test_production_refuses_an_image_that_staging_has_not_run(machine: Machine) -> None:
    found = steps("nexod", "production", "deploy-production")
    see = found["See that staging has run this api"]
    built = {"needs.build-api.outputs.digest": "sha256:new"}
    machine.have(docker="echo sha256:old")
    assert machine.run(see, built) != 0
    machine.have(docker="exit 1")
    assert machine.run(see, built) != 0
    machine.have(docker="echo sha256:new")
    assert machine.run(see, built) == 0


# ── A machine with Compose ─────────────────────────────────────────────────────────────────


def on_a_machine(machine: Machine) -> dict[str, dict[str, Any]]:
    far = machine.folder / "far"
    far.mkdir()
    machine.have(docker="", ssh=f'words="${{@: -1}}"; bash -ec "${{words//\\/srv/{far}}}"')
    (machine.folder / "infra" / "compose").mkdir(parents=True)
    (machine.folder / "infra" / "compose" / "compose.yaml").write_text("services: {}\n")
    return steps("sample-app", "one-server", "deploy-production-compose")


def test_a_machine_gets_the_digests_and_keeps_those_before(machine: Machine) -> None:
    found = on_a_machine(machine)
    far = machine.folder / "far" / "notes"
    for digest in ("sha256:one", "sha256:two"):
        built = {
            f"needs.build-{part}.outputs.{key}": text
            for part in ("api", "web", "worker")
            for key, text in (("image", f"registry/{part}"), ("digest", digest))
        }
        assert machine.run(found["Name the images by their digests"], built) == 0
        tree = {"vars.OUTGROW_TREE || 'infra'": "infra"}
        assert machine.run(found[DEPLOY], tree) == 0
    services = yaml.safe_load((far / "images.yaml").read_text())["services"]
    assert services["api"] == services["api-migrate"] == {"image": "registry/api@sha256:two"}
    assert "sha256:one" in (far / "images.before.yaml").read_text()
    assert machine.run(found["Go back to the images before"]) == 0
    assert "sha256:one" in (far / "images.yaml").read_text()


def test_a_machine_that_does_not_become_healthy_fails_the_job(machine: Machine) -> None:
    found = on_a_machine(machine)
    machine.have(docker='case "$*" in *" up "*) exit 1 ;; esac')
    (machine.folder / "images.yaml").write_text("services: {}\n")
    assert machine.run(found[DEPLOY], {"vars.OUTGROW_TREE || 'infra'": "infra"}) != 0


def test_the_key_of_the_machine_is_only_for_its_owner(machine: Machine) -> None:
    know = on_a_machine(machine)["Know the machine"]
    values = {"vars.DEPLOY_KNOWN_HOSTS": "host key", "secrets.DEPLOY_SSH_KEY": "secret"}
    assert machine.run(know, values) == 0
    key = machine.folder / ".ssh" / "deploy"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert (machine.folder / ".ssh" / "known_hosts").read_text() == "host key\n"


# ── Previews ───────────────────────────────────────────────────────────────────────────────


def test_every_deployment_of_a_preview_is_removed(machine: Machine) -> None:
    two = '{"deployments": [{"uid": "one"}, {"uid": "two"}]}'
    machine.have(curl=f"case \"$*\" in *v6*) echo '{two}' ;; esac")
    remove = steps("nexod", "production", "remove-web", "preview.yml")
    assert machine.run(remove["Remove what Vercel has of it"], {"github.event.number": "12"}) == 0
    assert "meta-preview=web-12" in machine.asked[0]
    removed = [line for line in machine.asked if "--request DELETE" in line]
    assert [line.split("deployments/")[1].split()[0] for line in removed] == ["one", "two"]


def test_a_removal_that_vercel_refuses_fails_the_job(machine: Machine) -> None:
    machine.have(curl="exit 22")
    remove = steps("nexod", "production", "remove-web", "preview.yml")
    assert machine.run(remove["Remove what Vercel has of it"]) != 0


PREVIEWED = ("sample-app", "one-server")
MADE = """
case "$2" in
make) cat made.json ;;
esac
"""


def previews_on_a_machine(machine: Machine, job: str) -> dict[str, dict[str, Any]]:
    far = machine.folder / "far"
    (far / "notes-previews").mkdir(parents=True)
    expires = "2026-11-24T09:30:12.000+00:00"
    made = {
        "urls": ["https://pr-12.test"],
        "preview": {"expires": expires, "cost_usd_hour": 0.01643},
    }
    (far / "notes-previews" / "made.json").write_text(json.dumps({"result": made}))
    machine.have(outgrow=MADE, ssh=f'words="${{@: -1}}"; bash -ec "${{words//\\/srv/{far}}}"')
    return steps(*PREVIEWED, job, "preview.yml")


def test_a_machine_is_told_which_digests_a_preview_runs(machine: Machine) -> None:
    found = previews_on_a_machine(machine, "make")
    built = {
        f"needs.build-{part}.outputs.{key}": text
        for part in ("api", "web")
        for key, text in (("image", f"ghcr.io/us/{part}"), ("digest", "sha256:one"))
    }
    assert machine.run(found["Make it"], {"github.event.number": "12", **built}) == 0
    assert machine.asked[-1] == (
        "outgrow preview make --environment preview 12 --image web=ghcr.io/us/web@sha256:one "
        "--image api=ghcr.io/us/api@sha256:one --yes --json"
    )
    assert machine.outputs() == {
        "url": "https://pr-12.test",
        "until": "2026-11-24T09:30 UTC",
        "cost": "0.0164 USD an hour",
    }


def test_a_preview_that_does_not_work_fails_its_job(machine: Machine) -> None:
    found = previews_on_a_machine(machine, "make")
    machine.have(outgrow="exit 1")
    assert machine.run(found["Make it"]) != 0


def test_no_name_of_a_branch_is_read_by_a_shell(machine: Machine) -> None:
    found = previews_on_a_machine(machine, "remove")
    branch = "it's;$(touch${IFS}bad)`id`"
    assert machine.run(found["Remove it"], {"github.event.number": branch}) == 0
    words = "--if-there --yes"
    assert machine.asked[-1] == f"outgrow preview remove --environment preview {branch} {words}"
    assert not list(machine.folder.rglob("bad"))


def test_a_machine_gets_the_strategy_before_it_is_asked(machine: Machine) -> None:
    found = previews_on_a_machine(machine, "tidy")
    commit(machine, "a = 1", "one")
    assert machine.run(found["Send it to the machine"]) == 0
    assert (machine.folder / "far" / "notes-previews" / "backend" / "app.py").exists()


@pytest.mark.parametrize(
    ("before", "asked"),
    [("", "gh pr comment 12 --body-file comment.md"), ("77", "issues/comments/77 --field body=@")],
)
def test_a_pull_request_has_one_comment_about_its_preview(
    machine: Machine, before: str, asked: str
) -> None:
    machine.have(gh=f'case "$*" in *paginate*) echo {before} ;; esac')
    (tell,) = steps(*PREVIEWED, "tell", "preview.yml").values()
    values = {
        "github.event.number": "12",
        "needs.make.outputs.url": "https://pr-12.test",
        "needs.make.outputs.until": "2026-11-24T09:30 UTC",
        "needs.make.outputs.cost": "0.0164 USD an hour",
    }
    assert machine.run(tell, values) == 0
    assert asked in machine.asked[-1]
    comment = (machine.folder / "comment.md").read_text().splitlines()
    assert comment[0] == "<!-- outgrow preview -->"
    assert comment[1] == ("https://pr-12.test, until 2026-11-24T09:30 UTC, for 0.0164 USD an hour.")


# ── The issue ──────────────────────────────────────────────────────────────────────────────

TREE = {"vars.OUTGROW_TREE || 'infra'": "infra"}


def written_tree(machine: Machine, *targets: str) -> None:
    (machine.folder / "infra").mkdir()
    manifest = machine.folder / "infra" / ".outgrow-manifest.json"
    manifest.write_text(json.dumps({"targets": targets}))


LOOK = "Check, status and what is rendered"


@pytest.mark.parametrize("bad", ["check", "status", "render", ""])
def test_the_daily_look_finds_what_any_of_its_commands_finds(machine: Machine, bad: str) -> None:
    machine.have(outgrow=f'echo "said by $1"; [ "$1" != "{bad}" ]')
    look = steps("nowry", "free-tier", "watch", "outgrow.yml")[LOOK]
    written_tree(machine, "compose", "loki")
    values = {"vars.OUTGROW_USAGE || ''": "usage of a month.csv", **TREE}
    assert machine.run(look, values) == 0
    assert machine.outputs() == {"found": "1" if bad else "0"}
    report = (machine.folder / "report.md").read_text()
    assert all(f"said by {one}" in report for one in ("check", "status", "render"))
    assert any(line.endswith("--usage usage of a month.csv") for line in machine.asked)
    assert "--target=compose --target=loki --out infra" in machine.asked[-1]


@pytest.mark.parametrize(
    ("opened", "step", "asked"),
    [
        ("", "Open the issue, or bring it up to date", "gh issue create"),
        ("7", "Open the issue, or bring it up to date", "gh issue edit 7"),
        ("7", "Close the issue when nothing is left", "gh issue close 7"),
        ("", "Close the issue when nothing is left", "gh issue list"),
    ],
)
def test_there_is_one_issue(machine: Machine, opened: str, step: str, asked: str) -> None:
    machine.have(gh=f'case "$2" in list) echo {opened} ;; esac')
    assert machine.run(steps("nowry", "free-tier", "watch", "outgrow.yml")[step]) == 0
    assert machine.asked[-1].startswith(asked)
