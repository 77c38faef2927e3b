"""What a PostgreSQL database on RDS is to be, as the strategy says it."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

from outgrow.analysis.connections import connections_of_rds
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.wording import named
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Arguments

RDS = "aws/rds-postgresql"
MASTER_USER = "outgrow_admin"
VERSION = re.compile(r"(\d+)(?:\.\d+)*")
# RDS takes no less for gp3 and keeps automated backups no longer.
SMALLEST_STORAGE_GB = 20
LONGEST_BACKUP_DAYS = 35
# Two doublings of the storage to begin with, where the strategy states no `max_storage_gb`.
_GROWTH = 4


def replicas_of(part: Part) -> int:
    """Return how many read replicas the phase asks for in the home region."""
    found = part.setting("replicas")
    return int(found) if isinstance(found, Decimal) else 0


def major_version(part: Part) -> str:
    """Return the major version of PostgreSQL: as in the strategy, or the default one."""
    found = VERSION.search((part.image or "").rsplit(":", 1)[-1])
    return found.group(1) if found else "16"


def instance_class(part: Part) -> str:
    """Return the size of the offering: `db.r6g.large` of `aws/rds-postgresql/db.r6g.large`."""
    return part.resource.offering_id.rsplit("/", 1)[-1]


def storage_gb(part: Part) -> tuple[int, bool]:
    """Return the storage to begin with in GB, and whether the strategy says it."""
    found = part.setting("storage_gb")
    stated = Decimal(found) if isinstance(found, Decimal) else part.spec.needs.storage_gib
    if stated is None:
        return SMALLEST_STORAGE_GB, False
    return max(SMALLEST_STORAGE_GB, whole(stated)), True


def storage_limit_gb(part: Part) -> tuple[int, bool]:
    """Return the GB up to which storage grows by itself, and whether the strategy says it."""
    most = part.setting("max_storage_gb")
    size = storage_gb(part)[0]
    if isinstance(most, Decimal):
        return max(size, whole(most)), True
    return size * _GROWTH, False


def storage_grows(part: Part) -> bool:
    """Return whether RDS adds storage by itself; a limit of the first size turns that off."""
    return storage_limit_gb(part)[0] > storage_gb(part)[0]


def backup_days(region: AwsRegion) -> tuple[int, bool]:
    """Return for how many days backups are kept, and whether the strategy says it."""
    stated = region.system.strategy.retention.backups_days
    if stated is None:
        return (7 if region.system.is_production else 1), False
    return max(1, min(stated, LONGEST_BACKUP_DAYS)), True


def needed_connections(region: AwsRegion, part: Part) -> int | None:
    """Return how many connections the strategy wants the database to take, if it says."""
    stated = [part.spec.needs.connections] if part.spec.needs.connections else []
    stated += [
        other.spec.needs.pool.maximum
        for other in region.system.parts
        if other.spec.needs.pool is not None and other.spec.needs.pool.to == part.component
    ]
    return max((count for count in stated if count), default=None)


def own_connections(part: Part) -> int | None:
    """Return the max_connections that RDS gives an instance of this size by itself."""
    offering = part.resource.offering
    if offering is None or offering.memory_gib is None:
        return None
    return connections_of_rds(offering.memory_gib)


def whole(value: Decimal) -> int:
    """Return `value` rounded up."""
    return int(value.to_integral_value(ROUND_CEILING))


def database_name(part: Part) -> str:
    """Return a name that PostgreSQL takes without quotes."""
    name = re.sub(r"[^a-z0-9]+", "_", part.name.lower()).strip("_")
    return name if name not in ("db", "database", "postgres") else "app"


def final_snapshot(region: AwsRegion, part: Part) -> Arguments:
    """Return that production leaves a snapshot when it is destroyed, and nothing else does."""
    if not region.system.is_production:
        return {"skip_final_snapshot": True}
    name = named(region, part.name, "final")
    return {"skip_final_snapshot": False, "final_snapshot_identifier": name}


def storage_type(part: Part) -> str:
    """Return the kind of disk: as the phase sets it, or gp3."""
    kind = part.setting("storage_type")
    return kind if isinstance(kind, str) else "gp3"
