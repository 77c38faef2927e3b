"""What whoever owns a tree on AWS must know and do, beyond the commands that apply it."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.addresses import address_for
from outgrow.render.aws.master_password import keeps_own_password
from outgrow.render.aws.rds_facts import RDS
from outgrow.render.aws.region import DATABASE_SERVICES, AwsRegion, regions_of
from outgrow.render.aws.releases import is_shifted
from outgrow.render.aws.secrets import secret_holders, secret_id
from outgrow.render.aws.traffic import is_single, written_from
from outgrow.render.aws.user_data import started_here
from outgrow.render.aws.wording import named
from outgrow.render.system.model import Part, System

Note = tuple[str, tuple[str, ...]]


def notes(system: System) -> tuple[Note, ...]:
    """Return what is to be done by hand after the first time, later, and in an emergency."""
    regions = regions_of(system)
    home = regions[0]
    found: list[Note] = [("After the first time", (_list(_afterwards(home)),))]
    later = list(_later(home))
    if later:
        found.append(("Later on", (_list(later),)))
    moved = [
        text for other in regions[1:] for part in other.on(RDS) for text in _writers(other, part)
    ]
    if len(regions) > 1:
        found.append(("When a region is lost", (_list(_lost(home, regions[1:])), *moved)))
    return tuple(found)


def _list(items: Iterator[str] | list[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _afterwards(region: AwsRegion) -> Iterator[str]:
    yield "Confirm the e-mail of SNS; until then alarms reach nobody there."
    yield (
        "Activate `Environment` as a cost allocation tag in the billing console: the budget and"
        " the watch for unusual costs follow it, a day later."
    )
    shifted = [part.component for part in region.on("aws/fargate") if is_shifted(region, part)]
    if shifted:
        yield (
            f"Deploy {', '.join(f'`{name}`' for name in shifted)} with `outgrow deploy` once: it"
            " gives the service its second target group and ECS' own"
            f" {region.system.strategy.deploy.strategy}, which Terraform's provider cannot say."
            " Until then new versions roll."
        )
    for part in region.on("aws/ec2"):
        carried = region.hosted_by(part)
        if is_single(region, part) and carried and not started_here(region, part):
            yield (
                f"Put `compose.yaml` into `/opt/{region.system.name}` of `{part.name}` and start"
                f" `{region.system.name}.service`: `aws ssm start-session` opens a shell."
            )
    if region.cluster is not None:
        yield (
            f"`aws eks update-kubeconfig --region {region.region} --name {region.prefix}`, then"
            " install the AWS Load Balancer Controller: a `TargetGroupBinding` for each target"
            " group here is what puts pods behind the load balancer."
        )
        yield "Fill the secrets of the cluster: what runs there reads those, not Secrets Manager."
    others = region.system.regions[1:]
    for part in region.on(RDS) if others else ():
        yield (
            f"Applications in {', '.join(others)} write to `{part.name}` in {region.region}, over"
            " the peering of the networks: each statement takes the way there and back. Reads"
            " need not: with outgrow-kit and at least one replica in the strategy they go to the"
            " copy of their own region."
        )
    for part in region.on("aws/documentdb"):
        yield (
            f"DocumentDB's certificates are signed by Amazon's own authority: put"
            " `https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem` into the image"
            f" of what reads `{part.name}`, as `tlsCAFile`."
        )


def _later(region: AwsRegion) -> Iterator[str]:
    for part in region.on(*DATABASE_SERVICES):
        if keeps_own_password(region, part):
            continue
        yield (
            f"A new password of `{part.name}`: set the variable `{region.name(part)}_password`,"
            " raise every `_wo_version` that belongs to it (the database, its master secret, the"
            " addresses of the applications), apply, and start the applications again: a running"
            " task keeps the value it started with."
        )
    if any(not keeps_own_password(region, part) for part in region.on(*DATABASE_SERVICES)):
        yield (
            "The applications sign in as the master user. Once it runs, make a role with less"
            " rights and give them that one's address."
        )


def _writers(region: AwsRegion, store: Part) -> Iterator[str]:
    """Yield how what writes from `region` finds the copy there, once that is promoted."""
    secrets = [
        secret_id(region, part, one.key)
        for part in secret_holders(region)
        for one in part.connections
        if one.store == store.name and one.replica is None
        if address_for(region, part, one.key) is not None
    ]
    if not secrets or store not in written_from(region):
        return
    copy = named(region, f"{store.name}-{region.region}")
    yield (
        f"Once that copy is promoted, give it to what wrote to `{store.name}` from"
        f" {region.region}, and start those tasks again:"
    )
    yield _MOVE_WRITERS.format(region=region.region, copy=copy, secrets=" ".join(secrets))


_MOVE_WRITERS = """```sh
HOST=$(aws rds describe-db-instances --region {region} \\
  --db-instance-identifier {copy} \\
  --query 'DBInstances[0].Endpoint.Address' --output text)
for SECRET in {secrets}; do
  aws secretsmanager get-secret-value --region {region} --secret-id "$SECRET" \\
    --query SecretString --output text | sed "s/@[^:/]*/@$HOST/" |
    aws secretsmanager put-secret-value --region {region} --secret-id "$SECRET" \\
      --secret-string file:///dev/stdin
done
```"""


def _lost(home: AwsRegion, others: tuple[AwsRegion, ...]) -> Iterator[str]:
    names = ", ".join(one.region for one in others)
    yield (
        f"By itself: Route 53 sends users to {names} when the health check of {home.region}"
        " fails three times, after about two minutes."
    )
    for part in home.on(RDS):
        for other in others:
            copy = named(other, f"{part.name}-{other.region}")
            yield (
                f"By hand: `aws rds promote-read-replica --region {other.region}"
                f" --db-instance-identifier {copy}` makes the"
                f" copy of `{part.name}` writable. It does not go back by itself, and what was"
                " written in the last seconds may be gone."
            )
    yield (
        "By hand: what exists once stands in the home region and cannot be changed until it is"
        " back: image repositories, budgets, this state."
    )
