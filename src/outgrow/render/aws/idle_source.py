"""The source of the functions that stop and start a machine: what runs on Lambda, word for word."""

IDLE_SOURCE = '''"""Stop a machine that nobody uses; start it again on request.

Both functions know one machine, by INSTANCE_ID. `stop` runs on a schedule and compares one metric
of the last WINDOW_SECONDS with BELOW. DRY_RUN only says what would happen.
"""

import os
from datetime import datetime, timedelta, timezone

import boto3


def stop(event, context):
    ec2 = boto3.client("ec2")
    instance = os.environ["INSTANCE_ID"]
    window = timedelta(seconds=int(os.environ["WINDOW_SECONDS"]))
    now = datetime.now(timezone.utc)
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    if found["State"]["Name"] != "running":
        return _said(instance, found["State"]["Name"])
    if found["LaunchTime"] > now - window:
        return _said(instance, "started less than a window ago")
    value = measured(boto3.client("cloudwatch"), instance, now, window)
    if not is_idle(value, float(os.environ["BELOW"]), os.environ["NO_DATA_IS_IDLE"] == "true"):
        return _said(instance, f"in use: {value}")
    if os.environ["DRY_RUN"] == "true":
        return _said(instance, f"idle: {value}; would be stopped")
    ec2.stop_instances(InstanceIds=[instance])
    return _said(instance, f"idle: {value}; stopped")


def start(event, context):
    instance = os.environ["INSTANCE_ID"]
    boto3.client("ec2").start_instances(InstanceIds=[instance])
    return _said(instance, "started")


def is_idle(value, below, no_data_is_idle):
    """Return whether a machine is idle; a value of None means that there is no data."""
    return no_data_is_idle if value is None else value < below


def measured(cloudwatch, instance, now, window):
    """Return the metric over the whole window, or None without data."""
    statistic = os.environ["STATISTIC"]
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/EC2",
        MetricName=os.environ["METRIC"],
        Dimensions=[{"Name": "InstanceId", "Value": instance}],
        StartTime=now - window,
        EndTime=now,
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    values = [point[statistic] for point in points]
    if not values:
        return None
    if statistic == "Sum":
        return sum(values)
    return max(values) if statistic == "Maximum" else sum(values) / len(values)


def _said(instance, what):
    print(f"{instance}: {what}")
    return {"instance": instance, "result": what}
'''
