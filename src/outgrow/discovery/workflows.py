"""GitHub workflows: which commands test the code, and where it is deployed to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from outgrow.discovery.findings import Evidence, Note
from outgrow.discovery.tree import Sources, folder_of
from outgrow.strategy.yaml_nodes import ListNode, MappingNode, ScalarNode, child
from outgrow.strategy.yaml_source import read_yaml

_TEST = re.compile(
    r"^(?:(?:uv|poetry|pipenv|pdm|hatch) run |python3? -m |npx |bundle exec |\./)*"
    r"(?:pytest|tox|nox|vitest|jest|npm (?:run )?test|yarn (?:run )?test|pnpm (?:run )?test"
    r"|bun test|go test|cargo test|gradlew\b.*\btest|mvnw?\b.*\b(?:test|verify)|mvn test|rspec"
    r"|rails test|php artisan test|phpunit|mix test|dotnet test|make test"
    r"|python3? manage\.py test)(?=[\s:]|$)"
)
_DEPLOYS = (
    (r"\bfly(?:ctl)? deploy|superfly/flyctl-actions", "Fly"),
    (r"\bvercel\b.*(?:deploy|--prod)|amondnet/vercel-action", "Vercel"),
    (r"\brailway up", "Railway"),
    (r"api\.render\.com/deploy|RENDER_DEPLOY_HOOK", "Render"),
    (r"aws ecs update-service|amazon-ecs-deploy-task-definition", "AWS ECS"),
    (r"aws s3 sync", "AWS S3"),
    (r"sam deploy|serverless deploy|cdk deploy", "AWS"),
    (r"gcloud run deploy|google-github-actions/deploy-cloudrun", "Google Cloud Run"),
    (r"azure/webapps-deploy", "Azure"),
    (r"heroku-deploy|git push heroku", "Heroku"),
    (r"kubectl (?:apply|set image)|helm upgrade", "Kubernetes"),
    (r"doctl |digitalocean/", "DigitalOcean"),
    (r"appleboy/ssh-action|\bssh \S+@|\brsync ", "a server by SSH"),
    (r"actions/deploy-pages|peaceiris/actions-gh-pages", "GitHub Pages"),
    (r"netlify deploy|actions-netlify", "Netlify"),
    (r"terraform apply", "Terraform"),
)
_MOST_JOBS, _MOST_RUNS = 6, 6


@dataclass(frozen=True, slots=True)
class TestJob:
    """A job of a workflow that tests: what it runs, and where that stands."""

    name: str
    runs: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class _Step:
    job: str
    folder: str
    text: str
    line: int


def read_workflows(sources: Sources) -> tuple[list[TestJob], list[Note]]:
    """Return the jobs that test, and notes on where workflows deploy to."""
    jobs: dict[str, TestJob] = {}
    notes: dict[str, Note] = {}
    for path in sources.ending(".yml", ".yaml"):
        if folder_of(path) != ".github/workflows":
            continue
        for step in _steps(sources, path):
            _take_test(jobs, path, step)
            for pattern, place in _DEPLOYS:
                if place not in notes and re.search(pattern, step.text):
                    says = f"a workflow deploys to {place}; the phases here are a proposal"
                    notes[place] = Note("deploys", says, path, step.line)
    return list(jobs.values())[:_MOST_JOBS], list(notes.values())


def _take_test(jobs: dict[str, TestJob], path: str, step: _Step) -> None:
    found = [line.strip() for line in step.text.splitlines()]
    tests = [one for one in found if _TEST.match(one) and "${{" not in one and len(one) < 300]
    if not tests:
        return
    runs = ([f"cd {step.folder}"] if step.folder else []) + tests
    before = jobs.get(step.job)
    evidence = before.evidence if before else Evidence(path, step.line, "a workflow tests")
    known = before.runs if before else ()
    fresh = tuple(dict.fromkeys([*known, *runs]))[:_MOST_RUNS]
    jobs[step.job] = TestJob(step.job, fresh, evidence)


def _steps(sources: Sources, path: str) -> Iterator[_Step]:
    root = read_yaml(sources.text(path).encode("utf-8", "replace"), path).root
    jobs = child(root, "jobs") if root is not None else None
    for name, entry in jobs.entries.items() if isinstance(jobs, MappingNode) else ():
        safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:60] or "test"
        shared = _text(entry.node, "defaults", "run", "working-directory")
        steps = child(entry.node, "steps")
        for node in steps.items if isinstance(steps, ListNode) else ():
            text = f"{_text(node, 'uses')}\n{_text(node, 'run')}".strip()
            folder = _text(node, "working-directory") or shared
            if re.fullmatch(r"\.?/?[\w./-]+", folder) is None or ".." in folder:
                folder = ""
            yield _Step(safe, folder.removeprefix("./").strip("/."), text, node.location.line)


def _text(node: object, *keys: str) -> str:
    for key in keys:
        node = child(node, key) if isinstance(node, MappingNode) else None
    return str(node.value) if isinstance(node, ScalarNode) and node.value is not None else ""
