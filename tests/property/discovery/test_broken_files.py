"""No file, however broken, keeps a draft from being made; every draft is a strategy."""

# ruff: noqa: E501
from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.discovery.shapes import SHAPES, Shape
from tests.unit.discovery.trees import tree

from outgrow.analysis.lint.check import check
from outgrow.catalog.load import load_catalog
from outgrow.diagnostics import Severity
from outgrow.discovery.combine import discover
from outgrow.discovery.draft import draft_strategy
from outgrow.render.strategy_file import strategy_file
from outgrow.strategy.load import parse_strategy

NAMES = (
    "docker-compose.yml", "compose.prod.yaml", "Dockerfile", "api/Dockerfile", "Procfile",
    "package.json", "web/package.json", "pyproject.toml", "requirements.txt", "main.py",
    "app/main.py", ".env.example", ".env", "k8s/deployment.yaml", "main.tf", "render.yaml",
    "fly.toml", "railway.json", "start.sh", "Makefile", "README.md", "go.mod", "Gemfile",
    "app/settings.py", "manage.py",
)  # fmt: skip
PIECES = (
    "services:\n", "  api:\n", "    build: .\n", "    image: postgres:15\n", "    command: [\n", "kind: Deployment\n",
    "    environment:\n", "      - A=${B:-${C}}\n", "      POSTGRES_PASSWORD: x\n", "    ports: ['80-90:80-90']\n",
    "    healthcheck: {test: [], interval: 1m30s}\n", "    extends: api\n", "    depends_on: {x: {condition: y}}\n",
    "    deploy: {resources: {limits: {cpus: '0.5', memory: 1g}}}\n", "    <<: *x\n", "x: &x {a: *x}\n",
    "FROM python:3.11 AS a\n", "CMD [\"x\"\n", "ENTRYPOINT x \\\n", "EXPOSE $PORT 99999 8000\n", "COPY <<EOF /x\n",
    "app = FastAPI()\n", "from fastapi import FastAPI\n", "def create_app():\n    return Flask(__name__)\n",
    "if __name__ == '__main__':\n    uvicorn.run(\n", "{\"dependencies\": {\"express\": 1}, \"scripts\": []}",
    "[project]\ndependencies = [1, \"fastapi\", \"psycopg2\"]\n", "web: gunicorn app:app\n", "resource \"aws_db_instance\" \"x\" {\n",
    "DATABASE_URL=postgres://a:b@c/d\n", "\x00", "\ufeff", "((((((((", "---\n", "!!python/object:os.system {}\n", "\t- a\n",
    "processes = {app = 3}\n", "'''", "${", "$${", "{{ x }}\n",
)  # fmt: skip
SOME_TEXT = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=12).map(
    "".join
)
REPOSITORIES = st.dictionaries(st.sampled_from(NAMES), SOME_TEXT, max_size=6)


def errors_of(text: str) -> list[str]:
    loaded = parse_strategy(text)
    report = check(loaded.strategy, load_catalog(), date(2026, 1, 1))
    return [str(one) for one in report.diagnostics if one.severity is Severity.ERROR]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(REPOSITORIES)
def test_whatever_stands_in_the_files_the_draft_is_a_strategy(files: dict[str, str]) -> None:
    contents = {name: text.encode("utf-8", "surrogatepass") for name, text in files.items()}
    assert errors_of(strategy_file(draft_strategy(discover(tree(contents)), {}))) == []


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_the_draft_of_every_shape_checks_without_errors(shape: Shape) -> None:
    found = discover(tree(shape.files))
    assert errors_of(strategy_file(draft_strategy(found, {}))) == []


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SHAPES), st.data())
def test_a_file_cut_anywhere_is_survived(shape: Shape, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(shape.files)))
    cut = data.draw(st.integers(0, len(shape.files[name])))
    files = {**shape.files, name: shape.files[name][:cut]}
    assert errors_of(strategy_file(draft_strategy(discover(tree(files)), {}))) == []


def test_a_billion_laughs_are_not_laughed() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    text = "\n".join(lines) + "\nservices:\n  api: {build: .}\n"
    assert discover(tree({"compose.yaml": text})).services == []


def test_a_nest_of_brackets_is_survived() -> None:
    deep = "(" * 5000 + ")" * 5000
    files = {
        "main.py": f"app = FastAPI(){deep}",
        "package.json": "[" * 20000,
        "compose.yaml": "[" * 5000,
    }
    assert errors_of(strategy_file(draft_strategy(discover(tree(files)), {}))) == []


def test_text_of_a_repository_cannot_leave_its_comment_or_value() -> None:
    hostile = "x\u2028injected: true\r\nphases: {}"
    files = {
        "compose.yaml": f'services:\n  api:\n    build: .\n    command: {hostile!r}\n    labels: ["a\\nb: c"]\n',
        "Procfile": "web: gunicorn 'a: b' # phases: {}\n",
        "requirements.txt": "flask\n",
    }
    assert errors_of(strategy_file(draft_strategy(discover(tree(files)), {}))) == []


def test_a_line_without_end_does_not_take_time_without_end() -> None:
    files = {name: "a" * 400_000 for name in NAMES if not name.endswith(".json")}
    assert errors_of(strategy_file(draft_strategy(discover(tree(files)), {}))) == []
