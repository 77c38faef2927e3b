"""The server on which previews get data of their own."""

from __future__ import annotations

from pydantic import SecretStr

from outgrow.clients.preview_databases import PreviewDatabases
from outgrow.deploy.previews.values import OwnData
from outgrow.errors import InputError
from outgrow.operations.env import secret_of
from outgrow.operations.environments.sources import Sources
from outgrow.operations.previewing.place import PreviewPlace

_WHAT = "the server for previews"


def databases_of(place: PreviewPlace, own_data: OwnData) -> PreviewDatabases:
    """Return the server of `place`; nothing is asked of it yet.

    Raises InputError when the strategy names none, when its address is not to be had, or when
    containers could not reach it.
    """
    if own_data == "none":
        return PreviewDatabases(SecretStr(""))  # never asked
    key = f"environments/{place.system.environment}/previews/server"
    reference = place.settings.server
    if reference is None:
        raise InputError(
            "previews have data of their own, and nobody says on which server",
            f"Write {key}: env:PREVIEW_DATABASE_URL.",
        )
    places = Sources(place.folder)
    address = secret_of(place.opened, place.system, reference, _WHAT, places)
    found = PreviewDatabases(address)
    if found.is_on_this_machine_only() and place.is_in_containers:
        raise InputError(
            f"{_WHAT} is said to be on localhost, which is the container itself in a container",
            "Name the machine by an address that containers reach, such as 172.17.0.1.",
        )
    return found
