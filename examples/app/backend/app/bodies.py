"""What requests bring and answers carry. Ids are texts: JavaScript's numbers end at 53 bits."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

Id = Annotated[int, PlainSerializer(str, return_type=str, when_used="json")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
State = Literal["open", "doing", "done"]


class Body(BaseModel):
    """Everything that travels; it can be made from a row."""

    model_config = ConfigDict(from_attributes=True, extra="ignore")


class TokenIn(Body):
    """A token of the issuer."""

    token: str


class DevelopmentSignIn(Body):
    """Who to be on a developer's machine."""

    name: Line
    organization: Line


class SignInOptions(Body):
    """How one signs in here."""

    issuer: str
    development: bool


class Me(Body):
    """Who is signed in."""

    account_id: Id
    name: str
    organization: str


class MemberOut(Body):
    """Somebody of the same organisation."""

    id: Id
    name: str


class ProjectIn(Body):
    """A new project."""

    name: Line
    description: Annotated[str, StringConstraints(max_length=2000)] = ""


class ProjectChange(Body):
    """What may change about a project; what is left out stays."""

    name: Line | None = None
    description: Annotated[str, StringConstraints(max_length=2000)] | None = None


class ProjectOut(Body):
    """A project."""

    id: Id
    name: str
    description: str
    created_at: datetime


class TaskIn(Body):
    """A new task."""

    title: Line


class TaskChange(Body):
    """What may change about a task; what is left out stays."""

    title: Line | None = None
    state: State | None = None


class TaskOut(Body):
    """A task."""

    id: Id
    project_id: Id
    title: str
    state: State
    created_at: datetime


class FileOut(Body):
    """A file, without its content."""

    id: Id
    name: str
    size_bytes: int
    sha256: str
    created_at: datetime


class EventOut(Body):
    """Something that somebody did."""

    id: Id
    project_id: Id
    actor: str
    kind: str
    subject: str
    created_at: datetime


class EventPage(Body):
    """Some events, the newest first; `next` asks for the ones before."""

    events: list[EventOut]
    next: str | None


class Summary(Body):
    """Counts for an organisation's overview."""

    projects: int = 0
    tasks: dict[State, int] = Field(default_factory=dict)
    files: int = 0
    events: int = 0
