"""What this project promises of every rendered file, and no one else's program looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from tests.docs.test_links import LINK, OUTSIDE, anchors

Said = dict[Path, set[str]]
_IMAGE = re.compile(
    r"^\s*(?:image:|FROM(?: --\S+)?|ARG \w*IMAGE=|- image:)\s*\"?(?P<image>[^\s\"#]+)",
    re.MULTILINE,
)
_QUANTITY = re.compile(r"\d+(\.\d+)?(m|[KMGT]i?|k)?")
_PORTS = ("port", "containerPort", "targetPort", "nodePort")
_SECRET = re.compile(r"(PASSWORD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|AUTH|DSN)")
_RULE = re.compile(
    r'^resource "aws_vpc_security_group_ingress_rule" "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.S
)


def _of(found: Iterable[tuple[Path, str]]) -> Said:
    said: Said = {}
    for path, text in found:
        said.setdefault(path, set()).add(text)
    return said


def links_lead_somewhere(files: Sequence[Path], root: Path) -> Said:
    """Return links of Markdown to headings that are not there, open fences and ragged tables.

    Whether a linked file is there is asked of whole trees.
    """
    return _of((path, text) for path in files for text in _markdown(path.read_text("utf-8")))


def _markdown(text: str) -> Iterator[str]:
    for link in LINK.findall(text):
        if not OUTSIDE.match(link) and link.startswith("#") and link[1:] not in anchors(text):
            yield f"no heading for {link}"
    for opened in re.findall(r"(?<!!)\[[^\]\n]*\]\([^)\n]*$", text, re.MULTILINE):
        yield f"a link without an end: {opened}"
    fences = re.findall(r"^```", text, re.MULTILINE)
    if len(fences) % 2:
        yield "a fence is not closed"
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    if outside.count("\n# ") + outside.startswith("# ") != 1:
        yield "not one title"
    for table in re.findall(r"(?:^\|.*\|$\n?)+|(?:^\|.*$\n?)+", outside, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        if len(widths) > 1:
            yield f"rows of {sorted(widths)} cells in one table"


def images(files: Sequence[Path], root: Path) -> Said:
    """Return images without a version, or with one that moves."""

    def moving(text: str) -> Iterator[str]:
        stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE))
        for image in _IMAGE.findall(text):
            name = image.rpartition("/")[2]
            if image in stages or "$" in image or image == "scratch":
                continue
            if ":" not in name or name.endswith((":latest", ":")):
                yield f"{image} has no version"

    return _of((path, text) for path in files for text in moving(path.read_text("utf-8")))


def compose_services(files: Sequence[Path], root: Path) -> Said:
    """Return services without limits or restart, secrets in plain text, open databases."""
    return _of((path, text) for path in files for text in _services(_yaml(path)))


def _yaml(path: Path) -> list[Any]:
    try:
        return [one for one in yaml.safe_load_all(path.read_text("utf-8")) if one]
    except yaml.YAMLError as problem:
        return [{"broken": type(problem).__name__}]


def _services(documents: list[Any]) -> Iterator[str]:
    services = documents[0].get("services") if isinstance(documents[0], dict) else None
    if not isinstance(services, dict):
        yield "no services"
        return
    for name, one in services.items():
        if not isinstance(one, dict):
            yield f"{name} is no service"
            continue
        for key in {"mem_limit", "cpus", "restart", "logging", "security_opt"} - one.keys():
            yield f"{name} has no {key}"
        if one.get("privileged") or str(one.get("user", "1")).split(":")[0] in ("0", "root"):
            yield f"{name} runs as root"
        yield from (f"{name}: {text}" for text in _plain_secrets(one.get("environment")))
        image = str(one.get("image", ""))
        if re.search(r"postgres|redis|mongo", image) and one.get("ports"):
            yield f"the database {name} publishes a port"
        job = one.get("restart") in ("no", "on-failure", False)
        if not job and "healthcheck" not in one and "build" not in one and "image" in one:
            yield f"{name} has no healthcheck"


def _plain_secrets(environment: Any) -> Iterator[str]:
    for key, value in (environment if isinstance(environment, dict) else {}).items():
        plain = isinstance(value, str) and value and "${" not in value and "/run/" not in value
        if _SECRET.search(str(key)) and plain:
            yield f"{key} stands in plain text"


def cluster_objects(files: Sequence[Path], root: Path) -> Said:
    """Return containers without limits or probes or with rights, and numbers that cannot be."""
    return _of((path, text) for path in files for text in _objects(_yaml(path)))


def _objects(documents: list[Any]) -> Iterator[str]:
    for one in documents:
        name = f"{one.get('kind')}/{(one.get('metadata') or {}).get('name')}"
        yield from (f"{name}: {text}" for text in _ports(one))
        pod = _pod(one)
        for container in pod.get("containers", []) if isinstance(pod, dict) else []:
            lasting = one.get("kind") not in ("Job", "CronJob")
            yield from (f"{name}: {text}" for text in _container(container, lasting))
        if pod:
            wanted = _spec(one).get("selector", {}).get("matchLabels", {})
            labels = _spec(one).get("template", {}).get("metadata", {}).get("labels", {})
            if not wanted.items() <= labels.items():
                yield f"{name}: its selector fits none of its pods"
    labels = [_spec(one).get("template", {}).get("metadata", {}).get("labels", {})
              for one in documents if _pod(one)]  # fmt: skip
    for one in documents:
        selector = _spec(one).get("selector") if one.get("kind") == "Service" else None
        if selector and labels and not any(selector.items() <= of.items() for of in labels):
            yield f"Service/{one['metadata']['name']}: it selects no pod of this file"


def _spec(one: Mapping[str, Any]) -> Mapping[str, Any]:
    found = one.get("spec")
    return found if isinstance(found, dict) else {}


def _pod(one: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = _spec(one)
    job = spec.get("jobTemplate", {})
    spec = job.get("spec", spec) if isinstance(job, dict) else spec
    template = spec.get("template", {})
    found = template.get("spec", {}) if isinstance(template, dict) else {}
    return found if isinstance(found, dict) else {}


def _container(one: Mapping[str, Any], lasting: bool) -> Iterator[str]:
    if "image" not in one:
        return  # a patch of an overlay
    resources = one.get("resources") or {}
    for kind in ("requests", "limits"):
        for key in ("cpu", "memory"):
            value = (resources.get(kind) or {}).get(key)
            if value is None or not _QUANTITY.fullmatch(str(value)):
                yield f"{kind} of {key}: {value}"
    probes = ("startupProbe", "readinessProbe", "livenessProbe") if lasting else ()
    yield from (f"no {probe}" for probe in probes if probe not in one)
    context = one.get("securityContext") or {}
    if context.get("readOnlyRootFilesystem") is not True or context.get("privileged"):
        yield "its root file system can be written"
    if "ALL" not in ((context.get("capabilities") or {}).get("drop") or []):
        yield "it keeps capabilities"
    named = {port.get("name") for port in one.get("ports") or [] if isinstance(port, dict)}
    for probe in probes:
        asked = one.get(probe) or {}
        port = (asked.get("httpGet") or asked.get("tcpSocket") or {}).get("port")
        if isinstance(port, str) and port not in named:
            yield f"{probe} asks a port that is not there: {port}"
    variables = [x for x in one.get("env") or [] if isinstance(x, dict)]
    pairs = {x.get("name"): x["value"] for x in variables if "value" in x}
    yield from _plain_secrets(pairs)
    mounted = {x.get("name") for x in one.get("volumeMounts") or [] if isinstance(x, dict)}
    yield from (f"a mount without a name: {sorted(map(str, mounted))}" for x in mounted if not x)


def _ports(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            number = isinstance(inner, int) and not isinstance(inner, bool)
            if key in _PORTS and number and not 0 < inner < 65536:
                yield f"{key} {inner} is no port"
            yield from _ports(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ports(inner)


def open_ports(files: Sequence[Path], root: Path) -> Said:
    """Return rules of security groups that let anyone reach more than a web server."""

    def opened(text: str) -> Iterator[str]:
        for name, body in _RULE.findall(text):
            port = re.search(r"^\s+to_port\s+= (\S+)", body, re.MULTILINE)
            anyone = re.search(r'cidr_ipv[46]\s+= "(0\.0\.0\.0/0|::/0)"', body)
            if anyone and (port is None or port[1] not in ("80", "443")):
                yield f"{name} is open to anyone"

    return _of((path, text) for path in files for text in opened(path.read_text("utf-8")))
