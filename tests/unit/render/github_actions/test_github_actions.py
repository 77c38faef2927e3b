"""Workflows: who may do what, in which order, and what cannot get into a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from tests.systems import all_systems, opened, system
from tests.unit.render.written_systems import text_of, written_system

from outgrow.render.github_actions.target import TARGET
from outgrow.render.routes import routes
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System

HOSTILE = 'x\'; rm -rf /; echo "$(id)" ${{ secrets.KEY }} {{ x }}\n- name: more\n#'
EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)


def workflow(found: System, name: str = "ci.yml") -> dict[str, Any]:
    text = text_of(TARGET.render(found), f".github/workflows/{name}")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def jobs(found: System, name: str = "ci.yml") -> dict[str, Any]:
    read: dict[str, Any] = workflow(found, name)["jobs"]
    return read


def steps_of(job: dict[str, Any]) -> list[str]:
    return [step["name"] for step in job["steps"]]


def step(job: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in job["steps"] if one["name"] == name)
    return found


@cache
def every_workflow() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return every workflow of every system as read, a text that several share once."""
    texts = {
        file.text: f"{name} {file.path}"
        for name, found in all_systems()
        for file in TARGET.render(found).files
    }
    return tuple((where, yaml.safe_load(text)) for text, where in texts.items())


def every_job() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for where, read in every_workflow():
        for name, job in read["jobs"].items():
            yield where, name, job


def losses(found: System) -> set[str]:
    return {loss.code for loss in TARGET.render(found).losses}


# ── nexod and nowry, as their documents say ────────────────────────────────────────────────


def test_the_jobs_of_a_strategy_keep_their_names_commands_and_order() -> None:
    found = jobs(system("nexod", "production"))
    says = "Run what the strategy says"
    assert step(found["test-backend"], says)["run"] == "cd backend\npytest\n"
    assert step(found["test-frontend"], says)["run"] == "cd frontend\nnpm test\n"
    for stage, branch in (("staging", "develop"), ("production", "main")):
        job = found[f"deploy-{stage}"]
        assert job["needs"][:2] == ["test-backend", "test-frontend"]
        assert f"github.ref == 'refs/heads/{branch}'" in job["if"]
        command = step(job, says)["run"]
        assert command == f"aws ecs update-service --cluster {stage} --service api"


def test_the_rest_of_a_job_means_the_cluster_that_the_strategy_names() -> None:
    job = jobs(system("nexod", "production"))["deploy-staging"]
    deploy = step(job, "Deploy and wait")["env"]
    assert (deploy["CLUSTER"], deploy["SERVICE"]) == ("${{ vars.ECS_CLUSTER || 'staging' }}", "api")


def test_nowry_deploys_side_by_side_by_its_hook_and_to_vercel() -> None:
    found = jobs(system("nowry", "free-tier"))
    backend, frontend = found["deploy-backend"], found["deploy-frontend"]
    hook = step(backend, "Ask Railway to deploy")
    assert hook["env"] == {"HOOK": "${{ secrets.RAILWAY_WEBHOOK_URL }}"}
    token = step(frontend, "Deploy to Vercel")["env"]
    assert token["VERCEL_ORG_ID"] == "${{ secrets.ORG_ID }}"
    assert token["VERCEL_PROJECT_ID"] == "${{ secrets.PROJECT_ID }}"
    assert backend["needs"] == frontend["needs"] == ["test-frontend", "test-backend"]
    assert workflow(system("nowry", "free-tier"))["on"]["push"] == {"branches": ["main"]}


# ── The order ──────────────────────────────────────────────────────────────────────────────


def test_production_runs_the_digest_that_staging_has_run_and_nothing_is_built_twice() -> None:
    found = jobs(system("nexod", "production"))
    builds = [name for name, job in found.items() if "docker/build-push" in str(job)]
    assert builds == ["build-api"]
    note = "Note that staging has run this api"
    refuse = "See that staging has run this api"
    assert steps_of(found["deploy-staging"])[-1] == note
    production = found["deploy-production"]
    assert steps_of(production).index(refuse) < steps_of(production).index("Deploy and wait")
    env = step(production, refuse)["env"]
    assert env["DIGEST"] == "${{ needs.build-api.outputs.digest }}"
    image = step(production, "Register the task with the new image")["env"]["IMAGE"]
    assert image.endswith("@${{ needs.build-api.outputs.digest }}")


@pytest.mark.parametrize(
    ("example", "phase", "job", "before", "after"),
    [
        (
            "nexod", "production", "deploy-production",
            "Migrate the database with the new image", "Deploy and wait",
        ),
        (
            "sample-app", "aws", "deploy-production-api",
            "Migrate the database with the new image", "Deploy and wait",
        ),
    ],
)  # fmt: skip
def test_migrations_come_before_the_deploy(
    example: str, phase: str, job: str, before: str, after: str
) -> None:
    names = steps_of(jobs(system(example, phase))[job])
    assert names.index(before) < names.index(after)


def test_what_talks_to_a_migrated_service_is_deployed_after_it() -> None:
    found = jobs(system("nexod", "production"))
    assert "deploy-production" in found["deploy-production-web"]["needs"]
    assert "deploy-staging" in found["deploy-staging-web"]["needs"]


def test_every_job_can_start_one_day() -> None:
    for where, read in every_workflow():
        waiting = {name: set(job.get("needs", [])) for name, job in read["jobs"].items()}
        while waiting:
            ready = {name for name, needs in waiting.items() if not needs & set(waiting)}
            assert ready, (where, waiting)
            waiting = {name: needs for name, needs in waiting.items() if name not in ready}
        needed = {need for job in read["jobs"].values() for need in job.get("needs", [])}
        assert needed <= set(read["jobs"]), where


def test_stages_of_one_branch_are_deployed_one_after_the_other() -> None:
    found = jobs(system("sprint-one", "compose"))
    assert "deploy-staging-compose" in found["deploy-production-compose"]["needs"]


def test_a_machine_only_goes_back_where_its_deploy_failed() -> None:
    job = jobs(system("sample-app", "one-server"))["deploy-production-compose"]
    condition = step(job, "Go back to the images before")["if"]
    assert condition == "${{ failure() && steps.deploy.outcome == 'failure' }}"
    assert step(job, "Deploy and wait")["id"] == "deploy"


def test_deploys_by_hand_wait_for_somebody() -> None:
    found = written_system(f"{ONE_SERVICE}deploy: {{automatic: false}}\n")
    assert "workflow_dispatch" in workflow(found)["on"]
    assert "workflow_dispatch" in jobs(found)["deploy-compose"]["if"]


# ── Rights ─────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_allowed_until_a_job_says_so() -> None:
    for where, read in every_workflow():
        assert read["permissions"] == {}, where


def test_a_job_may_do_what_it_needs_and_no_more() -> None:
    allowed = {
        "contents": "read",
        "id-token": "write",
        "packages": "write",
        "issues": "write",
        "pull-requests": "write",
    }
    for where, name, job in every_job():
        for key, level in job["permissions"].items():
            assert level in ("read", allowed[key]), (where, name)
        uses = [step.get("uses", "") for step in job["steps"]]
        has_role = any(use.startswith("aws-actions/configure") for use in uses)
        assert has_role == ("id-token" in job["permissions"]), (where, name)
        writes = job["permissions"].get("packages") == "write"
        pushes = "build-push-action" in str(uses) or "imagetools create" in str(job)
        assert not writes or pushes, (where, name)


def test_a_test_never_sees_a_secret_and_a_site_is_built_without_a_right() -> None:
    for where, name, job in every_job():
        if name.startswith(("test", "lint", "bundle")):
            assert job["permissions"] == {"contents": "read"}, (where, name)
            assert "secrets." not in str(job), (where, name)
        for one in job["steps"]:
            if one["name"] == "Build":
                assert "secrets." not in str(one), (where, name)


def test_every_job_ends_and_every_deploy_is_alone() -> None:
    for where, name, job in every_job():
        assert 0 < job["timeout-minutes"] <= 45, (where, name)
        if name.startswith("deploy") and "ci.yml" in where:
            assert job["concurrency"] == {"group": name, "cancel-in-progress": False}
            assert job["environment"]["name"], (where, name)


def test_every_action_is_pinned_to_a_commit() -> None:
    for where, _, job in every_job():
        for one in job["steps"]:
            if "uses" in one:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one["uses"]), (where, one["uses"])


def test_aws_is_reached_without_a_key() -> None:
    for where, _, job in every_job():
        text = str(job)
        assert "AWS_SECRET_ACCESS_KEY" not in text, where
        assert "aws-secret-access-key" not in text, where


def test_the_key_of_a_machine_is_pinned() -> None:
    job = jobs(system("sample-app", "one-server"))["deploy-production-compose"]
    know = step(job, "Know the machine")
    assert know["env"]["KNOWN_HOSTS"] == "${{ vars.DEPLOY_KNOWN_HOSTS }}"
    assert "StrictHostKeyChecking=yes" in step(job, "Deploy and wait")["run"]
    assert "ssh-keyscan" not in str(job)


# ── Previews and the daily check ───────────────────────────────────────────────────────────


def test_a_pull_request_gets_a_preview_and_loses_it() -> None:
    found = workflow(system("nexod", "production"), "preview.yml")
    assert "closed" in found["on"]["pull_request"]["types"]
    up, down = found["jobs"]["preview-web"], found["jobs"]["remove-web"]
    assert up["if"].startswith("github.event.action != 'closed'")
    assert down["if"].startswith("github.event.action == 'closed'")
    assert "--request DELETE" in down["steps"][-1]["run"]
    deploy, remove = step(up, "Deploy to Vercel")["env"], down["steps"][-1]["env"]
    assert deploy["PREVIEW"] == remove["PREVIEW"] == "web-${{ github.event.number }}"


def test_a_fork_gets_no_preview() -> None:
    for job in jobs(system("nexod", "production"), "preview.yml").values():
        assert "head.repo.full_name == github.repository" in job["if"]


ON_A_MACHINE = """
components:
  api: {kind: service, build: {folder: backend, runtime: python, framework: fastapi}}
  store: {kind: service, run: {image: "registry/store:1"}}
  jobs: {kind: worker, build: {folder: backend, runtime: python}}
phases:
  live: {use: {api: &here {offering: self-hosted/docker}, store: *here, jobs: *here}}
environments:
  try: {preview: KIND, preview_hours: 8, previews: {host: "{name}.test"RUNNER}}
"""


def on_a_machine(kind: str = "pull_request", runner: str = "docker") -> System:
    text = ON_A_MACHINE.replace("KIND", kind).replace("RUNNER", f", runner: {runner}")
    return written_system(text)


def test_a_machine_makes_the_preview_of_a_pull_request_and_removes_it() -> None:
    found = workflow(on_a_machine(), "preview.yml")
    assert set(found["jobs"]) == {"build-api", "make", "tell", "remove", "tidy"}
    make, remove = found["jobs"]["make"], found["jobs"]["remove"]
    assert make["needs"] == ["build-api"]
    assert "xargs --null outgrow preview make" in step(make, "Make it")["run"]
    assert "xargs --null outgrow preview remove" in step(remove, "Remove it")["run"]
    assert step(make, "Make it")["env"]["PREVIEW"] == "${{ github.event.number }}"
    assert found["concurrency"]["group"] == "preview-${{ github.event.number || 'tidy' }}"
    assert found["concurrency"]["cancel-in-progress"] is False


def test_previews_by_branch_are_called_after_their_branches() -> None:
    make = jobs(on_a_machine("branch"), "preview.yml")["make"]
    assert step(make, "Make it")["env"]["PREVIEW"] == "${{ github.head_ref }}"


def test_no_stranger_comes_near_the_key_of_the_machine() -> None:
    found = workflow(on_a_machine(), "preview.yml")
    assert "pull_request_target" not in found["on"]
    for name, job in found["jobs"].items():
        if name != "tidy":
            assert "head.repo.full_name == github.repository" in job["if"], name
            assert "dependabot" in job["if"], name
    assert found["jobs"]["tidy"]["if"] == "github.event_name != 'pull_request'"


def test_what_is_sent_to_the_machine_is_not_of_the_pull_request() -> None:
    for name in ("make", "remove"):
        job = jobs(on_a_machine(), "preview.yml")[name]
        assert step(job, "Fetch the strategy")["with"]["ref"] == "${{ github.base_ref }}"


def test_only_one_job_of_a_preview_may_write_to_github_and_it_runs_nobodys_code() -> None:
    found = jobs(on_a_machine(), "preview.yml")
    writers = [name for name, job in found.items() if "write" in job["permissions"].values()]
    assert writers == ["build-api", "tell"]
    assert found["tell"]["permissions"] == {"pull-requests": "write"}
    assert len(found["tell"]["steps"]) == 1
    assert "secrets." not in str(found["tell"])


def test_a_worker_has_no_preview_and_that_is_a_loss() -> None:
    found = TARGET.render(on_a_machine()).losses
    assert [one.what for one in found] == ["Every pull request gets a jobs of its own."]


def test_programs_of_a_machine_are_not_made_from_here() -> None:
    found = on_a_machine(runner="processes")
    assert "github-actions-preview" in losses(found)
    assert not [one for one in TARGET.render(found).files if one.path.endswith("preview.yml")]


def test_the_workflow_makes_previews_of_what_outgrow_previews() -> None:
    found = opened("sample-app")
    preview = build_system(found.strategy, found.catalog, "one-server", "preview")
    parts = {route.part.component for route in routes(preview)}
    job = jobs(system("sample-app", "one-server"), "preview.yml")["make"]
    named = set(re.findall(r"--image (\w+)=", step(job, "Make it")["run"]))
    assert named == parts == {"web", "api"}


def test_the_daily_check_writes_one_issue() -> None:
    found = workflow(system("nowry", "free-tier"), "outgrow.yml")
    assert found["on"]["schedule"] == [{"cron": "23 5 * * *"}]
    watch = found["jobs"]["watch"]
    assert watch["permissions"] == {"contents": "read", "issues": "write"}
    look = step(watch, "Check, status and what is rendered")["run"]
    for command in ("outgrow check", "outgrow status", "outgrow render"):
        assert command in look
    issue = step(watch, "Open the issue, or bring it up to date")
    assert "gh issue edit" in issue["run"]
    assert "gh issue create" in issue["run"]
    assert issue["if"] == "steps.look.outputs.found == '1'"


def test_pull_requests_are_checked_without_the_right_to_write() -> None:
    check = jobs(system("nowry", "free-tier"), "outgrow.yml")["check"]
    assert check["permissions"] == {"contents": "read"}
    assert "--check" in check["steps"][-1]["run"]


# ── What the strategy says cannot become a command ─────────────────────────────────────────

ONE_SERVICE = """
components:
  api:
    kind: service
    build: {folder: backend, runtime: python, framework: fastapi}
phases:
  live: {use: {api: {offering: self-hosted/docker}}}
"""


def hostile() -> System:
    text = yaml.safe_dump(
        {
            "components": {
                "api": {
                    "kind": "service",
                    "description": HOSTILE,
                    "build": {
                        "folder": HOSTILE,
                        "dockerfile": HOSTILE,
                        "target": HOSTILE,
                        "arguments": {"A": HOSTILE},
                        "runtime": "python",
                        "version": HOSTILE,
                        "installs_from": f"{HOSTILE}.txt",
                    },
                    "run": {"migrate": [HOSTILE, HOSTILE]},
                },
                "site": {
                    "kind": "frontend",
                    "environment": {"A": HOSTILE},
                    "build": {"folder": HOSTILE, "output": HOSTILE, "version": HOSTILE},
                },
                "web": {"kind": "frontend"},
                "ci": {
                    "kind": "ci_runners",
                    "secrets": {"VERCEL_TOKEN": "github:A }} ${{ github.event.issue.title"},
                },
            },
            "phases": {
                "live": {
                    "use": {
                        "api": {"offering": "aws/fargate"},
                        "site": {"offering": "aws/s3"},
                        "web": {"offering": "vercel/pro"},
                    }
                }
            },
            "environments": {
                "staging": {"branch": "develop", "urls": {"web": HOSTILE}},
                "production": {"branch": "main", "urls": {"api": HOSTILE, "web": HOSTILE}},
            },
        },
        allow_unicode=True,
    )
    return written_system(text)


def test_no_expression_of_a_hostile_strategy_is_read_as_one() -> None:
    for file in TARGET.render(hostile()).files:
        for found in EXPRESSION.findall(file.text):
            assert "KEY" not in found, found
            assert "event.issue" not in found, found


def test_no_script_holds_an_expression() -> None:
    strange = [("", name, job) for name, job in jobs(hostile()).items()]
    for where, name, job in [*every_job(), *strange]:
        for one in job["steps"]:
            for expression in EXPRESSION.findall(one.get("run", "")):
                assert expression == "${{ '${{' }}", (where, name, one["name"])


def test_a_hostile_text_stays_one_word_of_its_script() -> None:
    found = jobs(hostile())
    install = step(found["test-api"], "Install")["run"]
    assert install.startswith("pip install --requirement 'x'\"'\"'; rm -rf /")
    arguments = step(found["build-api"], "Build and push")["with"]["build-args"]
    assert arguments.startswith('"A=x')
    assert arguments.count('"') % 2 == 0
    assert "event.issue" not in str(found["deploy-production-web"])


def test_only_a_branch_is_deployed() -> None:
    text = f'{ONE_SERVICE}environments: {{production: {{branch: "ma*\' || true"}}}}\n'
    found = written_system(text)
    assert "github-actions-branch" in losses(found)
    assert "deploy" not in str(list(jobs(found)))


# ── Losses ─────────────────────────────────────────────────────────────────────────────────


def test_a_canary_that_a_machine_cannot_do_is_a_loss() -> None:
    found = written_system(f"{ONE_SERVICE}deploy: {{strategy: canary, canary_share: 0.1}}\n")
    assert losses(found) == {"github-actions-deploy-strategy"}


@pytest.mark.parametrize(
    ("example", "phase", "code"),
    [
        ("pocketable", "launch", "github-actions-back-end"),
        ("sample-app", "managed", "github-actions-migrations"),
        ("nexod", "development", "github-actions-promotion"),
        ("nexod", "development", "github-actions-own-deploy"),
    ],
)
def test_what_a_workflow_cannot_do_is_a_loss(example: str, phase: str, code: str) -> None:
    assert code in losses(system(example, phase))


@pytest.mark.parametrize(
    ("preview", "code"),
    [
        ("{preview: pull_request}", "github-actions-preview"),
        ("{preview: branch}", "github-actions-preview"),
        ("{preview: pull_request, preview_hours: 8}", "github-actions-preview-hours"),
    ],
)
def test_a_preview_that_no_job_can_give_is_a_loss(preview: str, code: str) -> None:
    found = written_system(f"{ONE_SERVICE}environments: {{try: {preview}}}\n")
    assert code in losses(found)


def test_what_the_documents_ask_for_is_not_lost() -> None:
    assert losses(system("nexod", "production")) == set()
    assert losses(system("nowry", "free-tier")) == set()


# ── Whom it is for ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("more", "applies"),
    [
        ("", True),
        ("deploy: {pipeline: GitHub Actions on every push}\n", True),
        ("deploy: {pipeline: GitLab CI}\n", False),
    ],
)
def test_it_applies_unless_another_pipeline_is_named(more: str, applies: bool) -> None:
    assert TARGET.applies(written_system(ONE_SERVICE + more)) is applies


def test_rendering_twice_gives_the_same() -> None:
    for example, phase in (("nexod", "production"), ("sample-app", "aws"), ("nowry", "aws")):
        found = system(example, phase)
        assert TARGET.render(found) == TARGET.render(found)


def test_the_commands_copy_the_files_to_the_root_and_make_the_environments() -> None:
    commands = TARGET.render(system("nexod", "production")).commands
    assert commands[1].startswith("cp .github/workflows/*.yml ")
    assert any("environments/production'" in one and "reviewers" in one for one in commands)
    assert "gh secret set VERCEL_TOKEN" in commands
