#!/bin/bash
# Runs once, when a machine of pocketable-production is made. What it prints is in /var/log/cloud-init-output.log.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

# The machine may be up a moment before its address and its route are.
timeout 600 bash -c 'until apt-get -o APT::Update::Error-Mode=any update; do sleep 5; done'
apt-get -o DPkg::Lock::Timeout=300 install --yes \
  amazon-ecr-credential-helper docker.io docker-compose-v2 unattended-upgrades
snap wait system seed.loaded
snap install aws-cli --classic

# Images come from ECR with the machine's own role: no password is kept.
install -d -m 0700 /root/.docker
echo '{"credsStore": "ecr-login"}' >/root/.docker/config.json

# AWS publishes neither memory nor disk of a machine: the agent does.
agent=https://amazoncloudwatch-agent-us-east-1.s3.us-east-1.amazonaws.com
curl --fail --silent --show-error --location --output /tmp/agent.deb \
  "$agent/ubuntu/$(dpkg --print-architecture)/latest/amazon-cloudwatch-agent.deb"
dpkg --install /tmp/agent.deb
cat >/opt/aws/amazon-cloudwatch-agent/etc/outgrow.json <<'EOF'
{
  "metrics": {
    "namespace": "CWAgent",
    "append_dimensions": {
      "AutoScalingGroupName": "${aws:AutoScalingGroupName}",
      "InstanceId": "${aws:InstanceId}"
    },
    "aggregation_dimensions": [["InstanceId"], ["AutoScalingGroupName"]],
    "metrics_collected": {
      "mem": {"measurement": ["mem_used_percent"]},
      "disk": {"measurement": ["used_percent"], "resources": ["/"]}
    }
  }
}
EOF
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s \
  -c file:/opt/aws/amazon-cloudwatch-agent/etc/outgrow.json

# A deployment puts compose.yaml into /opt/pocketable; the unit starts it now and after each boot.
install -d -m 0750 /opt/pocketable
cat >/etc/systemd/system/pocketable.service <<'EOF'
[Unit]
Description=pocketable
Requires=docker.service
After=docker.service network-online.target
ConditionPathExists=/opt/pocketable/compose.yaml

[Service]
Type=oneshot
RemainAfterExit=yes
WorkingDirectory=/opt/pocketable
ExecStart=/usr/bin/docker compose up --detach --wait
ExecStop=/usr/bin/docker compose stop

[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
systemctl enable --now pocketable.service
