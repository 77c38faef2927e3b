"""The CloudWatch agent's configuration: what EC2 itself does not publish.

AWS/EC2 has no metric of memory or of disk use, because a hypervisor cannot see them. The
agent on the machine publishes them under `CWAgent`, with the dimensions that the alarms ask
for.
"""

from __future__ import annotations

from outgrow.render.writers.json_text import Json, json_text

_EVERY_SECONDS = 60


def agent_json() -> str:
    """Return amazon-cloudwatch-agent.json for a machine, alone or in a group."""
    document: Json = {
        "agent": {"metrics_collection_interval": _EVERY_SECONDS, "run_as_user": "cwagent"},
        "metrics": {
            "namespace": "CWAgent",
            "append_dimensions": {
                "AutoScalingGroupName": "${aws:AutoScalingGroupName}",
                "InstanceId": "${aws:InstanceId}",
            },
            # Without these sums an alarm would need to name one instance and one device.
            "aggregation_dimensions": [["InstanceId"], ["AutoScalingGroupName"]],
            "metrics_collected": {
                "mem": {"measurement": ["mem_used_percent"]},
                "disk": {
                    "measurement": ["used_percent"],
                    "resources": ["/"],
                    "drop_device": True,
                },
                "swap": {"measurement": ["swap_used_percent"]},
            },
        },
    }
    return json_text(document)
