"""A Kubernetes cluster: its control plane, its machines, and what its pods may do on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from outgrow.render.aws.machines import architecture, disk_gb, instance_type
from outgrow.render.aws.network import ways_out
from outgrow.render.aws.policies import policy
from outgrow.render.aws.region import PRIVATE, AwsRegion
from outgrow.render.aws.roles import allowed, attached, log_group, role
from outgrow.render.aws.tasks import link_statements
from outgrow.render.kubernetes.placement import namespace_of
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Arguments,
    Block,
    JsonText,
    Lifecycle,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
    Var,
    VariableBlock,
)

SECTION = "kubernetes"
# In standard support until March 2027.
KUBERNETES_VERSION = "1.35"
ADMIN, CIDRS = "cluster_admin_arn", "cluster_access_cidrs"
_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_ADDONS = ("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent")
_INSIGHTS = "amazon-cloudwatch-observability"
_NODE_POLICIES = {
    "worker": "AmazonEKSWorkerNodePolicy",
    "network": "AmazonEKS_CNI_Policy",
    "images": "AmazonEC2ContainerRegistryPullOnly",
    "shell": "AmazonSSMManagedInstanceCore",
}
_AMI = {"amd64": "AL2023_x86_64_STANDARD", "arm64": "AL2023_ARM_64_STANDARD"}


def cluster_of_kubernetes(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the cluster of the region with its nodes and identities; nothing without one."""
    cluster = region.cluster
    if cluster is None:
        return
    yield from _control_plane(region, cluster)
    yield from _administrator(region, cluster)
    nodes = [part for part in region.on("aws/ec2") if region.is_node(part)]
    for part in nodes:
        yield from _nodes(region, cluster, part)
    for addon in _ADDONS:
        yield _addon(region, cluster, addon, nodes)
    if nodes:
        yield from _insights(region, cluster, nodes)
    for part in nodes:
        for pod in region.hosted_by(part):
            yield from _pod(region, cluster, pod)


def kubernetes_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Yield who may administer the cluster, and from where."""
    if region.cluster is None:
        return
    who = "The role or user that administers the Kubernetes cluster, by its ARN"
    yield VariableBlock(ADMIN, "string", who)
    where = "The networks from which the Kubernetes API is reached: the office, the VPN"
    yield VariableBlock(
        CIDRS,
        "list(string)",
        where,
        condition=f'length(var.{CIDRS}) > 0 && !contains(var.{CIDRS}, "0.0.0.0/0")',
        error_message="Name networks; the whole internet is not one of them.",
    )


def kubernetes_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Yield what `aws eks update-kubeconfig` wants to know."""
    if region.cluster is not None:
        name = Ref("aws_eks_cluster", region.name(region.cluster), "name")
        yield OutputBlock("kubernetes_cluster", name, "For `aws eks update-kubeconfig --name`")


def _control_plane(region: AwsRegion, cluster: Part) -> Iterator[ResourceBlock]:
    name = region.name(cluster)
    service_role = f"{name}_cluster"
    yield role(region, service_role, "eks.amazonaws.com", SECTION, cluster)
    yield attached(service_role, "eks", "AmazonEKSClusterPolicy", SECTION)
    yield log_group(region, name, f"/aws/eks/{region.prefix}/cluster", SECTION, cluster)
    key = Block({"key_arn": region.key})
    reached = ("CKV_AWS_39", "pipelines reach the API, from the networks of the variable only")
    yield ResourceBlock(
        "aws_eks_cluster",
        name,
        {
            "name": region.prefix,
            "role_arn": Ref("aws_iam_role", service_role, "arn"),
            "version": KUBERNETES_VERSION,
            "enabled_cluster_log_types": list(_LOGS),
            "bootstrap_self_managed_addons": False,
            "tags": region.tags(cluster.name, cluster),
            "access_config": Block(
                {
                    "authentication_mode": "API",
                    "bootstrap_cluster_creator_admin_permissions": False,
                }
            ),
            "encryption_config": Block({"resources": ["secrets"], "provider": key}),
            "upgrade_policy": Block(
                {"support_type": "STANDARD"},
                comment="At the end of its support AWS moves the cluster to the next version;"
                " to stay would cost six times as much. Raise the version above before that.",
            ),
            "vpc_config": Block(
                {
                    "subnet_ids": region.subnets(PRIVATE),
                    "security_group_ids": [region.security_group(cluster)],
                    "endpoint_private_access": True,
                    "endpoint_public_access": True,
                    "public_access_cidrs": Var(CIDRS),
                }
            ),
        },
        SECTION,
        comment=f"{cluster.component}: {region.where(cluster)}.",
        depends_on=(
            Ref("aws_iam_role_policy_attachment", f"{service_role}_eks"),
            Ref("aws_cloudwatch_log_group", name),
        ),
        waivers=(reached, ("CKV_AWS_38", "the variable has no default and names networks")),
    )


def _administrator(region: AwsRegion, cluster: Part) -> Iterator[ResourceBlock]:
    name = region.name(cluster)
    who: dict[str, Value] = {
        "cluster_name": Ref("aws_eks_cluster", name, "name"),
        "principal_arn": Var(ADMIN),
    }
    yield ResourceBlock("aws_eks_access_entry", "administrator", who, SECTION)
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    yield ResourceBlock(
        "aws_eks_access_policy_association",
        "administrator",
        {**who, "policy_arn": policy, "access_scope": Block({"type": "cluster"})},
        SECTION,
        depends_on=(Ref("aws_eks_access_entry", "administrator"),),
    )


def _nodes(region: AwsRegion, cluster: Part, part: Part) -> Iterator[ResourceBlock]:
    name, count = region.name(part), part.instances
    yield role(region, f"{name}_node", "ec2.amazonaws.com", SECTION, part)
    for suffix, managed in _NODE_POLICIES.items():
        yield attached(f"{name}_node", suffix, managed, SECTION)
    yield _node_template(region, part)
    yield ResourceBlock(
        "aws_eks_node_group",
        name,
        {
            "cluster_name": Ref("aws_eks_cluster", region.name(cluster), "name"),
            "node_group_name": part.name,
            "node_role_arn": Ref("aws_iam_role", f"{name}_node", "arn"),
            "subnet_ids": region.subnets(PRIVATE),
            "ami_type": _AMI[architecture(part)],
            "instance_types": [instance_type(part)],
            "tags": region.tags(part.name, part),
            "scaling_config": Block(
                {
                    "min_size": count.minimum,
                    "desired_size": count.minimum,
                    "max_size": count.maximum,
                }
            ),
            "update_config": Block({"max_unavailable": 1}),
            "node_repair_config": Block({"enabled": True}),
            "launch_template": Block(
                {
                    "id": Ref("aws_launch_template", name),
                    "version": Ref("aws_launch_template", name, "latest_version"),
                }
            ),
        },
        SECTION,
        comment=f"{count.minimum} to {count.maximum} machines: {region.where(part)}.",
        lifecycle=Lifecycle(ignore_changes=("scaling_config[0].desired_size",)),
        depends_on=(
            *ways_out(region, PRIVATE),
            *(
                Ref("aws_iam_role_policy_attachment", f"{name}_node_{suffix}")
                for suffix in _NODE_POLICIES
            ),
        ),
    )


def _node_template(region: AwsRegion, part: Part) -> ResourceBlock:
    size: Value = disk_gb(part)
    if part.setting("disk_gb") is None:
        size = Noted(size, "Assumed: the strategy states no disk.")
    disk: dict[str, Value] = {
        "volume_type": "gp3",
        "volume_size": size,
        "encrypted": "true",
        "delete_on_termination": "true",
    }
    return ResourceBlock(
        "aws_launch_template",
        region.name(part),
        {
            "name": region.global_name(part.name),
            "update_default_version": True,
            "tags": region.tags(part.name, part),
            "block_device_mappings": Block({"device_name": "/dev/xvda", "ebs": Block(disk)}),
            "metadata_options": Block(
                {
                    "http_endpoint": "enabled",
                    "http_tokens": "required",
                    "http_put_response_hop_limit": 1,
                },
                comment="Pods do not reach the machine's credentials.",
            ),
            "tag_specifications": Block(
                {"resource_type": "instance", "tags": {**region.tags(part.name, part)}}
            ),
        },
        SECTION,
    )


def _addon(region: AwsRegion, cluster: Part, addon: str, nodes: list[Part]) -> ResourceBlock:
    waits = tuple(Ref("aws_eks_node_group", region.name(part)) for part in nodes)
    return ResourceBlock(
        "aws_eks_addon",
        addon.replace("-", "_"),
        {
            "cluster_name": Ref("aws_eks_cluster", region.name(cluster), "name"),
            "addon_name": addon,
            "resolve_conflicts_on_update": "PRESERVE",
        },
        SECTION,
        depends_on=waits if addon == "coredns" else (),
    )


def _insights(region: AwsRegion, cluster: Part, nodes: list[Part]) -> Iterator[ResourceBlock]:
    """Yield what publishes memory and disks of the machines, which the alarms watch."""
    name = "cluster_insights"
    block = role(region, name, "pods.eks.amazonaws.com", SECTION, cluster)
    yield replace(block, arguments={**block.arguments, "assume_role_policy": _pods()})
    yield attached(name, "metrics", "CloudWatchAgentServerPolicy", SECTION)
    addon = _addon(region, cluster, _INSIGHTS, nodes)
    arguments: Arguments = {
        **addon.arguments,
        "configuration_values": JsonText({"containerLogs": {"enabled": False}}),
        "pod_identity_association": Block(
            {
                "role_arn": Ref("aws_iam_role", name, "arn"),
                "service_account": "cloudwatch-agent",
            }
        ),
    }
    yield replace(
        addon,
        arguments=arguments,
        comment="EC2 publishes neither memory nor disks: the alarms of the machines need this."
        " Logs of containers are left out, because each line of them is paid.",
        depends_on=(
            *(Ref("aws_eks_node_group", region.name(part)) for part in nodes),
            Ref("aws_eks_addon", "eks_pod_identity_agent"),
            Ref("aws_iam_role_policy_attachment", f"{name}_metrics"),
        ),
    )


def _pod(region: AwsRegion, cluster: Part, part: Part) -> Iterator[ResourceBlock]:
    """Yield what the pods of `part` may do on AWS, through EKS Pod Identity."""
    statements = link_statements(region, part)
    if not statements:
        return
    name = f"{region.name(part)}_pod"
    block = role(region, name, "pods.eks.amazonaws.com", SECTION, part)
    arguments = {**block.arguments, "assume_role_policy": _pods()}
    yield ResourceBlock(block.type, block.name, arguments, SECTION)
    yield allowed(name, SECTION, *statements)
    yield ResourceBlock(
        "aws_eks_pod_identity_association",
        region.name(part),
        {
            "cluster_name": Ref("aws_eks_cluster", region.name(cluster), "name"),
            "namespace": namespace_of(region.system),
            "service_account": part.name,
            "role_arn": Ref("aws_iam_role", name, "arn"),
        },
        SECTION,
    )


def _pods() -> JsonText:
    return policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    )
