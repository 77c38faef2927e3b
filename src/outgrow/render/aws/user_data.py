"""The script with which a machine starts: Docker, and a unit of systemd for what it runs.

What it runs is read when the unit starts: the image from Parameter Store, secrets from Secrets
Manager. Neither stands in the script, so a new version needs no new script.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from string import Template

from outgrow.render.aws.region import HELD, AwsRegion
from outgrow.render.aws.traffic import is_single
from outgrow.render.system.model import Part, Role
from outgrow.strategy.components import ComponentKind

_RUN_KINDS = frozenset({ComponentKind.SERVICE, ComponentKind.WORKER, ComponentKind.FRONTEND})
USER = "10001:10001"


def started_here(region: AwsRegion, machine: Part) -> tuple[Part, ...]:
    """Return the parts that the machine's own script starts.

    On a machine that lives on, what it carries comes with a deployment, as a compose file.
    """
    own = (machine,) if machine.kind in _RUN_KINDS else ()
    hosted = () if is_single(region, machine) else region.hosted_by(machine)
    carried = (p for p in hosted if p.role is Role.APPLICATION and p.kind in _RUN_KINDS)
    return (*own, *(part for part in carried if part.image or part.build or part.listens))


def user_data(region: AwsRegion, machine: Part) -> str:
    """Return the script of `machine`."""
    parts = started_here(region, machine)
    text = _START.substitute(name=region.prefix, region=region.region)
    if parts:
        text += "".join(_container(region, part) for part in parts)
    elif region.hosted_by(machine):
        text += _COMPOSE.substitute(system=region.system.name)
    return text


def _container(region: AwsRegion, part: Part) -> str:
    return _CONTAINER.substitute(
        name=part.name,
        prefix=region.prefix,
        region=region.region,
        variables=_into_the_file(list(_variables(region, part))),
        port=f" \\\n  --publish {part.listens}:{part.listens}" if part.listens else "",
        writable="".join(
            f" \\\n  --tmpfs {shlex.quote(folder)}" for folder in part.run.writable_folders
        ),
        user=shlex.quote(part.run.user or USER),
        group=f"/ec2/{region.prefix}/{part.name}",
        command=_command(part),
        entrypoint=_entrypoint(part),
        stop=int(part.run.stop_seconds or 30),
    )


def _variables(region: AwsRegion, part: Part) -> Iterator[str]:
    """Yield a command for each variable that prints its line of the env file."""
    secrets = region.secret_keys(part)
    yield from (_secret(region, part, key) for key in secrets)
    for key, value in region.environment(part).items():
        if key not in secrets:
            yield f"printf '%s\\n' {shlex.quote(_one_line(f'{key}={value}'))}"


def _into_the_file(commands: Sequence[str]) -> str:
    """Return what writes the output of all `commands` into the env file."""
    if len(commands) < 2:
        return "".join(f'{command} >"$file"\n' for command in commands)
    return "".join(["{\n", *(f"  {command}\n" for command in commands), '} >"$file"\n'])


def _secret(region: AwsRegion, part: Part, key: str) -> str:
    own = f"{region.prefix}/{part.name}/{key}"
    reference = part.secrets.get(key, "")
    held = reference.startswith(HELD)
    name = shlex.quote(reference.split(":", 1)[1] if held else own)
    return f"secret {key} {name}"


def _one_line(text: str) -> str:
    """Return `text` for an env file of Docker, where a line is a variable."""
    return " ".join(text.splitlines())


def _command(part: Part) -> str:
    """Return what stands behind the image: the rest of the entry point, then the command."""
    words = [*_argv(part.run.entrypoint)[1:], *_argv(part.run.command)]
    return "".join(f" {shlex.quote(_one_line(word))}" for word in words)


def _entrypoint(part: Part) -> str:
    words = _argv(part.run.entrypoint)
    return f" \\\n  --entrypoint {shlex.quote(_one_line(words[0]))}" if words else ""


def _argv(command: Sequence[str] | None) -> list[str]:
    """Return a command as the list that is run; one text is for a shell."""
    if not command:
        return []
    return ["/bin/sh", "-c", command[0]] if len(command) == 1 else list(command)


_START = Template(
    """#!/bin/bash
# Runs once, when a machine of $name is made. What it prints is in /var/log/cloud-init-output.log.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

# The machine may be up a moment before its address and its route are.
timeout 600 bash -c 'until apt-get -o APT::Update::Error-Mode=any update; do sleep 5; done'
apt-get -o DPkg::Lock::Timeout=300 install --yes \\
  amazon-ecr-credential-helper docker.io docker-compose-v2 unattended-upgrades
snap wait system seed.loaded
snap install aws-cli --classic

# Images come from ECR with the machine's own role: no password is kept.
install -d -m 0700 /root/.docker
echo '{"credsStore": "ecr-login"}' >/root/.docker/config.json

# AWS publishes neither memory nor disk of a machine: the agent does.
agent=https://amazoncloudwatch-agent-$region.s3.$region.amazonaws.com
curl --fail --silent --show-error --location --output /tmp/agent.deb \\
  "$$agent/ubuntu/$$(dpkg --print-architecture)/latest/amazon-cloudwatch-agent.deb"
dpkg --install /tmp/agent.deb
cat >/opt/aws/amazon-cloudwatch-agent/etc/outgrow.json <<'EOF'
{
  "metrics": {
    "namespace": "CWAgent",
    "append_dimensions": {
      "AutoScalingGroupName": "$${aws:AutoScalingGroupName}",
      "InstanceId": "$${aws:InstanceId}"
    },
    "aggregation_dimensions": [["InstanceId"], ["AutoScalingGroupName"]],
    "metrics_collected": {
      "mem": {"measurement": ["mem_used_percent"]},
      "disk": {"measurement": ["used_percent"], "resources": ["/"]}
    }
  }
}
EOF
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s \\
  -c file:/opt/aws/amazon-cloudwatch-agent/etc/outgrow.json
"""
)
_COMPOSE = Template(
    """
# A deployment puts compose.yaml into /opt/$system; the unit starts it now and after each boot.
install -d -m 0750 /opt/$system
cat >/etc/systemd/system/$system.service <<'EOF'
[Unit]
Description=$system
Requires=docker.service
After=docker.service network-online.target
ConditionPathExists=/opt/$system/compose.yaml

[Service]
Type=oneshot
RemainAfterExit=yes
WorkingDirectory=/opt/$system
ExecStart=/usr/bin/docker compose up --detach --wait
ExecStop=/usr/bin/docker compose stop

[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
systemctl enable --now $system.service
"""
)
_CONTAINER = Template(
    """
# $name: the image and its secrets are read each time that the unit starts.
install -d -m 0750 /opt/$name
cat >/opt/$name/run <<'EOF'
#!/bin/bash
set -euo pipefail
export AWS_DEFAULT_REGION=$region
aws=/snap/bin/aws

secret() {
  local value
  value=$$($$aws secretsmanager get-secret-value --secret-id "$$2" \\
    --query SecretString --output text)
  printf '%s=%s\\n' "$$1" "$$value"
}

umask 077
file=$$(mktemp /run/$name.XXXXXX)
trap 'rm -f "$$file"' EXIT
${variables}image=$$($$aws ssm get-parameter --name /$prefix/$name/image \\
  --query Parameter.Value --output text)
docker rm --force $name >/dev/null 2>&1 || true
docker run --detach --name $name --env-file "$$file" --user $user \\
  --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --init \\
  --stop-timeout $stop --restart unless-stopped$port$writable$entrypoint \\
  --log-driver awslogs --log-opt awslogs-group=$group --log-opt awslogs-region=$region \\
  "$$image"$command
EOF
chmod 0750 /opt/$name/run
cat >/etc/systemd/system/$name.service <<'EOF'
[Unit]
Description=$name
Requires=docker.service
After=docker.service network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/opt/$name/run
ExecStop=/usr/bin/docker stop $name
# A secret that is not filled yet, an image that is not pushed yet: it tries again.
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
systemctl enable $name.service
systemctl start --no-block $name.service
"""
)
