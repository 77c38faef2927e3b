"""One region of a system on AWS: its parts, the names of what is built, the shared references.

Every module beside this one is a function from an `AwsRegion` to blocks. Names are agreed on
here, so that one concern can refer to what another one builds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from outgrow.render.aws.naming import LONGEST_BUCKET, fitted
from outgrow.render.kit.text import VARIABLE, in_region
from outgrow.render.system.model import Part, Role, System
from outgrow.render.writers.expressions import Joined, ModuleOutput, Ref, Value, Var
from outgrow.strategy.components import ComponentKind

# How the strategy refers to a secret that Secrets Manager holds already.
HELD = "aws-secrets-manager:"
PUBLIC, PRIVATE, DATA = "public", "private", "data"
# What stands in a subnet and so has a security group.
COMPUTE_SERVICES = ("aws/fargate", "aws/ec2")
DATABASE_SERVICES = ("aws/rds-postgresql", "aws/aurora-serverless-v2", "aws/documentdb")
STORE_SERVICES = (*DATABASE_SERVICES, "aws/elasticache")
BALANCER_SERVICES = ("aws/alb", "aws/nlb")
NETWORKED_SERVICES = (*BALANCER_SERVICES, *COMPUTE_SERVICES, *STORE_SERVICES, "aws/eks")
# Rented once for the whole system, whatever the number of regions.
GLOBAL_SERVICES = ("aws/cloudfront", "aws/route53", "aws/iam", "aws/budgets")
# Leaves room for what a name says after it.
_LONGEST_PREFIX = 28
# Letters of zones that every account has; elsewhere a, b and c.
_ZONES = {
    "ap-northeast-1": ("a", "c", "d"),
    "ca-central-1": ("a", "b", "d"),
    "us-west-1": ("a", "c"),
}


@dataclass(frozen=True, slots=True)
class AwsRegion:
    """A region with what stands there.

    `is_home` is the region in which databases are written to, and where things are built
    that exist once: CloudFront, budgets, the registry. `zones` are letters: subnets are
    called `private_a`, and stand in `us-east-1a`.
    """

    system: System
    region: str
    is_home: bool = True
    zones: tuple[str, ...] = ("a", "b")

    @property
    def module(self) -> str:
        """Return the name of this region's module where there are several regions."""
        return self.region.replace("-", "_")

    @property
    def is_only(self) -> bool:
        """Return whether the whole system stands in this region."""
        return len(self.system.regions) == 1

    @property
    def prefix(self) -> str:
        """Return what every name within the region begins with: `nexod-production`."""
        return fitted(f"{self.system.name}-{self.system.environment}", _LONGEST_PREFIX)

    def global_name(self, suffix: str) -> str:
        """Return a name that no other region takes: of IAM roles, policies and the like."""
        name = f"{self.prefix}-{suffix}"
        return fitted(name if self.is_only else f"{name}-{self.region}")

    def short_name(self, suffix: str, longest: int = 32) -> str:
        """Return a name of at most `longest` characters, as load balancers want it."""
        return fitted(f"{self.prefix}-{suffix}", longest)

    def bucket_name(self, suffix: str) -> Joined:
        """Return the name of a bucket, which nobody else in the world has."""
        rest = len("-123456789012-") + len(self.region)
        start = fitted(f"{self.prefix}-{suffix}", LONGEST_BUCKET - rest)
        return Joined(f"{start}-", ACCOUNT, f"-{self.region}")

    def name(self, part: Part) -> str:
        """Return the name of a part's blocks: `api_worker`."""
        return part.name.replace("-", "_")

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the parts that stand in this region, sized as they are here."""
        return tuple(found for part in self.system.parts if (found := self._here(part)))

    def _here(self, part: Part) -> Part | None:
        resources = self.system.topology.of(part.component)
        here = next((r for r in resources if r.region == self.region), None)
        if here is not None:
            return replace(part, resource=here, instances=here.instances)
        return part if self.is_home else None

    def part(self, name: str) -> Part | None:
        """Return the part called `name` that stands in this region, or None."""
        return next((p for p in self.parts if name in (p.name, p.component)), None)

    def on(self, *services: str) -> tuple[Part, ...]:
        """Return the parts that are rented as one of `services`: `aws/fargate`."""
        return tuple(part for part in self.parts if part.service in services)

    def hosted_by(self, machine: Part) -> tuple[Part, ...]:
        """Return the parts that run on `machine`."""
        return tuple(part for part in self.parts if part.runs_on == machine.name)

    @property
    def cluster(self) -> Part | None:
        """Return the Kubernetes cluster of this region, or None."""
        return next(iter(self.on("aws/eks")), None)

    def is_node(self, part: Part) -> bool:
        """Return whether `part` is a machine of the Kubernetes cluster."""
        return (
            self.cluster is not None
            and part.service == "aws/ec2"
            and part.kind is ComponentKind.MACHINE
        )

    @property
    def networked(self) -> tuple[Part, ...]:
        """Return the parts with an interface in the VPC: each has a security group."""
        return self.on(*NETWORKED_SERVICES)

    @property
    def has_network(self) -> bool:
        """Return whether anything of this region stands in a VPC."""
        return bool(self.networked)

    def subnets(self, tier: str) -> list[Value]:
        """Return the subnets of a tier (`public`, `private`, `data`), one a zone."""
        return [Ref("aws_subnet", f"{tier}_{zone}") for zone in self.zones]

    def security_group(self, part: Part) -> Ref:
        """Return the security group of `part`."""
        return Ref("aws_security_group", self.name(part))

    def database(self, part: Part, attribute: str = "identifier") -> Ref:
        """Return `attribute` of a database of RDS here: elsewhere it is a replica of home's."""
        suffix = "" if self.is_home else "_replica_1"
        return Ref("aws_db_instance", f"{self.name(part)}{suffix}", attribute)

    def tags(self, name: str, part: Part | None = None) -> Mapping[str, Value]:
        """Return the tags of one thing; those of everything are the provider's."""
        tags: dict[str, Value] = {"Name": f"{self.prefix}-{name}"}
        return tags | ({"Component": part.component} if part else {})

    def image(self, part: Part) -> Value:
        """Return the image that `part` runs: its own, or a variable that a deploy gives."""
        return part.image if part.image else Var(f"image_{self.name(part)}")

    def environment(self, part: Part) -> Mapping[str, str]:
        """Return the plain variables of `part` as they are in this region."""
        if self.is_home or not part.spec.kit or VARIABLE not in part.environment:
            return part.environment
        own = in_region(part.environment[VARIABLE], self.region)
        return {**part.environment, VARIABLE: own}

    def secret_keys(self, part: Part) -> tuple[str, ...]:
        """Return the variables of `part` that come from Secrets Manager.

        They are those that the strategy calls secrets, and the addresses of stores: there
        the password of the store is part of the value.
        """
        return tuple(dict.fromkeys((*part.secrets, *(c.key for c in part.connections))))

    def secret(self, part: Part, key: str) -> Ref:
        """Return the ARN of the secret that holds the variable `key` of `part`."""
        exists = part.secrets.get(key, "").startswith(HELD)
        return Ref("aws_secretsmanager_secret", secret_name(part, key), "arn", data=exists)

    @property
    def key(self) -> Ref:
        """Return the ARN of the region's key, with which everything at rest is encrypted."""
        return Ref("aws_kms_key", "main", "arn")

    def where(self, part: Part) -> str:
        """Return the place that says what `part` runs on: `outgrow.yaml:41`."""
        return self.system.where(*part.resource.path)

    def from_home(self, ref: Ref) -> Ref | Var:
        """Return what `ref` is in the home region: there itself, elsewhere a variable.

        The graph declares the variable `home_...` and hands the home region's output over.
        """
        return ref if self.is_home else Var(f"home_{output_of(ref)}")

    def from_root(self, ref: Ref) -> Ref | ModuleOutput:
        """Return what `ref` is for the root module: itself, or an output of this region.

        The graph declares the output.
        """
        return ref if self.is_only else ModuleOutput(self.module, output_of(ref))

    def arn(self, service: str, *rest: Value) -> Joined:
        """Return the ARN of something of this account in this region."""
        return Joined(f"arn:aws:{service}:{self.region}:", ACCOUNT, ":", *rest)


ACCOUNT = Ref("aws_caller_identity", "current", "account_id", data=True)


def output_of(ref: Ref) -> str:
    """Return the name of the output that shows `ref` to other modules: `lb_main_arn`."""
    steps = (ref.attribute,) if isinstance(ref.attribute, str) else ref.attribute
    return "_".join((ref.type.removeprefix("aws_"), ref.name, *map(str, steps)))


def secret_name(part: Part, key: str) -> str:
    """Return the name of the block of a secret: `api_database_url`."""
    return f"{part.name}_{key}".replace("-", "_").lower()


def regions_of(system: System) -> tuple[AwsRegion, ...]:
    """Return every region of `system`, the home region first."""
    return tuple(
        AwsRegion(system, region, region == system.region, zones_of(system, region))
        for region in dict.fromkeys((system.region, *system.regions))
        if _is_aws(region)
    )


def zones_of(system: System, region: str) -> tuple[str, ...]:
    """Return two zones, or three where something runs at least three times."""
    letters = _ZONES.get(region, ("a", "b", "c"))
    spread = max(
        (part.instances.minimum for part in system.parts if part.service in NETWORKED_SERVICES),
        default=1,
    )
    return letters[: 3 if spread >= 3 else 2]


def _is_aws(region: str) -> bool:
    return region.count("-") >= 2


def aws_applications(region: AwsRegion) -> tuple[Part, ...]:
    """Return the applications that run in containers or on machines of AWS."""
    machines = {part.name for part in region.on("aws/ec2")}
    return tuple(
        part
        for part in region.parts
        if part.role is Role.APPLICATION
        and (part.service in COMPUTE_SERVICES or part.runs_on in machines)
    )
