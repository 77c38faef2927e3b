"""Machines of EC2: one that lives on, or a group that grows behind a load balancer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from outgrow.render.aws.network import ways_out
from outgrow.render.aws.policies import Statement, allow
from outgrow.render.aws.region import PRIVATE, PUBLIC, AwsRegion
from outgrow.render.aws.roles import allowed, attached, log_group, role, streams_of
from outgrow.render.aws.tasks import link_statements
from outgrow.render.aws.traffic import balancer_of, is_edge, is_single
from outgrow.render.aws.user_data import started_here, user_data
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    FileText,
    Joined,
    Lifecycle,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
)

SECTION = "machines"
_ASSUMED_DISK_GB = 30
_UBUNTU = "/aws/service/canonical/ubuntu/server/24.04/stable/current/{0}/hvm/ebs-gp3/ami-id"
_ARM = re.compile(r"[a-z]+\d+[a-z]*g[a-z]*\..+")
_CPU_PERCENT = 60
_START_SECONDS = 300


def machines(region: AwsRegion) -> tuple[Part, ...]:
    """Return the parts that are machines, those of a Kubernetes cluster left out."""
    return tuple(part for part in region.on("aws/ec2") if not region.is_node(part))


def machine_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield each machine with what it may do and how it starts."""
    for processor in dict.fromkeys(
        architecture(part) for part in machines(region) if is_single(region, part)
    ):
        yield _newest_image(processor)
    for part in machines(region):
        yield from _identity(region, part)
        yield from _images(region, part)
        yield _template(region, part)
        if is_single(region, part):
            yield from _instance(region, part)
        else:
            yield _group(region, part)
            yield from _growth(region, part)


def machine_files(region: AwsRegion) -> Mapping[str, str]:
    """Return the script with which each machine starts."""
    return {_script(part): user_data(region, part) for part in machines(region)}


def machine_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Yield where a machine is reached that users come to directly."""
    for part in machines(region):
        if is_edge(region, part) and is_single(region, part):
            name = region.name(part)
            value = Ref("aws_eip", name, "public_ip")
            yield OutputBlock(f"{name}_address", value, f"Where {part.name} answers")


def architecture(part: Part) -> str:
    """Return the processor of a machine: Graviton has a g in its family."""
    return "arm64" if _ARM.fullmatch(instance_type(part)) else "amd64"


def instance_type(part: Part) -> str:
    """Return the size as EC2 calls it: `t3.medium`."""
    return part.resource.offering_id.rsplit("/", 1)[-1]


def _newest_image(processor: str) -> ResourceBlock:
    return ResourceBlock(
        "aws_ssm_parameter",
        f"ubuntu_{processor}",
        {"name": _UBUNTU.format(processor)},
        SECTION,
        comment="Ubuntu 24.04 as Canonical last published it.",
        kind="data",
    )


def _script(part: Part) -> str:
    return f"user-data/{part.name}.sh"


def _identity(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    name = f"{region.name(part)}_instance"
    yield role(region, name, "ec2.amazonaws.com", SECTION, part)
    yield attached(name, "ssm", "AmazonSSMManagedInstanceCore", SECTION)
    yield attached(name, "metrics", "CloudWatchAgentServerPolicy", SECTION)
    statements = _needs(region, part)
    if statements:
        yield allowed(name, SECTION, *statements)
    yield ResourceBlock(
        "aws_iam_instance_profile",
        region.name(part),
        {
            "name": region.global_name(f"{part.name}-instance"),
            "role": Ref("aws_iam_role", name, "name"),
        },
        SECTION,
    )


def _needs(region: AwsRegion, machine: Part) -> list[Statement]:
    """Return what the containers of a machine need: images, secrets, stores, logs."""
    found: list[Statement] = []
    for part in started_here(region, machine):
        found += link_statements(region, part)
        streams = ["logs:CreateLogStream", "logs:PutLogEvents"]
        found.append(allow(streams, streams_of(region.name(part))))
        found.append(
            allow("ssm:GetParameter", Ref("aws_ssm_parameter", _image(region, part), "arn"))
        )
        keys: list[Value] = [region.secret(part, key) for key in region.secret_keys(part)]
        if keys:
            found.append(allow("secretsmanager:GetSecretValue", keys))
        if part.image is None:
            found += _pulls(region, part)
    if found:
        found.append(allow("kms:Decrypt", region.key))
    return found


def _pulls(region: AwsRegion, part: Part) -> list[Statement]:
    repository = region.arn("ecr", "repository/", f"{region.prefix}/{part.name}")
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return [allow("ecr:GetAuthorizationToken", "*"), allow(pull, repository)]


def _image(region: AwsRegion, part: Part) -> str:
    return f"{region.name(part)}_image"


def _images(region: AwsRegion, machine: Part) -> Iterator[ResourceBlock]:
    """Yield where a machine reads what to run, and where it writes what it says."""
    for part in started_here(region, machine):
        path = f"/ec2/{region.prefix}/{part.name}"
        yield log_group(region, region.name(part), path, SECTION, part)
        yield ResourceBlock(
            "aws_ssm_parameter",
            _image(region, part),
            {
                "name": f"/{region.prefix}/{part.name}/image",
                "description": f"The image that machines run of {part.name}",
                "type": "String",
                "value": region.image(part),
                "tags": region.tags(f"{part.name}-image", part),
            },
            SECTION,
            waivers=(("CKV2_AWS_34", "the name of an image is no secret"),),
        )


def _template(region: AwsRegion, part: Part) -> ResourceBlock:
    name = region.name(part)
    image = f"resolve:ssm:{_UBUNTU.format(architecture(part))}"
    arguments: dict[str, Value | Block | list[Block]] = {
        "name": region.global_name(part.name),
        "image_id": Noted(image, "Ubuntu 24.04 as Canonical last published it, read at start."),
        "instance_type": instance_type(part),
        "update_default_version": True,
        "ebs_optimized": "true",
        "user_data": FileText(_script(part), as_base64=True),
        "vpc_security_group_ids": [region.security_group(part)],
        "tags": region.tags(part.name, part),
        "iam_instance_profile": Block({"arn": Ref("aws_iam_instance_profile", name, "arn")}),
        "block_device_mappings": Block(
            {"device_name": "/dev/sda1", "ebs": Block(_disk(region, part))}
        ),
        "metadata_options": _metadata(region, part),
        "monitoring": Block({"enabled": True}),
        "tag_specifications": Block(
            {"resource_type": "volume", "tags": {**region.tags(part.name, part)}}
        ),
    }
    return ResourceBlock(
        "aws_launch_template",
        name,
        arguments,
        SECTION,
        comment=f"{part.component}: {region.where(part)}. No SSH: `aws ssm start-session` opens a"
        " shell and leaves a record.",
    )


def _metadata(region: AwsRegion, machine: Part) -> Block:
    inside = any(link_statements(region, part) for part in started_here(region, machine))
    why = (
        "Two hops: what runs in containers here takes the machine's role to reach its stores."
        if inside
        else "Containers do not reach the machine's credentials."
    )
    options: dict[str, Value] = {"http_endpoint": "enabled", "http_tokens": "required"}
    return Block({**options, "http_put_response_hop_limit": 2 if inside else 1}, comment=why)


def disk_gb(part: Part) -> int:
    """Return the size of a machine's disk: as stated, or one that holds Docker's images."""
    stated = part.setting("disk_gb")
    return int(stated) if isinstance(stated, Decimal) else _ASSUMED_DISK_GB


def _disk(region: AwsRegion, part: Part) -> dict[str, Value]:
    size: Value = disk_gb(part)
    if part.setting("disk_gb") is None:
        size = Noted(disk_gb(part), "Assumed: the strategy states no disk.")
    return {
        "volume_type": "gp3",
        "volume_size": size,
        "encrypted": "true",
        # Auto Scaling may not use a key of our own: its machines take the account's for disks.
        "kms_key_id": region.key if is_single(region, part) else None,
        "delete_on_termination": "false" if is_single(region, part) else "true",
    }


def _root(region: AwsRegion, part: Part) -> dict[str, Value]:
    disk = _disk(region, part)
    return {**disk, "encrypted": True, "delete_on_termination": False}


def _instance(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    name = region.name(part)
    tier = PUBLIC if is_edge(region, part) else PRIVATE
    yield ResourceBlock(
        "aws_instance",
        name,
        {
            "ami": Noted(
                Ref("aws_ssm_parameter", f"ubuntu_{architecture(part)}", "insecure_value", True),
                "The provider cannot look up the disk of a template that names a parameter.",
            ),
            "subnet_id": region.subnets(tier)[0],
            "disable_api_termination": region.system.is_production,
            "ebs_optimized": True,
            "monitoring": True,
            "iam_instance_profile": Ref("aws_iam_instance_profile", name, "name"),
            "tags": region.tags(part.name, part),
            "volume_tags": region.tags(part.name, part),
            "launch_template": Block(
                {"id": Ref("aws_launch_template", name), "version": "$Default"}
            ),
            "metadata_options": _metadata(region, part),
            "maintenance_options": Block({"auto_recovery": "default"}),
            "root_block_device": Block(_root(region, part)),
        },
        SECTION,
        comment="One machine, and its disk stays: not in a group that would replace it whenever"
        " it is stopped.",
        lifecycle=Lifecycle(ignore_changes=("ami", "user_data", "user_data_base64")),
        depends_on=_ready(region, part),
    )
    if tier == PUBLIC:
        arguments: dict[str, Value] = {
            "domain": "vpc",
            "instance": Ref("aws_instance", name),
            "tags": region.tags(part.name, part),
        }
        why = "The address stays when the machine stops."
        yield ResourceBlock("aws_eip", name, arguments, SECTION, comment=why)


def _group(region: AwsRegion, part: Part) -> ResourceBlock:
    name, count = region.name(part), part.instances
    targets = _targets(region, part)
    preferences = Block(
        {
            "min_healthy_percentage": 100 if count.maximum > count.minimum else 50,
            "auto_rollback": True,
            "instance_warmup": _START_SECONDS,
        }
    )
    arguments: dict[str, Value | Block | list[Block]] = {
        "name": region.global_name(part.name),
        "min_size": count.minimum,
        "max_size": count.maximum,
        "vpc_zone_identifier": region.subnets(PUBLIC if is_edge(region, part) else PRIVATE),
        "target_group_arns": targets or None,
        "health_check_type": "ELB" if targets else "EC2",
        "health_check_grace_period": _START_SECONDS,
        "default_instance_warmup": _START_SECONDS,
        "enabled_metrics": ["GroupInServiceInstances", "GroupDesiredCapacity"],
        "launch_template": Block(
            {
                "id": Ref("aws_launch_template", name),
                "version": Ref("aws_launch_template", name, "latest_version"),
            }
        ),
        "instance_refresh": Block(
            {"strategy": "Rolling", "triggers": ["tag"], "preferences": preferences},
            comment="A new script or a new image: machines are replaced one after the other, and"
            " the old ones come back when the new ones do not get healthy.",
        ),
        "tag": [_tag(key, value) for key, value in _group_tags(region, part).items()],
    }
    if count.maximum > count.minimum:
        arguments["warm_pool"] = Block(
            {
                "pool_state": "Stopped",
                "min_size": 1,
                "max_group_prepared_capacity": count.maximum,
                "instance_reuse_policy": Block({"reuse_on_scale_in": True}),
            },
            comment="Stopped machines that have already started once: they join in seconds and"
            " only their disks are billed.",
        )
    return ResourceBlock(
        "aws_autoscaling_group",
        name,
        arguments,
        SECTION,
        comment=f"{count.minimum} to {count.maximum} machines: {region.where(part)}.",
        lifecycle=Lifecycle(ignore_changes=("desired_capacity",)),
        depends_on=_ready(region, part),
    )


def _ready(region: AwsRegion, part: Part) -> tuple[Ref, ...]:
    """Return what must be there before the script runs, once: a way to packages and to AWS."""
    name = region.name(part)
    tier = PUBLIC if is_edge(region, part) else PRIVATE
    needs = _needs(region, part)
    return (
        *ways_out(region, tier),
        *(
            Ref("aws_vpc_security_group_egress_rule", f"{name}_{port}")
            for port in ("https", "http")
        ),
        Ref("aws_iam_role_policy_attachment", f"{name}_instance_metrics"),
        *((Ref("aws_iam_role_policy", f"{name}_instance"),) if needs else ()),
    )


def _targets(region: AwsRegion, machine: Part) -> list[Value]:
    carried = (machine, *region.hosted_by(machine))
    return [
        Ref("aws_lb_target_group", region.name(part), "arn")
        for part in carried
        if balancer_of(region, part)
    ]


def _group_tags(region: AwsRegion, machine: Part) -> dict[str, Value]:
    tags = dict(region.tags(machine.name, machine))
    for part in started_here(region, machine):
        tags[f"image:{part.name}"] = region.image(part)
    return tags


def _tag(key: str, value: Value) -> Block:
    return Block({"key": key, "value": value, "propagate_at_launch": True})


def _growth(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    if part.instances.maximum <= part.instances.minimum:
        return
    measured = Block({"predefined_metric_type": "ASGAverageCPUUtilization"})
    yield ResourceBlock(
        "aws_autoscaling_policy",
        f"{region.name(part)}_cpu",
        {
            "name": f"{part.name}-cpu",
            "autoscaling_group_name": Ref("aws_autoscaling_group", region.name(part), "name"),
            "policy_type": "TargetTrackingScaling",
            "target_tracking_configuration": Block(
                {"target_value": _CPU_PERCENT, "predefined_metric_specification": measured}
            ),
        },
        SECTION,
    )


def instance_arn(region: AwsRegion, part: Part) -> Joined:
    """Return the ARN of the one machine that `part` is."""
    return region.arn("ec2", "instance/", Ref("aws_instance", region.name(part)))
