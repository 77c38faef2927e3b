"""What the comments of a block say: why it is there, and which line of the strategy wants it."""

from __future__ import annotations

from outgrow.render.aws.naming import fitted
from outgrow.render.aws.region import AwsRegion
from outgrow.render.system.model import Part


def cite(region: AwsRegion, what: str, *path: str | int) -> str:
    """Return `Two read replicas (outgrow.yaml:41).` for what the strategy says at `path`."""
    return f"{what[:1].upper()}{what[1:]} ({region.system.where(*path)})."


def about(region: AwsRegion, part: Part) -> str:
    """Return what a part is for, in the strategy's words, and where it is chosen."""
    place = region.where(part)
    described = " ".join(part.spec.description.split())
    if not described:
        return f"{part.component}: {part.resource.offering_id} ({place})."
    return f"{part.component}: {described} ({place})"


def named(region: AwsRegion, *words: str) -> str:
    """Return the name that AWS shows for a thing: `nexod-production-db`."""
    return fitted("-".join((region.prefix, *words)))


def is_used(region: AwsRegion) -> bool:
    """Return whether anything of AWS is rented in this region."""
    return any(part.provider == "aws" for part in region.parts)
