"""Addresses of stores, as applications read them from one variable: host, user and password.

What is built here is known here, so nobody has to put `DATABASE_URL` together by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from outgrow.render.aws.master_password import password_name
from outgrow.render.aws.rds_facts import MASTER_USER, RDS, database_name
from outgrow.render.aws.region import HELD, AwsRegion
from outgrow.render.aws.traffic import uses_proxy, written_from
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Joined, Ref, Value, Var


def composed_keys(region: AwsRegion, part: Part) -> tuple[str, ...]:
    """Return the variables of `part` whose values are put together here."""
    return tuple(key for key in region.secret_keys(part) if address_for(region, part, key))


def address_for(region: AwsRegion, part: Part, key: str) -> Joined | None:
    """Return the value of a variable that holds the address of a store that is built here.

    None is for a secret that the strategy keeps elsewhere, and for a store elsewhere. In another
    region than home a database on RDS is written to at home, and its replicas are the one there.
    """
    if part.secrets.get(key, "").startswith(HELD):
        return None
    named = next((one for one in part.connections if one.key == key), None)
    store = region.part(named.store) if named else None
    if named is None or store is None or store.service not in _SPELLED:
        return None
    if not region.is_home and store.service not in (RDS, "aws/elasticache"):
        return None  # it stands in the home region only, which is not reached from here
    return _SPELLED[store.service](region, store, named.replica)


def _postgresql(region: AwsRegion, store: Part, replica: int | None) -> Joined:
    if store.service == RDS:
        host = _rds_host(region, store, replica)
    else:
        end = "endpoint" if replica is None else "reader_endpoint"
        host = Ref("aws_rds_cluster", region.name(store), end)
    rest = f":{store.listens or 5432}/{database_name(store)}?sslmode=require"
    return _with_user("postgresql", region, store, host, rest)


def _rds_host(region: AwsRegion, store: Part, replica: int | None) -> Value:
    """Return where a database on RDS, or one of its replicas, is reached from `region`."""
    name = region.name(store)
    if replica is None and is_written_at_home(region, store):
        if uses_proxy(region, store):
            return region.from_home(Ref("aws_db_proxy", name, "endpoint"))
        return region.from_home(Ref("aws_db_instance", name, "address"))
    if replica is not None and region.is_home:
        return Ref("aws_db_instance", f"{name}_replica_{replica}", "address")
    return region.database(store, "address")  # the one replica of another region


def is_written_at_home(region: AwsRegion, store: Part) -> bool:
    """Return whether what `region` writes to `store` goes to the home region, and can."""
    return region.is_home or store in written_from(region)


def _documents(region: AwsRegion, store: Part, _replica: int | None) -> Joined:
    host = Ref("aws_docdb_cluster", region.name(store), "endpoint")
    options = "tls=true&replicaSet=rs0&readPreference=secondaryPreferred&retryWrites=false"
    end = f":{store.listens or 27017}/{database_name(store)}?authSource=admin&{options}"
    return _with_user("mongodb", region, store, host, end)


def _with_user(scheme: str, region: AwsRegion, store: Part, host: Value, end: str) -> Joined:
    password = Var(password_name(region, store))
    return Joined(f"{scheme}://{MASTER_USER}:", password, "@", host, end)


def _cache(region: AwsRegion, store: Part, _replica: int | None) -> Joined:
    name = region.name(store)
    host = Ref("aws_elasticache_replication_group", name, "primary_endpoint_address")
    token = Var(f"{name}_auth_token")
    return Joined("rediss://:", token, "@", host, f":{store.listens or 6379}/0")


_SPELLED: Mapping[str, Callable[[AwsRegion, Part, int | None], Joined]] = {
    RDS: _postgresql,
    "aws/aurora-serverless-v2": _postgresql,
    "aws/documentdb": _documents,
    "aws/elasticache": _cache,
}
