"""What whoever owns a tree on AWS must know and do, beyond the commands that apply it."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.master_password import keeps_own_password
from outgrow.render.aws.rds_facts import RDS
from outgrow.render.aws.region import DATABASE_SERVICES, AwsRegion, regions_of
from outgrow.render.aws.traffic import is_single
from outgrow.render.aws.user_data import started_here
from outgrow.render.aws.wording import named
from outgrow.render.system.model import System

Note = tuple[str, tuple[str, ...]]


def notes(system: System) -> tuple[Note, ...]:
    """Return what is to be done by hand after the first time, later, and in an emergency."""
    regions = regions_of(system)
    home = regions[0]
    found: list[Note] = [("After the first time", (_list(_afterwards(home)),))]
    later = list(_later(home))
    if later:
        found.append(("Later on", (_list(later),)))
    if len(regions) > 1:
        found.append(("When a region is lost", (_list(_lost(home, regions[1:])),)))
    return tuple(found)


def _list(items: Iterator[str] | list[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _afterwards(region: AwsRegion) -> Iterator[str]:
    yield "Confirm the e-mail of SNS; until then alarms reach nobody there."
    yield (
        "Activate `Environment` as a cost allocation tag in the billing console: the budget and"
        " the watch for unusual costs follow it, a day later."
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
            f"In {', '.join(others)} applications get the address of the read replica of"
            f" `{part.name}` there, which refuses writes until it is promoted. Writes go to"
            f" {region.region}; the way there (peering between the networks, or an API at home)"
            " is a decision that these files leave to you."
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
                f" copy of `{part.name}` writable. Point the writers there. It does not go back"
                " by itself, and what was written in the last seconds may be gone."
            )
    yield (
        "By hand: what exists once stands in the home region and cannot be changed until it is"
        " back: image repositories, budgets, this state."
    )
