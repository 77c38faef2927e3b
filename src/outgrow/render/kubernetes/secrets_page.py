"""The page that says which Secrets a cluster needs, never what is in them."""

from __future__ import annotations

from outgrow.render.kubernetes.facts import pulls_with_secret, secret_keys, secret_name
from outgrow.render.kubernetes.placement import Cluster
from outgrow.render.kubernetes.workloads import PULL_SECRET
from outgrow.render.system.model import Part


def secrets_page(cluster: Cluster) -> str:
    """Return SECRETS.md: each Secret with its keys, and the commands that make it."""
    lines = [
        "# Secrets",
        "",
        f"The pods of the namespace `{cluster.namespace}` read these Secrets. Their values are in",
        "no file of this tree. Write each part's values to a file that Git ignores, one",
        "`KEY=value` a line, make the Secret of it, and delete the file.",
    ]
    for part in cluster.parts:
        if secret_keys(part):
            lines += _of_part(cluster, part)
    if any(pulls_with_secret(cluster, part) for part in cluster.parts):
        lines += _registry(cluster)
    return "\n".join(lines) + "\n"


def secret_commands(cluster: Cluster) -> tuple[str, ...]:
    """Return the commands that make the Secrets, from files that only the reader has."""
    return tuple(_command(cluster, part) for part in cluster.parts if secret_keys(part))


def _command(cluster: Cluster, part: Part) -> str:
    return (
        f"kubectl --namespace {cluster.namespace} create secret generic {secret_name(part)} "
        f"--from-env-file={part.name}.secrets.env"
    )


def _of_part(cluster: Cluster, part: Part) -> list[str]:
    rows = [f"| `{key}` | {_where(part, key)} |" for key in secret_keys(part)]
    return [
        "",
        f"## {part.name}",
        "",
        "| key | where the value lives |",
        "| --- | --- |",
        *rows,
        "",
        "```sh",
        _command(cluster, part),
        "```",
    ]


def _where(part: Part, key: str) -> str:
    reference = part.secrets.get(key)
    connection = next((c for c in part.connections if c.key == key), None)
    if reference is None:
        return "choose one; the image creates its first user with it"
    plain = reference.replace("`", "'").replace("|", "\\|")
    if connection is not None:
        copy = f"replica {connection.replica} of " if connection.replica else ""
        return f"`{plain}`; the address of {copy}{connection.store}"
    return f"`{plain}`"


def _registry(cluster: Cluster) -> list[str]:
    return [
        "",
        "## Registry",
        "",
        "Images that are not public need a token that may read packages. Kubernetes goes on",
        "without this Secret where they are public.",
        "",
        "```sh",
        f"kubectl --namespace {cluster.namespace} create secret generic {PULL_SECRET} "
        "--type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson=registry.json",
        "```",
    ]
