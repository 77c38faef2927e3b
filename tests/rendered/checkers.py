"""Other people's programs over many rendered files at once: what each has against which file.

Every checker takes files, each alone in its folder below `root`, and returns what it says of
each; a file that it accepts is absent. The words of a finding do not hold the path of the file,
so that those of two versions of one file can be compared.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from tests.rendered.certificates import self_signed
from tests.tools import run_tool, said, tool

Said = dict[Path, set[str]]

YAMLLINT = (
    "{extends: default, rules: {line-length: disable, comments: {min-spaces-from-content: 1},"
    " indentation: {spaces: 2}}}"
)
# cloud-init wants its first line so, and no `---` above it.
YAMLLINT_CLOUD_INIT = "{extends: relaxed, rules: {line-length: disable}}"
RUFF_RULES = "E4,E7,E9,F,B,SIM"
_POSITION = re.compile(r"\b(line|column|char) \d+|:\d+(:\d+)?|\(\d+:\d+\)|\d+\s*\|.*")
_UPSTREAM = re.compile(r"(?<=server )[a-z0-9-]+:\d+")


def _noted(found: Iterable[tuple[Path, str]], root: Path) -> Said:
    """Return findings by file, without places: a line more above is no other finding."""
    said_of: Said = {}
    for path, words in found:
        plain = words.replace(str(path), "").replace(str(path.parent), "").replace(str(root), "")
        said_of.setdefault(path, set()).add(_POSITION.sub("", plain).strip())
    return said_of


def _each(files: Sequence[Path], refused: Any) -> list[tuple[Path, str]]:
    """Return what `refused` says of each file, several at a time."""
    with ThreadPoolExecutor(4) as several:
        answers = list(several.map(refused, files))
    return [(path, text) for path, text in zip(files, answers, strict=True) if text]


def prettier(files: Sequence[Path], root: Path) -> Said:
    """Return the YAML and JSON files that Prettier would change, or cannot read."""
    done = run_tool("prettier", "--list-different", "--no-config", *files, cwd=root)
    assert done.returncode in (0, 1, 2), said(done)
    changed = [(root / line, "is not formatted") for line in done.stdout.splitlines()]
    broken = re.findall(r"\[error\] (\S+): (SyntaxError: .*)", done.stderr)
    resolved = {Path(os.path.normpath(root / name)): text for name, text in broken}
    return _noted([*((Path(os.path.normpath(p)), t) for p, t in changed), *resolved.items()], root)


def yamllint(files: Sequence[Path], root: Path, rules: str = YAMLLINT) -> Said:
    """Return what yamllint finds."""
    done = run_tool("yamllint", "--strict", "-f", "parsable", "-d", rules, *files)
    lines = re.findall(r"^(.+?):\d+:\d+: (.*)$", done.stdout, re.MULTILINE)
    assert bool(lines) == (done.returncode != 0), said(done)
    return _noted([(Path(path), text) for path, text in lines], root)


def yamllint_cloud_init(files: Sequence[Path], root: Path) -> Said:
    """Return what yamllint finds in documents of cloud-init."""
    return yamllint(files, root, YAMLLINT_CLOUD_INIT)


def yamllint_workflow(files: Sequence[Path], root: Path) -> Said:
    """Return what yamllint finds in workflows of GitHub, whose key `on` is no truth value."""
    return yamllint(files, root, YAMLLINT.replace("{line", "{truthy: {check-keys: false}, line"))


def json_parses(files: Sequence[Path], root: Path) -> Said:
    """Return the files that are no JSON, or have a key twice."""

    def refused(path: Path) -> str:
        try:
            json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
        except ValueError as problem:
            return str(problem)
        return ""

    return _noted(_each(files, refused), root)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key stands twice among {keys}")
    return dict(pairs)


def hadolint(files: Sequence[Path], root: Path) -> Said:
    """Return what hadolint, with ShellCheck in it, finds in Dockerfiles."""
    done = run_tool("hadolint", "--format", "json", *files)
    assert done.stdout.startswith("["), said(done)
    found = json.loads(done.stdout)
    return _noted([(Path(one["file"]), f"{one['code']} {one['message']}") for one in found], root)


def shellcheck(files: Sequence[Path], root: Path) -> Said:
    """Return what ShellCheck finds in scripts."""
    done = run_tool("shellcheck", "--format", "json", *files)
    assert done.stdout.startswith("["), said(done)
    found = json.loads(done.stdout)
    return _noted([(Path(one["file"]), f"SC{one['code']} {one['message']}") for one in found], root)


def bash_parses(files: Sequence[Path], root: Path) -> Said:
    """Return the scripts that bash cannot read."""

    def refused(path: Path) -> str:
        done = run_tool("bash", "-n", path)
        return done.stderr  # a document that does not end is only a warning

    return _noted(_each(files, refused), root)


_DOCUMENT = re.compile(r"<<-?'?(\w+)'?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_UNIT_KEYS = {
    *("Description", "Requires", "After", "Wants", "ConditionPathExists", "WantedBy", "User"),
    *("Type", "RemainAfterExit", "WorkingDirectory", "ExecStart", "ExecStop", "ExecStartPre"),
    *("Restart", "RestartSec", "Environment", "EnvironmentFile", "TimeoutStartSec"),
}


def here_documents(files: Sequence[Path], root: Path) -> Said:
    """Return what is wrong in the files that scripts write: scripts, JSON, units of systemd."""
    found: list[tuple[Path, str]] = []
    scripts: dict[Path, Path] = {}
    for path in files:
        for number, (_, text) in enumerate(_DOCUMENT.findall(path.read_text(encoding="utf-8"))):
            if text.startswith("#!"):
                script = path.with_name(f"document{number}.sh")
                script.write_text(text, encoding="utf-8")
                scripts[script] = path
            elif text.startswith("{"):
                found += [(path, problem) for problem in _json_problem(text)]
            elif text.startswith("["):
                keys = set(re.findall(r"^(\w+) *=", text, re.MULTILINE))
                found += [(path, f"no key {key}") for key in sorted(keys - _UNIT_KEYS)]
                sections = set(re.findall(r"^\[(\w+)\]", text, re.MULTILINE))
                found += [(path, "sections")] if sections != {"Unit", "Service", "Install"} else []
    for script, words in (shellcheck(list(scripts), root) if scripts else {}).items():
        found += [(scripts[script], text) for text in words]
    return _noted(found, root)


def _json_problem(text: str) -> list[str]:
    try:
        json.loads(text, object_pairs_hook=_once)
    except ValueError as problem:
        return [f"JSON: {problem}"]
    return []


def ruff(files: Sequence[Path], root: Path) -> Said:
    """Return what Ruff finds in Python, its formatter and the compiler included."""
    select = ("--isolated", "--no-cache", "--select", RUFF_RULES, "--output-format", "json")
    done = run_tool("ruff", "check", *select, *files)
    found = [(Path(x["filename"]), f"{x['code']} {x['message']}") for x in json.loads(done.stdout)]
    for path in files:
        try:
            compile(path.read_text(encoding="utf-8"), path.name, "exec")
        except SyntaxError as problem:
            found.append((path, str(problem)))
    return _noted(found, root)


def ruff_format(files: Sequence[Path], root: Path) -> Said:
    """Return the Python that Ruff's formatter would change, at the line length of Pulumi's."""
    options = ("--isolated", "--no-cache", "--line-length", "88", "--check")
    done = run_tool("ruff", "format", *options, *files, cwd=root)
    # Older versions name the file in one line, newer ones show what they would change.
    named = r"^Would reformat: (\S+)|^unformatted: .*\n +--> (\S+?):\d"
    changed = [one or two for one, two in re.findall(named, done.stdout, re.MULTILINE)]
    assert changed or done.returncode in (0, 2), said(done)
    return _noted([(root / path, "is not formatted") for path in changed], root)


def terraform_fmt(files: Sequence[Path], root: Path) -> Said:
    """Return the files that `terraform fmt` would change, or cannot read.

    It lists nothing to change where it cannot read a file: those it is not asked about again.
    """
    broken = {
        root / path: text
        for text, path in re.findall(
            r"Error: (.*)\n(?:(?!Error:).*\n)*?\s+on (\S+) line", _fmt(files, root).stderr
        )
    }
    done = _fmt([path for path in files if path not in broken], root)
    changed = [(Path(line), "is not formatted") for line in done.stdout.splitlines()]
    assert bool(changed) == (done.returncode != 0), said(done)
    return _noted([*broken.items(), *((root / path, text) for path, text in changed)], root)


def _fmt(files: Sequence[Path], root: Path) -> subprocess.CompletedProcess[str]:
    options = ("-check", "-list=true", "-no-color")
    return run_tool("terraform", "fmt", *options, *files, cwd=root)


def tfvars(files: Sequence[Path], root: Path) -> Said:
    """Return what `terraform fmt` has against examples of variables, whose names it passes over."""
    named = {path: path.with_name("example.tfvars") for path in files}
    for path, copy in named.items():
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    found = terraform_fmt(list(named.values()), root)
    return {path: found[copy] for path, copy in named.items() if copy in found}


def kubernetes_validate(files: Sequence[Path], root: Path) -> Said:
    """Return what Kubernetes' own schemas refuse."""
    broken = {path: text for path, text in _each(files, _no_yaml)}
    whole = [path for path in files if path not in broken]
    lines = _validated(whole)
    if lines is None:  # it gives up at what it does not know at all: then each by itself
        lines = [
            (path, text) for path, text in _each(whole, lambda one: "".join(_refused_alone(one)))
        ]
    return _noted([*broken.items(), *lines], root)


def _no_yaml(path: Path) -> str:
    try:
        list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as problem:
        return f"no YAML: {type(problem).__name__}"
    return ""


def _validated(files: Sequence[Path]) -> list[tuple[Path, str]] | None:
    done = run_tool("kubernetes-validate", "--strict", "--quiet", *files)
    lines = re.findall(r"^(?:ERROR|WARN\w*) +(\S+\.yaml) (.*)$", done.stdout + done.stderr, re.M)
    whole = "Traceback" not in done.stderr and bool(lines) == (done.returncode != 0)
    return [(Path(path), text) for path, text in lines] if whole else None


def _refused_alone(path: Path) -> list[str]:
    done = run_tool("kubernetes-validate", "--strict", "--quiet", path)
    return [said(done)] if done.returncode else []


def compose_schema(files: Sequence[Path], root: Path) -> Said:
    """Return what the schema of Compose refuses."""
    return _schema(files, root, "--builtin-schema", "vendor.compose-spec")


def workflow_schema(files: Sequence[Path], root: Path) -> Said:
    """Return what the schema of GitHub's workflows refuses."""
    return _schema(files, root, "--builtin-schema", "vendor.github-workflows")


def _schema(files: Sequence[Path], root: Path, *schema: str | Path) -> Said:
    done = run_tool("check-jsonschema", "-o", "json", *schema, *files)
    report = json.loads(done.stdout)
    found = [
        (Path(one["filename"]), f"{one.get('path', '')}: {one['message'].partition(' ')[2]}")
        for one in (*report.get("errors", ()), *report.get("parse_errors", ()))
    ]
    assert bool(found) == (done.returncode != 0), said(done)
    return _noted(found, root)


def docker_compose(files: Sequence[Path], root: Path) -> Said:
    """Return what docker-compose 1.29 cannot read; variables get a value that fits."""

    def refused(path: Path) -> str:
        text = path.read_text(encoding="utf-8")
        _lay_beside(path.parent, text)
        values = {
            name: "here" if "FOLDER" in name else "1" for name in re.findall(r"\$\{(\w+)", text)
        }
        arguments = ("-f", path.name, "config", "--quiet")
        done = run_tool("docker-compose", *arguments, cwd=path.parent, environment=values)
        return done.stderr if done.returncode else ""

    return _noted(_each(files, refused), root)


def _lay_beside(folder: Path, text: str) -> None:
    """Make the folders that a Compose file builds from, and the files of variables it reads."""
    for context in re.findall(r"context: \"?(?:\$\{PROJECT_FOLDER[^}]*\}/?)?([\w./-]*)", text):
        for place in (folder, folder / "here"):
            (place / context).mkdir(parents=True, exist_ok=True)
    for name in re.findall(r"(?:\}/|- |: )\"?(\.env[\w.-]*)", text):
        for place in (folder, folder / "here"):
            (place / name).touch()


def nginx(files: Sequence[Path], root: Path) -> Said:
    """Return what nginx refuses or warns of; upstreams, named after containers, are local."""
    certificates = self_signed(root)

    def refused(path: Path) -> str:
        text = _UPSTREAM.sub("127.0.0.1:8000", path.read_text(encoding="utf-8"))
        text = text.replace("/tmp/", f"{path.parent}/").replace("/etc/nginx/", f"{path.parent}/")
        folder = path.parent / "tested"
        folder.mkdir(exist_ok=True)
        (path.parent / "mime.types").write_text("types { text/html html; }\n", encoding="utf-8")
        if not (folder / "certs").exists():
            (folder / "certs").symlink_to(certificates.parent)
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        pid = () if re.search(r"^pid ", text, re.MULTILINE) else ("-g", f"pid {folder}/pid;")
        done = run_tool("nginx", "-t", "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr",
                        *pid)  # fmt: skip
        return done.stderr if done.returncode or "[warn]" in done.stderr else ""

    return _noted(_each(files, refused), root)


def haproxy(files: Sequence[Path], root: Path) -> Said:
    """Return what HAProxy refuses or warns of."""
    state = root / "server-state"
    state.write_text("1\n", encoding="utf-8")
    variables = {"HAPROXY_CERTIFICATES": str(self_signed(root)), "HAPROXY_STATE": str(state)}

    def refused(path: Path) -> str:
        done = run_tool("haproxy", "-c", "-f", path, environment=variables)
        return done.stderr if done.returncode or "WARNING" in done.stderr else ""

    return _noted(_each(files, refused), root)


def pgbouncer(files: Sequence[Path], root: Path) -> Said:
    """Return what PgBouncer refuses or warns of when it starts."""

    def refused(path: Path) -> str:
        # A short path for its socket, in a folder that a user without rights may enter.
        with tempfile.TemporaryDirectory(prefix="og-pool-") as name:
            folder = Path(name)
            text = path.read_text(encoding="utf-8").replace("/etc/pgbouncer/", f"{folder}/")
            for written, here in _POOL_HERE.items():
                text = re.sub(written, here.format(folder), text, flags=re.MULTILINE)
            (folder / "tested.ini").write_text(text, encoding="utf-8")
            (folder / "userlist.txt").write_text('"someone" "secret"\n', encoding="utf-8")
            return _until_up(folder).replace(name, "")

    return _noted(_each(files, refused), root)


# Only its own socket, so that several can start at once; no server is asked here.
_POOL_HERE = {
    r"^listen_addr = .*$": "",
    r"^unix_socket_dir =.*$": "unix_socket_dir = {}",
    r"^server_tls_sslmode = require$": "server_tls_sslmode = prefer",
}


def _until_up(folder: Path) -> str:
    """Start PgBouncer, wait until it is up, end it; return what it complained of before."""
    command = [tool("pgbouncer"), "tested.ini"]
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, 65534, 65534)
        command += ["--user", "nobody"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        lines = []
        for line in program.stderr:
            if "process up" in line:
                break
            lines.append(line)
        else:
            return "".join(lines) or "ended"
        program.terminate()
    complaints = [one for one in lines if re.search(r"ERROR|FATAL|WARNING", one)]
    return re.sub(r"^\S+ \S+ \S+ \[\d+\] ", "", "".join(complaints), flags=re.MULTILINE)


CHECKOV_FRAMEWORKS = ("terraform", "kubernetes", "dockerfile", "secrets", "github_actions")


def checkov(files: Sequence[Path], root: Path) -> Said:
    """Return what checkov finds in files, each read as if it stood alone."""
    options = ("--compact", "--quiet", "--skip-download", "-o", "json")
    framework = ("--framework", *CHECKOV_FRAMEWORKS)
    done = run_tool("checkov", *framework, *options, "-d", root, timeout_seconds=400)
    report = json.loads(done.stdout)
    wanted, found = set(files), []
    for part in report if isinstance(report, list) else [report]:
        for one in part.get("results", {}).get("failed_checks", []):
            path = Path(one["file_path"])
            path = root / str(path).lstrip("/") if root not in path.parents else path
            if path in wanted:
                subject = one["resource"] if "/" not in one["resource"] else ""
                found.append((path, f"{one['check_id']} {one['check_name']} {subject}"))
    return _noted(found, root)


_IN_TOOLS = {
    "dotenv": """
import json, sys
from dotenv.parser import parse_stream
for path in json.load(sys.stdin):
    bindings = list(parse_stream(open(path, encoding="utf-8")))
    names = [one.key for one in bindings if one.key]
    bad = [one.original.string.strip() for one in bindings if one.error]
    bad += sorted({name for name in names if names.count(name) > 1})
    bad += [name for name in names if not name.isidentifier() or name != name.upper()]
    for one in bad: print(json.dumps([path, f"python-dotenv: {one}"]))
""",
    "requirements": """
import json, sys
from importlib.metadata import version
from pip._internal.network.session import PipSession
from pip._internal.req import parse_requirements
from pip._vendor.packaging.requirements import Requirement
for path in json.load(sys.stdin):
    try:
        for line in parse_requirements(path, PipSession()):
            found = Requirement(line.requirement)
            exact = [one for one in found.specifier if one.operator == "=="]
            if not exact:
                print(json.dumps([path, f"pip: {found.name} is not pinned"]))
            elif not found.specifier.contains(version(found.name)):
                print(json.dumps([path, f"pip: {found} is not what the tests run"]))
    except BaseException as problem:
        print(json.dumps([path, f"pip: {problem!r}"]))
""",
    "pulumi": """
import json, sys, yaml
from pulumi.automation import ProjectSettings, StackSettings
TYPES = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
for path in json.load(sys.stdin):
    try:
        read = yaml.safe_load(open(path, encoding="utf-8"))
        if path.endswith("/Pulumi.yaml"):
            ProjectSettings(**read)
            if not isinstance(read["name"], str) or read["runtime"]["name"] != "python":
                raise ValueError("name or runtime")
            if set(read["runtime"]) - {"name", "options"}:
                raise ValueError("runtime")
            for key, one in read.get("config", {}).items():
                extra = set(one) - {"type", "description", "default", "items", "secret"}
                wrong = "default" in one and not isinstance(one["default"], TYPES[one["type"]])
                if extra or wrong:
                    raise ValueError(f"{key}: {sorted(extra)} {one.get('default')!r}")
                TYPES[one["type"]]
        else:
            extra = set(read) - {"config", "encryptionsalt", "secretsprovider"}
            StackSettings._deserialize(read)
            if extra or not all(":" in key for key in read["config"]):
                raise ValueError(f"{sorted(extra)} {sorted(read['config'])}")
    except Exception as problem:
        print(json.dumps([path, f"pulumi: {problem!r}"]))
""",
    "hcl2": """
import hcl2, json, sys
for path in json.load(sys.stdin):
    try:
        hcl2.loads(open(path, encoding="utf-8").read())
    except Exception as problem:
        print(json.dumps([path, f"python-hcl2: {type(problem).__name__}"]))
""",
}
_DOCKERIGNORE = """
import json, os, sys, tempfile
from docker.utils.build import exclude_paths
SECRET = [".env", "api/.env", "api/.env.production", ".git/config", "certs/server.key",
          "server.pem", "secrets/password", "api/debug.log", "infra/.terraform/providers/aws"]
SOURCE = ["main.py", "api/app.py", "package.json", "src/index.ts", "requirements.txt"]
with tempfile.TemporaryDirectory() as top:
    for name in SECRET + SOURCE:
        os.makedirs(os.path.dirname(os.path.join(top, name)), exist_ok=True)
        open(os.path.join(top, name), "w").close()
    for path in json.load(sys.stdin):
        lines = [line.strip() for line in open(path, encoding="utf-8")]
        patterns = [line for line in lines if line and not line.startswith("#")]
        try:
            kept = set(exclude_paths(top, patterns))
        except Exception as problem:
            print(json.dumps([path, f"docker: {problem!r}"]))
            continue
        for name in SECRET:
            if name in kept:
                print(json.dumps([path, f"docker: {name} would be in the image"]))
        for name in SOURCE:
            if name not in kept:
                print(json.dumps([path, f"docker: {name} would not be in the image"]))
        for one in sorted({p for p in patterns if patterns.count(p) > 1}):
            print(json.dumps([path, f"{one} stands twice"]))
"""


def _answers(python: str, script: str, files: Sequence[Path], root: Path) -> Said:
    question = json.dumps([str(path) for path in files])
    done = subprocess.run(
        [python, "-c", script], input=question, text=True, capture_output=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, said(done)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return _noted([(Path(path), text) for path, text in lines], root)


def in_tools(name: str, files: Sequence[Path], root: Path) -> Said:
    """Return what a library that lies beside checkov says of the files."""
    python = str(Path(tool("checkov")).with_name("python"))
    return _answers(python, _IN_TOOLS[name], files, root)


def dotenv(files: Sequence[Path], root: Path) -> Said:
    """Return what python-dotenv cannot read in files of variables, and names that stand twice."""
    return in_tools("dotenv", files, root)


def requirements(files: Sequence[Path], root: Path) -> Said:
    """Return what pip's own parser refuses, and what is not pinned to what the tests run."""
    return in_tools("requirements", files, root)


def pulumi_settings(files: Sequence[Path], root: Path) -> Said:
    """Return what the classes of Pulumi's own library refuse in its projects and stacks."""
    return in_tools("pulumi", files, root)


def hcl2(files: Sequence[Path], root: Path) -> Said:
    """Return what python-hcl2 cannot read."""
    return in_tools("hcl2", files, root)


def dockerignore(files: Sequence[Path], root: Path) -> Said:
    """Return what Docker's own matching would let into an image, or keep out of it."""
    python = "/usr/bin/python3"  # with docker-compose comes the library that knows the patterns
    return _answers(python, _DOCKERIGNORE, files, root)


def gitignore(files: Sequence[Path], root: Path) -> Said:
    """Return patterns of which git says that they ignore nothing that they name."""

    def refused(path: Path) -> str:
        run_tool("git", "init", "-q", path.parent)
        lines = path.read_text(encoding="utf-8").splitlines()
        bad = []
        for line in (one for one in lines if one and not one.startswith("#")):
            name = line.rstrip("/") + ("/x" if line.endswith("/") else "")
            done = run_tool("git", "check-ignore", "-q", "--no-index", name.lstrip("/"),
                            cwd=path.parent)  # fmt: skip
            bad += [line] if done.returncode else []
        return "\n".join(bad)

    return _noted(_each(files, refused), root)
