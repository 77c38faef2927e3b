"""What databases and caches need as containers: accounts, folders and tuned commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outgrow.render.compose.values import is_variable, literal, mebibytes, required, upper
from outgrow.render.system.model import Part, System
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.containers import Build

DATA_FOLDERS = {
    ComponentKind.POSTGRES: "/var/lib/postgresql/data",
    ComponentKind.MONGODB: "/data/db",
    ComponentKind.REDIS: "/data",
    ComponentKind.MYSQL: "/var/lib/mysql",
}
_QUEUES = frozenset({"celery", "rq"})


@dataclass(frozen=True, slots=True)
class Keys:
    """The variables of an official image that hold its account."""

    user: str
    password: str
    database: str
    switches: tuple[str, ...] = ()  # with one of these there is no password


_KEYS = {
    ComponentKind.POSTGRES: Keys(
        "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", ("POSTGRES_HOST_AUTH_METHOD",)
    ),
    ComponentKind.MONGODB: Keys(
        "MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD", "MONGO_INITDB_DATABASE"
    ),
    ComponentKind.MYSQL: Keys(
        "MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE", ("MYSQL_ALLOW_EMPTY_PASSWORD",)
    ),
}


@dataclass(frozen=True, slots=True)
class Account:
    """Who connects to a store, as text of a Compose file.

    `from_file` when the store reads the password from a Docker secret; then `.env` holds
    the same password for those who connect.
    """

    user: str
    password: str
    database: str
    from_file: bool


def is_official(part: Part) -> bool:
    """Return whether a store's image takes the variables of the official one."""
    return part.image is not None and "bitnami" not in part.image


def secret_name(part: Part) -> str:
    """Return the name of the Docker secret with the store's password."""
    return f"{upper(part.name).lower()}_password"


def password_variable(part: Part) -> str:
    """Return the variable of .env with the store's password."""
    return f"{upper(part.name)}_PASSWORD"


def account_of(system: System, part: Part) -> Account | None:
    """Return the account of a store: as the strategy says, or one of our own making."""
    keys = _KEYS.get(part.kind)
    if keys is None:
        return None
    name = system.name.replace("-", "_")
    own = {**part.environment, **part.secrets}
    written = _written(part, keys.password)
    without = written is None and (
        keys.password + "_FILE" in own
        or any(one in own for one in keys.switches)
        or bool(part.run.environment_files)
        or not is_official(part)
    )
    return Account(
        user=_written(part, keys.user) or name,
        password=written or required(password_variable(part)),
        database=_written(part, keys.database) or name,
        from_file=written is None and not without and not part.run.as_written,
    )


def _written(part: Part, key: str) -> str | None:
    """Return what the strategy gives for `key`, as a Compose file says it."""
    if key in part.secrets:
        source, _, rest = part.secrets[key].partition(":")
        return required(rest if source == "env" and is_variable(rest) else key)
    return literal(part.environment[key]) if key in part.environment else None


def account_environment(system: System, part: Part) -> Mapping[str, str]:
    """Return the variables that make a store's account; none that the strategy sets itself."""
    account, keys = account_of(system, part), _KEYS.get(part.kind)
    if account is None or keys is None or not account.from_file:
        return {}
    file = f"/run/secrets/{secret_name(part)}"
    found = {
        keys.user: account.user,
        keys.database: account.database,
        f"{keys.password}_FILE": file,
    }
    if part.kind is ComponentKind.MYSQL:
        found["MYSQL_ROOT_PASSWORD_FILE"] = file
    if part.kind is ComponentKind.MONGODB:
        del found[keys.database]  # the official image only uses it for scripts
    return found


def address_of(system: System, store: Part) -> str | None:
    """Return the URL at which an application reaches a store that runs beside it."""
    account = account_of(system, store)
    host = f"{store.name}:{store.listens}"
    if store.kind is ComponentKind.REDIS:
        return f"redis://{host}/0"
    if account is None:
        return None
    who = f"{account.user}:{account.password}@"
    if store.kind is ComponentKind.MONGODB:
        return f"mongodb://{who}{host}"  # with a database it would look for the user there
    scheme = "postgresql" if store.kind is ComponentKind.POSTGRES else "mysql"
    return f"{scheme}://{who}{host}/{account.database}"


def tuned_command(part: Part, callers: tuple[Part, ...]) -> tuple[list[str], str] | None:
    """Return the command that fits a store into its memory, and why; None to leave it alone."""
    if part.run.command or part.run.entrypoint or not is_official(part):
        return None
    memory = mebibytes(part.size.memory_gib)
    if part.kind is ComponentKind.POSTGRES:
        return _postgres(part, memory)
    if part.kind is ComponentKind.REDIS:
        return _redis(memory, callers)
    if part.kind is ComponentKind.MONGODB:
        cache = max(memory / 2 / 1024 - 0.5, 0.25)
        why = "MongoDB would size its cache by the machine's memory rather than by its own."
        return ["mongod", "--wiredTigerCacheSizeGB", f"{cache:.2f}"], why
    return None


def _postgres(part: Part, memory: int) -> tuple[list[str], str]:
    connections = part.spec.needs.connections or 100
    settings = {
        "shared_buffers": f"{max(memory // 4, 16)}MB",
        "effective_cache_size": f"{max(memory * 3 // 4, 32)}MB",
        "work_mem": f"{max(memory // 4 // max(connections, 1), 1)}MB",
        "maintenance_work_mem": f"{max(memory // 16, 16)}MB",
        "max_connections": str(connections),
    }
    flags = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    why = (
        f"PostgreSQL for {memory} MiB: a quarter of it is its own cache, three quarters are what "
        f"it may expect to find cached, and {connections} connections share another quarter."
    )
    return ["postgres", *flags], why


def _redis(memory: int, callers: tuple[Part, ...]) -> tuple[list[str], str]:
    queue = any((one.build or Build()).framework in _QUEUES for one in callers)
    policy = "noeviction" if queue else "allkeys-lru"
    reason = (
        "a queue must refuse work rather than lose it"
        if queue
        else "then what was used longest ago goes first"
    )
    why = (
        f"Three quarters of {memory} MiB hold data, the rest is room for saving; {reason}. "
        "Every write is kept on disk within a second. The network is what keeps others out, so "
        "Redis answers without a password."
    )
    # Without a password Redis only listens to its own machine; here the network keeps others out.
    words = [
        "redis-server",
        "--protected-mode",
        "no",
        "--maxmemory",
        f"{max(memory * 3 // 4, 3)}mb",
    ]
    return [*words, "--maxmemory-policy", policy, "--appendonly", "yes"], why
