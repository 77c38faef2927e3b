"""What a droplet does when it first starts: Docker, closed SSH, updates, a unit for Compose."""

from __future__ import annotations

from outgrow.render.digitalocean.site import Site
from outgrow.render.system.model import Part
from outgrow.render.writers.yaml_text import Yaml, yaml_text

_SSHD = """\
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
X11Forwarding no
AllowAgentForwarding no
MaxAuthTries 3
"""
_UPGRADES = """\
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
"""
_DOCKER = """\
{
  "live-restore": true,
  "log-driver": "json-file",
  "log-opts": {"max-size": "10m", "max-file": "5"}
}
"""
_UNIT = """\
[Unit]
Description=Containers of {name}
Requires=docker.service
After=docker.service network-online.target
ConditionPathExists=/opt/{name}/compose.yaml

[Service]
Type=oneshot
RemainAfterExit=yes
WorkingDirectory=/opt/{name}
ExecStart=/usr/bin/docker-compose up --detach --remove-orphans
ExecStop=/usr/bin/docker-compose stop

[Install]
WantedBy=multi-user.target
"""


def user_data(site: Site, machine: Part) -> str:
    """Return the cloud-init document of `machine`."""
    name = site.system.name
    document: Yaml = {
        "package_update": True,
        "packages": ["docker.io", "docker-compose", "unattended-upgrades"],
        "write_files": [
            _file("/etc/ssh/sshd_config.d/50-outgrow.conf", _SSHD),
            _file("/etc/apt/apt.conf.d/20auto-upgrades", _UPGRADES),
            _file("/etc/docker/daemon.json", _DOCKER),
            _file("/etc/systemd/system/containers.service", _UNIT.format(name=name)),
        ],
        "runcmd": [
            ["install", "-d", "-m", "0750", f"/opt/{name}"],
            ["systemctl", "reload-or-restart", "ssh"],
            ["systemctl", "restart", "docker"],
            ["systemctl", "daemon-reload"],
            ["systemctl", "enable", "--now", "containers.service"],
        ],
    }
    carried = ", ".join(part.name for part in site.carried_by(machine))
    body = yaml_text(document).removeprefix("---\n")
    return (
        "#cloud-config\n"
        f"# Carries {carried}. A deployment puts compose.yaml into /opt/{name}; no secret is\n"
        "# in here, because whoever is on the droplet can read this text.\n" + body
    )


def _file(path: str, content: str) -> Yaml:
    return {"path": path, "permissions": "0644", "content": content}
