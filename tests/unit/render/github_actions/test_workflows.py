"""What the workflows of a strategy do, in which order, and with which rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.systems import all_systems, system

from outgrow.catalog.load import load_catalog
from outgrow.render.github_actions.target import TARGET
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System
from outgrow.strategy.strategy import Strategy

SYSTEMS = dict(all_systems())
Jobs = dict[str, Any]
# Texts that whoever opens an issue or a pull request writes.
UNTRUSTED = ("github.event", "github.head_ref", "github.ref_name")


def workflows(found: System) -> dict[str, Any]:
    files = TARGET.render(found).files
    return {file.path.rsplit("/", 1)[-1]: yaml.safe_load(file.text) for file in files}


def deploys(example: str, phase: str, environment: str | None = None) -> Jobs:
    jobs: Jobs = workflows(system(example, phase, environment))["deploy.yml"]["jobs"]
    return jobs


def names_of_steps(job: Any) -> list[str]:
    return [step["name"] for step in job["steps"]]


def all_jobs() -> Iterator[tuple[str, str, Any]]:
    for name, found in SYSTEMS.items():
        for file, workflow in workflows(found).items():
            for job, spec in workflow["jobs"].items():
                yield f"{name}/{file}", job, spec


def test_applies_where_the_strategy_deploys_with_github_and_only_there() -> None:
    assert TARGET.applies(system("nexod", "production", "staging"))
    assert TARGET.applies(system("nowry", "free-tier"))
    assert not TARGET.applies(system("nexod", "development", "development"))
    assert not TARGET.applies(system("floyo", "start"))


def test_every_job_says_what_it_may_do_and_how_long_it_may_take() -> None:
    for place, name, job in all_jobs():
        assert job["timeout-minutes"] <= 30, f"{place}: {name}"
        assert set(job["permissions"].values()) <= {"read", "write"}, f"{place}: {name}"


def test_no_script_holds_an_expression() -> None:
    for place, name, job in all_jobs():
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), f"{place}: {name}: {step['name']}"
            for text in UNTRUSTED:
                assert text not in step.get("run", "")


def test_every_action_is_pinned_and_the_source_leaves_no_token() -> None:
    for place, name, job in all_jobs():
        for step in filter(lambda one: "uses" in one, job["steps"]):
            action, version = step["uses"].split("@")
            assert len(version) == 40 or action.startswith("aws-actions/amazon-ecs"), place
            if action == "actions/checkout":
                assert step["with"]["persist-credentials"] is False, f"{place}: {name}"


def test_no_job_needs_one_that_is_not_there() -> None:
    for name, found in SYSTEMS.items():
        for workflow in workflows(found).values():
            for job in workflow["jobs"].values():
                assert set(job.get("needs", [])) <= set(workflow["jobs"]), name


def test_nowry_asks_railway_by_its_hook_and_sends_the_frontend_to_vercel() -> None:
    jobs = deploys("nowry", "free-tier")
    hook = jobs["deploy-backend"]["steps"][-1]
    assert hook["env"] == {"HOOK": "${{ secrets.RAILWAY_WEBHOOK_URL }}"}
    project = jobs["deploy-frontend"]["steps"][-1]["env"]["VERCEL_PROJECT_ID"]
    assert project == "${{ secrets.PROJECT_ID }}"
    assert jobs["deploy-backend"]["if"] == "${{ github.ref == 'refs/heads/main' }}"


def test_nexods_own_jobs_keep_their_names_commands_and_order() -> None:
    jobs = deploys("nexod", "production")
    assert jobs["test-backend"]["steps"][-1]["run"] == "cd backend\npytest\n"
    staging, production = jobs["deploy-staging"], jobs["deploy-production"]
    assert staging["if"] == "${{ github.ref == 'refs/heads/develop' }}"
    assert production["if"] == "${{ github.ref == 'refs/heads/main' }}"
    assert {"test-backend", "test-frontend"} <= set(production["needs"])
    told = "aws ecs update-service --cluster production --service api"
    assert production["steps"][-1]["run"] == told


def test_production_refuses_an_image_that_staging_has_not_run() -> None:
    jobs = deploys("nexod", "production")
    assert "Note that staging has run this image" in names_of_steps(jobs["deploy-staging"])
    steps = names_of_steps(jobs["deploy-production"])
    refused = steps.index("Refuse what staging has not run")
    assert refused < steps.index("Migrate the database with the new image")
    assert steps.index("Migrate the database with the new image") < steps.index("Deploy and wait")


def test_an_image_is_built_once_and_deployed_by_its_digest() -> None:
    jobs = deploys("nexod", "production")
    build = [s for job in jobs.values() for s in job["steps"] if "build-push" in s.get("uses", "")]
    assert len(build) == 1
    render = next(s for s in jobs["deploy-production"]["steps"] if s.get("id") == "render")
    digest = "${{ needs.build-api.outputs.digest }}"
    assert render["with"]["image"].endswith(f"@{digest}")


def test_aws_is_reached_without_a_key() -> None:
    job = deploys("nexod", "production")["deploy-production"]
    assert job["permissions"]["id-token"] == "write"
    for file in TARGET.render(system("nexod", "production")).files:
        assert "AWS_ACCESS_KEY" not in file.text


def test_deploys_to_one_environment_never_overlap_and_are_not_cut_off() -> None:
    for place, name, job in all_jobs():
        if name.startswith("deploy-"):
            assert job["concurrency"]["cancel-in-progress"] is False, place
            assert job["environment"]["name"]


def test_a_pull_request_gets_an_address_and_loses_it_when_it_is_closed() -> None:
    preview = workflows(system("nexod", "production"))["preview-preview.yml"]
    assert "closed" in preview["on"]["pull_request"]["types"]
    assert "head.repo.full_name == github.repository" in preview["jobs"]["preview"]["if"]
    assert "remove" in preview["jobs"]["tear-down"]["steps"][-1]["run"]


def test_a_cluster_goes_back_when_the_new_version_does_not_become_ready() -> None:
    job = deploys("nowry", "kubernetes")["deploy-cluster"]
    back = next(s for s in job["steps"] if s["name"] == "Go back to the version before")
    assert back["if"] == "${{ failure() && steps.rollout.outcome == 'failure' }}"
    assert back["run"] == 'kubectl --namespace "$NAMESPACE" rollout undo deployment/backend'


def test_a_static_site_goes_to_its_bucket_and_the_cdn_forgets_the_old_one() -> None:
    upload = deploys("nowry", "aws")["deploy-frontend"]["steps"][-1]
    assert "aws s3 sync" in upload["run"]
    assert "cloudfront create-invalidation" in upload["run"]


def test_deploys_by_hand_are_started_by_somebody_for_one_environment() -> None:
    workflow = workflows(system("sprint-one", "compose"))["deploy.yml"]
    inputs = workflow["on"]["workflow_dispatch"]["inputs"]["environment"]
    assert inputs["options"] == ["staging", "production"]
    job = workflow["jobs"]["deploy-staging-containers"]
    assert job["if"] == "${{ inputs.environment == 'staging' }}"
    know = next(s for s in job["steps"] if s["name"] == "Know the machine")
    assert know["env"]["KNOWN_HOSTS"] == "${{ vars.DEPLOY_KNOWN_HOSTS }}"


def test_the_daily_look_may_write_issues_and_nothing_else() -> None:
    job = workflows(system("nowry", "free-tier"))["outgrow.yml"]["jobs"]["status"]
    assert job["permissions"] == {"contents": "read", "issues": "write"}


def written(**api: Any) -> System:
    component = {"kind": "service", "build": {"runtime": "python"}, **api}
    strategy = Strategy.model_validate(
        {
            "outgrow": 1,
            "name": "shop",
            "components": {"api": component},
            "phases": {"live": {"use": {"api": {"offering": "railway/pro"}}}},
            "deploy": {"jobs": {"test": {"runs": ["echo ${{ secrets.KEY }}"], "component": "api"}}},
        }
    )
    return build_system(strategy, load_catalog(), "live")


def test_text_of_the_strategy_is_no_expression() -> None:
    run = workflows(written())["deploy.yml"]["jobs"]["test"]["steps"][-1]["run"]
    assert run == "echo ${{ '${{' }} secrets.KEY }}"


def test_what_no_workflow_can_do_is_a_loss() -> None:
    found = TARGET.render(written(run={"migrate": "alembic upgrade head"}))
    assert [loss.code for loss in found.losses] == ["github-actions-migrations"]
    launched = TARGET.render(system("pocketable", "launch"))
    assert "github-actions-deploy" in [loss.code for loss in launched.losses]
    scaled = TARGET.render(system("sprint-one", "scaled"))
    assert [loss.code for loss in scaled.losses] == ["github-actions-machines"]


@pytest.mark.parametrize("name", SYSTEMS)
def test_rendering_twice_gives_the_same(name: str) -> None:
    assert TARGET.render(SYSTEMS[name]) == TARGET.render(SYSTEMS[name])
