"""Lists that `pip freeze` wrote: they name drivers that only came along with something else."""

from __future__ import annotations

import re

from outgrow.discovery.python_project import PythonProject
from outgrow.discovery.tree import Sources, is_aside, is_within

_ENTRY = re.compile(
    r"^\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?P<pin>==)?", re.MULTILINE
)
# Packages that nobody asks for: others install them.
_COME_ALONG = frozenset(
    [
        "amqp", "annotated-types", "anyio", "asgiref", "billiard", "blinker", "certifi", "cffi",
        "charset-normalizer", "chardet", "click", "dnspython", "greenlet", "h11", "httpcore",
        "idna", "itsdangerous", "kombu", "mako", "markupsafe", "multidict", "packaging",
        "pycparser", "pydantic-core", "pyparsing", "pytz", "six", "sniffio", "soupsieve",
        "sqlparse", "typing-extensions", "tzdata", "urllib3", "vine", "wcwidth", "werkzeug",
        "wrapt", "yarl", "zipp",
    ]
)  # fmt: skip
_FEWEST, _FEWEST_ALONG, _MOST_UNPINNED = 10, 3, 0.1
_SQL = ("sqlalchemy", "flask_sqlalchemy", "sqlmodel", "django", "tortoise", "peewee", "databases",
        "pony", "piccolo", "gino", "alembic", "records", "pandas")  # fmt: skip
_MYSQL = ("MySQLdb", "pymysql", "aiomysql", "mysql", "flask_mysqldb", "flaskext", *_SQL)
_POSTGRES = ("psycopg2", "psycopg", "asyncpg", "aiopg", "pg8000", "pgvector", *_SQL)
_REDIS = ("redis", "aioredis", "rq", "celery", "arq", "huey", "dramatiq", "django", "kombu",
          "flask_caching", "flask_limiter", "flask_session", "fastapi_cache", "limits", "coredis",
          "socketio", "flask_socketio", "aiogram", "taskiq")  # fmt: skip
# What imports each of the drivers that others bring along.
_USERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("psycopg2", "psycopg2-binary", "psycopg", "psycopg-binary", "asyncpg"),
                    _POSTGRES),
    **dict.fromkeys(("mysqlclient", "pymysql", "aiomysql", "mysql-connector-python"), _MYSQL),
    **dict.fromkeys(("redis", "hiredis"), _REDIS),
    "pymongo": ("pymongo", "motor", "mongoengine", "beanie", "odmantic", "flask_pymongo", "djongo",
                "bson"),
    **dict.fromkeys(("pika", "aio-pika"), ("pika", "aio_pika", "faststream")),
    "elasticsearch": ("elasticsearch", "elasticsearch_dsl", "django_elasticsearch_dsl"),
}  # fmt: skip


def unused_drivers(sources: Sources, project: PythonProject) -> frozenset[str]:
    """Return the drivers of a frozen list that no file of the project has a use for."""
    places = {
        name: project.dependencies[name][0] for name in _USERS if name in project.dependencies
    }
    frozen = {path: _is_frozen(sources.text(path)) for path in set(places.values())}
    doubtful = {name for name, path in places.items() if frozen[path]}
    if not doubtful:
        return frozenset()
    wanted = {user for name in doubtful for user in _USERS[name]}
    imported = _imported(sources, project.folder, wanted)
    return frozenset(name for name in doubtful if imported.isdisjoint(_USERS[name]))


def _is_frozen(text: str) -> bool:
    entries = list(_ENTRY.finditer(text))
    unpinned = sum(one["pin"] is None for one in entries)
    along = sum(re.sub(r"[_.]", "-", one["name"]).lower() in _COME_ALONG for one in entries)
    return (
        len(entries) >= _FEWEST
        and along >= _FEWEST_ALONG
        and unpinned <= len(entries) * _MOST_UNPINNED
    )


def _imported(sources: Sources, folder: str, packages: set[str]) -> set[str]:
    """Return those of `packages` that a file below `folder` imports."""
    found: set[str] = set()
    for path in sources.ending(".py"):
        if not is_within(path, folder) or is_aside(path):
            continue
        text = sources.text(path)
        for package in packages - found:
            if package in text and re.search(rf"^\s*(?:from|import)\s+{package}\b", text, re.M):
                found.add(package)
    return found
