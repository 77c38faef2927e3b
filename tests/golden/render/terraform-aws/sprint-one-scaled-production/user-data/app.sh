#!/bin/bash
# Runs once, when a machine of sprint-one-production is made. What it prints is in /var/log/cloud-init-output.log.
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

# app: the image and its secrets are read each time that the unit starts.
install -d -m 0750 /opt/app
cat >/opt/app/run <<'EOF'
#!/bin/bash
set -euo pipefail
export AWS_DEFAULT_REGION=us-east-1
aws=/snap/bin/aws

secret() {
  local value
  value=$($aws secretsmanager get-secret-value --secret-id "$2" \
    --query SecretString --output text)
  printf '%s=%s\n' "$1" "$value"
}

umask 077
file=$(mktemp /run/app.XXXXXX)
trap 'rm -f "$file"' EXIT
image=$($aws ssm get-parameter --name /sprint-one-production/app/image \
  --query Parameter.Value --output text)
docker rm --force app >/dev/null 2>&1 || true
docker run --detach --name app --env-file "$file" --user 10001:10001 \
  --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --init \
  --stop-timeout 30 --restart unless-stopped \
  --publish 8000:8000 \
  --log-driver awslogs --log-opt awslogs-group=/ec2/sprint-one-production/app --log-opt awslogs-region=us-east-1 \
  "$image"
EOF
chmod 0750 /opt/app/run
cat >/etc/systemd/system/app.service <<'EOF'
[Unit]
Description=app
Requires=docker.service
After=docker.service network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/opt/app/run
ExecStop=/usr/bin/docker stop app
# A secret that is not filled yet, an image that is not pushed yet: it tries again.
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
systemctl enable app.service
systemctl start --no-block app.service
