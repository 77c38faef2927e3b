"""Where Alertmanager reads the secrets of channels, and the commands that put them there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from outgrow.render.system.model import System
from outgrow.strategy.targets import Channel

FOLDER = "/etc/alertmanager"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9_]")
_ENDINGS = {"slack": "WEBHOOK_URL", "page": "ROUTING_KEY", "email": "PASSWORD", "webhook": "TOKEN"}


def secret_path(channel: str) -> str:
    """Return the file that holds the secret of a channel, as Alertmanager sees it."""
    return f"{FOLDER}/secrets/{channel}"


def secret_commands(system: System, rendered: str) -> Iterator[str]:
    """Yield a command for every file that the text `rendered` of alertmanager.yml names.

    The image of Alertmanager runs as the user 65534, so the files are that user's.
    """
    for name, channel in system.strategy.channels.items():
        if re.search(rf"_file: {re.escape(secret_path(name))}$", rendered, re.MULTILINE):
            owner = "sudo install -D -m 400 -o 65534 -g 65534 /dev/stdin"
            yield f"{reading(name, channel)} | {owner} secrets/{name}"


def reading(name: str, channel: Channel) -> str:
    """Return a shell command that prints the secret of a channel, from where it lives."""
    kind, _, place = (channel.secret or "").partition(":")
    word = shlex.quote(place)
    if kind == "file":
        return f"cat {word}"
    if kind == "command":
        return f"sh -c {word}"
    if kind == "aws-secrets-manager":
        return (
            f"aws secretsmanager get-secret-value --secret-id {word}"
            " --query SecretString --output text"
        )
    if kind == "ssm":
        return (
            f"aws ssm get-parameter --with-decryption --name {word}"
            " --query Parameter.Value --output text"
        )
    if kind == "vault":
        return f"vault kv get -field=value {word}"
    if kind == "sops":
        return f"sops --decrypt {word}"
    return f"printf '%s' \"${{{_variable(name, channel, place)}:?}}\""


def _variable(name: str, channel: Channel, place: str) -> str:
    """Return the variable of the environment: the one written, or one called after the channel."""
    if _VARIABLE.fullmatch(place):
        return place
    words = _UNSAFE.sub("_", f"{name}_{_ENDINGS[channel.kind]}").upper()
    return words if not words[0].isdigit() else f"CHANNEL_{words}"
