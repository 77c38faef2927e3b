"""The tables. Rows of an organisation carry its id, because they may lie on a shard of their own.

`organizations` and `accounts` are needed to find out whose request it is, so they stay in the
main database. Every other table is read and written by organisation only.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """What all tables have in common: whole numbers are 64 bits, times have a zone."""

    type_annotation_map = {int: BigInteger, str: Text, datetime: DateTime(timezone=True)}  # noqa: RUF012


class Organization(Base):
    """Who owns projects; `issued_as` is its name at the issuer of tokens."""

    __tablename__ = "organizations"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    issued_as: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Account(Base):
    """A person within an organisation; `subject` is their name at the issuer of tokens."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("organization_id", "subject"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    subject: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Project(Base):
    """Some work of an organisation."""

    __tablename__ = "projects"
    __table_args__ = (Index("projects_of_organization", "organization_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[int]
    name: Mapped[str]
    description: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Task(Base):
    """A step of a project; `state` is `open`, `doing` or `done`."""

    __tablename__ = "tasks"
    __table_args__ = (Index("tasks_of_project", "project_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[int]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    title: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class File(Base):
    """What is known of a file; its content lies in the storage under `sha256`."""

    __tablename__ = "files"
    __table_args__ = (Index("files_of_project", "project_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[int]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Event(Base):
    """Something that somebody did. The time is part of the key: later the table is split by it."""

    __tablename__ = "events"
    __table_args__ = (Index("events_of_organization", "organization_id", "created_at", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = mapped_column(primary_key=True)
    organization_id: Mapped[int]
    project_id: Mapped[int]
    actor: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
