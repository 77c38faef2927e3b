"""What of the stores and channels of a strategy AWS does not express, whoever spells it."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.alerts.coverage import has_prometheus
from outgrow.render.aws.aurora import AURORA
from outgrow.render.aws.documentdb import DOCUMENTDB, NEWEST, stated_version
from outgrow.render.aws.elasticache import ELASTICACHE
from outgrow.render.aws.rds_facts import LONGEST_BACKUP_DAYS, RDS
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.sqs import SQS
from outgrow.render.target import Loss

CODE = "aws"  # one waiver is enough for Terraform and Pulumi
_ONE_REGION = {
    ELASTICACHE: "a cache of its own in every region: a global datastore takes other node types",
    AURORA: "no copy in another region: a global database is made by hand from the first",
    DOCUMENTDB: "no copy in another region: a global cluster is made by hand from the first",
    SQS: "a queue of its own in every region: SQS copies nothing between regions",
}


def store_losses(region: AwsRegion) -> Iterator[Loss]:
    """Yield what is left out of stores, backups and channels."""
    yield from _slack(region)
    yield from _backups(region)
    yield from _documents(region)
    if not region.is_only:
        yield from _regions(region)


def _slack(region: AwsRegion) -> Iterator[Loss]:
    if has_prometheus(region.system):
        return  # the same channels are Alertmanager's, which posts there
    for name, channel in region.system.strategy.channels.items():
        if channel.kind == "slack":
            yield Loss(
                f"{CODE}-slack-channel",
                ("channels", name),
                f"messages to the Slack channel {name}",
                "SNS cannot post to a Slack webhook",
                "Alertmanager does; or connect the topic with Amazon Q Developer in Slack.",
            )


def _backups(region: AwsRegion) -> Iterator[Loss]:
    days = region.system.strategy.retention.backups_days
    if days is not None and days > LONGEST_BACKUP_DAYS and region.on(RDS, AURORA, DOCUMENTDB):
        yield Loss(
            f"{CODE}-backups",
            ("retention", "backups_days"),
            f"backups of {days} days",
            f"automated backups of databases end after {LONGEST_BACKUP_DAYS} days",
            "Add a plan of AWS Backup, which keeps snapshots as long as you like.",
        )


def _documents(region: AwsRegion) -> Iterator[Loss]:
    newest = tuple(map(int, NEWEST.split(".")))
    for part in region.on(DOCUMENTDB):
        stated = stated_version(part)
        if stated is not None and stated > newest:
            yield Loss(
                f"{CODE}-documentdb-version",
                (*part.path, "stack"),
                f"MongoDB {stated[0]}.{stated[1]} of {part.component}",
                f"DocumentDB speaks MongoDB {NEWEST} at the most",
                "Test the application's queries against it, or rent MongoDB Atlas.",
            )


def _regions(region: AwsRegion) -> Iterator[Loss]:
    for part in region.on(*_ONE_REGION):
        yield Loss(
            f"{CODE}-{part.kind.value}-regions",
            part.resource.path,
            f"the data of {part.component} in the other regions",
            _ONE_REGION[part.service],
            "Keep there only what can be made again, or write to the home region.",
        )
