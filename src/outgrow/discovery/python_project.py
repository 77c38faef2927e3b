"""Python projects: their dependencies, version, and the file they are installed from."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field

from outgrow.discovery.tree import Sources, folder_of, is_aside, is_within

_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@ ]|$)")
_QUOTED = re.compile(
    r"[\"']([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@ ][^\"']*)?[\"']"
)
_EXTRAS = re.compile(r"\[([^\]]*)\]")
# What a package installs with an extra of this name: `celery[redis]`, `databases[postgresql]`.
_BROUGHT_IN = {
    "redis": "redis", "rabbitmq": "pika", "librabbitmq": "pika", "asyncpg": "asyncpg",
    "aiomysql": "aiomysql", "postgresql": "psycopg", "postgres": "psycopg", "mysql": "pymysql",
    "mongodb": "pymongo",
}  # fmt: skip
_LIST_OF_REQUIREMENTS = re.compile(r"req(?:s|uir\w*)?(?:[-_.]\w+)*\.(?:txt|in|pip)")
_VERSION = re.compile(r"(\d+\.\d+)")


@dataclass(slots=True)
class PythonProject:
    """A folder with a Python project; a dependency has the place that names it.

    `installed_above` is the folder whose requirements it uses, where it has none itself.
    """

    folder: str
    files: list[str]
    dependencies: dict[str, tuple[str, int]] = field(default_factory=dict)
    version: str = ""
    installs_from: str = ""
    scripts: dict[str, str] = field(default_factory=dict)
    installed_above: str | None = None

    def depends_on(self, *names: str) -> tuple[str, int] | None:
        """Return the place of the first of `names` that it depends on, or None."""
        return next((self.dependencies[name] for name in names if name in self.dependencies), None)


def read_python_projects(sources: Sources) -> list[PythonProject]:
    """Return every folder with a Python project, outside of tests and examples."""
    found: dict[str, PythonProject] = {}
    paths = [
        *sources.named("pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "environment.yml",
                       "manage.py"),
        *(path for path in sources.ending(".txt", ".in", ".pip") if _is_requirements(path)),
    ]  # fmt: skip
    for path in sorted(set(paths)):
        folder = _project_folder(path)
        if is_aside(folder):
            continue
        project = found.setdefault(folder, PythonProject(folder, []))
        project.files.append(path)
        _take(sources, project, path)
    for project in found.values():
        project.installs_from = project.installs_from or _installs_from(sources, project)
        project.version = project.version or _pinned_version(sources, project.folder)
    projects = [one for one in found.values() if one.dependencies or _has_code(sources, one)]
    for project in projects:
        _inherit(project, projects)
    return projects


def _inherit(project: PythonProject, projects: list[PythonProject]) -> None:
    """Give a project without requirements those of the nearest folder above it."""
    above = [
        one
        for one in projects
        if one is not project and one.dependencies and is_within(project.folder, one.folder)
    ]
    if project.dependencies or not above:
        return
    nearest = max(above, key=lambda one: len(one.folder))
    project.dependencies = dict(nearest.dependencies)
    project.installs_from = nearest.installs_from
    project.version = project.version or nearest.version
    project.installed_above = nearest.installed_above or nearest.folder


def _is_requirements(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    below = folder.rpartition("/")[2].lower()
    return (
        "requirement" in name.lower()
        or below in ("requirements", "reqs")
        or _LIST_OF_REQUIREMENTS.fullmatch(name.lower()) is not None
    )


def _project_folder(path: str) -> str:
    folder = folder_of(path)
    name = folder.rpartition("/")[2].lower()
    return folder_of(folder) if name in ("requirements", "reqs", "requirement") else folder


def _take(sources: Sources, project: PythonProject, path: str) -> None:
    name = path.rpartition("/")[2]
    text = sources.text(path)
    if name == "pyproject.toml" or name == "Pipfile":
        _take_toml(project, path, text)
    elif name in ("setup.py", "setup.cfg"):
        _take_setup(project, path, text)
    elif name == "environment.yml":
        for line, one in enumerate(text.splitlines(), start=1):
            if match := re.match(r"\s*-\s*([A-Za-z0-9][\w.-]*)", one):
                _add(project, match[1], path, line)
    elif name != "manage.py":
        for line, one in enumerate(text.splitlines(), start=1):
            if match := _REQUIREMENT.match(one):
                _add(project, match[1], path, line)
                _add_extras(project, match[0], path, line)


def _take_toml(project: PythonProject, path: str, text: str) -> None:
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError):
        data = {}
    section = _at(data, "project")
    names: list[str] = []
    for listed in (section.get("dependencies"), *_at(section, "optional-dependencies").values(),
                   *_at(data, "dependency-groups").values()):  # fmt: skip
        names += [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    poetry = _at(data, "tool", "poetry")
    groups = _at(poetry, "group").values()
    for table in (_at(poetry, "dependencies"), _at(data, "packages"),
                  *(_at(group, "dependencies") for group in groups)):  # fmt: skip
        names += [_with_extras(name, value) for name, value in table.items()]
    where = _lines_of_names(text)
    for written in names:
        match = _REQUIREMENT.match(written)
        if match:
            line = where.get(_normal(match[1]), 1)
            _add(project, match[1], path, line)
            _add_extras(project, match[0], path, line)
    wanted = section.get("requires-python") or _at(poetry, "dependencies").get("python")
    if isinstance(wanted, str) and (version := _VERSION.search(wanted)):
        project.version = version[1]
    for table in (_at(section, "scripts"), _at(poetry, "scripts")):
        project.scripts |= {k: v for k, v in table.items() if isinstance(v, str)}


def _with_extras(name: str, value: object) -> str:
    extras = value.get("extras") if isinstance(value, dict) else None
    listed = ",".join(map(str, extras)) if isinstance(extras, list) else ""
    return f"{name}[{listed}]" if listed else name


def _add_extras(project: PythonProject, written: str, path: str, line: int) -> None:
    """Add what a requirement installs besides: `redis` for `celery[redis]`."""
    extras = _EXTRAS.search(written)
    for one in extras[1].split(",") if extras else ():
        if driver := _BROUGHT_IN.get(one.strip().lower()):
            _add(project, driver, path, line)


def _lines_of_names(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for line, one in enumerate(text.splitlines(), start=1):
        if match := re.match(r"\s*[\"']?([A-Za-z0-9][A-Za-z0-9._-]*)", one):
            found.setdefault(_normal(match[1]), line)
    return found


def _take_setup(project: PythonProject, path: str, text: str) -> None:
    for line, one in enumerate(text.splitlines(), start=1):
        if path.endswith(".cfg"):
            if one.startswith((" ", "\t")) and (match := _REQUIREMENT.match(one)):
                _add(project, match[1], path, line)
        else:
            for name in _QUOTED.findall(one):
                _add(project, name, path, line)


def _add(project: PythonProject, name: str, path: str, line: int) -> None:
    project.dependencies.setdefault(_normal(name), (path, line))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _at(data: object, *path: str) -> dict[str, object]:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _installs_from(sources: Sources, project: PythonProject) -> str:
    for name in ("uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock"):
        if _in(project.folder, name) in sources:
            return name
    prefix = f"{project.folder}/" if project.folder else ""
    files = [path.removeprefix(prefix) for path in project.files]
    for name in ("requirements.txt", "requirements/production.txt", "requirements/prod.txt",
                 "requirements/base.txt", "pyproject.toml", "Pipfile"):  # fmt: skip
        if name in files:
            return name
    return next((name for name in files if name.endswith(".txt")), "")


def _pinned_version(sources: Sources, folder: str) -> str:
    for name in (".python-version", "runtime.txt"):
        for path in (_in(folder, name), name):
            if match := _VERSION.search(sources.text(path)):
                return match[1]
    return ""


def _has_code(sources: Sources, project: PythonProject) -> bool:
    return _in(project.folder, "manage.py") in sources or any(
        path.endswith(("setup.py", "pyproject.toml")) for path in project.files
    )


def _in(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
