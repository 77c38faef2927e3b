"""Receivers: Slack, a pager, mail, a webhook; every secret is the path of a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from outgrow.render.alertmanager.routes import NOBODY
from outgrow.render.alertmanager.secrets import secret_path
from outgrow.render.alertmanager.text import without_templates
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Yaml
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.targets import Channel

_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[\x21-\x7e]*)?")
_PAGER_SEVERITY = (
    '{{ if eq .CommonLabels.severity "page" }}critical'
    '{{ else if eq .CommonLabels.severity "warn" }}warning{{ else }}info{{ end }}'
)
_RELAY = "localhost:25"


@dataclass(frozen=True, slots=True)
class _MailServer:
    """A server that takes mail, and the name one signs in with there."""

    address: str
    user: str


_MAIL_SERVERS = {
    "resend": _MailServer("smtp.resend.com:587", "resend"),
    "sendgrid": _MailServer("smtp.sendgrid.net:587", "apikey"),
}


def receivers(system: System) -> list[Yaml]:
    """Return a receiver for each channel; without channels, one that does nothing."""
    channels = system.strategy.channels
    if not channels:
        return [Commented({"name": NOBODY}, "The strategy has no `channels`: nobody is told.")]
    return [_receiver(system, name, channel) for name, channel in channels.items()]


def is_silent(channel: Channel) -> bool:
    """Return whether nothing says where the alerts of `channel` are to be sent."""
    if channel.kind == "email":
        return "@" not in channel.to
    return channel.kind == "webhook" and channel.secret is None and not is_url(channel.to)


def mail_server(system: System) -> str | None:
    """Return the server of the strategy's email component that takes mail, or None."""
    found = _known_mail_server(system)
    return found.address if found else None


def is_url(text: str) -> bool:
    """Return whether `text` is an address of the web, and nothing else."""
    return _URL.fullmatch(text.strip()) is not None


def is_pager_webhook(channel: Channel) -> bool:
    """Return whether a page goes to an address of the team's own and not to PagerDuty."""
    return channel.kind == "page" and channel.secret is None and is_url(channel.to)


def _receiver(system: System, name: str, channel: Channel) -> Yaml:
    if is_silent(channel):
        return Commented({"name": name}, "The strategy does not say where this one is.")
    make: Mapping[str, Callable[[System, str, Channel], Yaml]] = {
        "slack": _slack,
        "page": _page,
        "email": _email,
        "webhook": _webhook,
    }
    return make[channel.kind](system, name, channel)


def _slack(_: System, name: str, channel: Channel) -> Yaml:
    to = " ".join(channel.to.split())
    sent: dict[str, Yaml] = {"api_url_file": secret_path(name)}
    if to:
        sent["channel"] = without_templates(to)
    return {
        "name": name,
        "slack_configs": [
            {
                **sent,
                "send_resolved": True,
                "title": '{{ template "outgrow.title" . }}',
                "title_link": '{{ template "outgrow.link" . }}',
                "text": '{{ template "outgrow.slack.text" . }}',
                "fallback": '{{ template "outgrow.title" . }}',
                "color": '{{ template "outgrow.slack.color" . }}',
            }
        ],
    }


def _page(system: System, name: str, channel: Channel) -> Yaml:
    if is_pager_webhook(channel):
        return _webhook(system, name, channel)
    sent: dict[str, Yaml] = {
        "routing_key_file": secret_path(name),
        "send_resolved": True,
        "description": '{{ template "outgrow.title" . }}',
        "severity": _PAGER_SEVERITY,
    }
    return Commented(
        {"name": name, "pagerduty_configs": [sent]},
        "PagerDuty: its Events API v2 wants one routing key and nothing else.",
    )


def _email(system: System, name: str, channel: Channel) -> Yaml:
    server = _known_mail_server(system)
    to = " ".join(channel.to.split())
    sent: dict[str, Yaml] = {
        "to": without_templates(to),
        "from": f"alerts@{_mail_domain(system, to)}",
        "smarthost": server.address if server else _RELAY,
        "send_resolved": True,
    }
    if server is not None:
        sent |= {"auth_username": server.user, "auth_password_file": secret_path(name)}
    else:
        note = "A relay on this machine; nothing is encrypted on the way to it."
        sent["require_tls"] = Commented(False, note)
    headers: dict[str, Yaml] = {"Subject": '{{ template "outgrow.title" . }}'}
    return {"name": name, "email_configs": [sent | {"headers": headers}]}


def _webhook(_: System, name: str, channel: Channel) -> Yaml:
    if not is_url(channel.to):
        address: Yaml = Commented(secret_path(name), "Alertmanager knows it from 0.26 on.")
        return {"name": name, "webhook_configs": [{"url_file": address, "send_resolved": True}]}
    sent: dict[str, Yaml] = {"url": channel.to.strip(), "send_resolved": True}
    if channel.secret is not None:
        sent["http_config"] = {"authorization": {"credentials_file": secret_path(name)}}
    return {"name": name, "webhook_configs": [sent]}


def _known_mail_server(system: System) -> _MailServer | None:
    for part in system.parts:
        if part.kind is ComponentKind.EMAIL:
            words = f"{part.spec.stack} {part.resource.offering_id}".lower()
            found = next((one for word, one in _MAIL_SERVERS.items() if word in words), None)
            if found is not None:
                return found
    return None


def _mail_domain(system: System, to: str) -> str:
    """Return the domain that alerts are sent from: that of what is public, or of who reads."""
    host = next((part.host for part in system.parts if part.host), None)
    if host is not None and "." in host:
        return ".".join(host.split(".")[-2:])
    return re.sub(r"[^A-Za-z0-9.-]", "", to.split("@", 1)[-1].split(",", 1)[0]) or "localhost"
