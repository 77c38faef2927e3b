"""Files of projects: what is known of them in PostgreSQL, their content in the storage."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import ColumnElement, delete, select

from app.bodies import FileOut
from app.changes import happened, owned_project
from app.models import File
from app.parts import Here, Reader, Writer

router = APIRouter(tags=["files"])
MOST_BYTES = 1024 * 1024


@router.get("/projects/{project_id}/files")
async def listed(project_id: int, here: Here, who: Reader) -> list[FileOut]:
    """Return the files of a project."""
    return await here.lists.files(who.organization_id, project_id)


@router.post("/projects/{project_id}/files", status_code=201)
async def stored(
    project_id: int,
    name: Annotated[str, Query(min_length=1, max_length=200)],
    request: Request,
    here: Here,
    who: Writer,
) -> FileOut:
    """Store the body of the request as a file."""
    content = await _body(request)
    digest = sha256(content).hexdigest()
    file = File(
        id=await here.data.new_id(who.organization_id),
        organization_id=who.organization_id,
        project_id=project_id,
        name=name,
        size_bytes=len(content),
        sha256=digest,
    )
    async with here.data.reading(who.organization_id) as session:
        await owned_project(session, who, project_id)
    # The content first: a row without its content would be a lie, the other is only a leftover.
    await here.storage.put(_key(who.organization_id, digest), content)
    async with here.data.writing(who.organization_id) as session:
        await owned_project(session, who, project_id)
        session.add(file)
        await session.flush()
        session.add(await happened(here.data, who, project_id, "file.stored", name))
        await session.refresh(file)
    here.figures.file_bytes.inc(len(content))
    return FileOut.model_validate(file)


@router.get("/files/{file_id}/content")
async def content(file_id: int, here: Here, who: Reader) -> Response:
    """Return a file's content, always as a download: nobody's upload becomes a page of ours."""
    async with here.data.reading(who.organization_id) as session:
        wanted = select(File).where(File.id == file_id)
        file = (await session.scalars(wanted.where(_is_of(who.organization_id)))).first()
    found = await here.storage.get(_key(who.organization_id, file.sha256)) if file else None
    if file is None or found is None:
        raise HTTPException(404, "There is no such file.")
    return Response(
        found,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        },
    )


@router.delete("/files/{file_id}", status_code=204)
async def deleted(file_id: int, here: Here, who: Writer) -> None:
    """Forget a file; its content stays for other files with the same."""
    async with here.data.writing(who.organization_id) as session:
        gone = delete(File).where(File.id == file_id, _is_of(who.organization_id)).returning(File)
        file = (await session.scalars(gone)).first()
        if file is None:
            raise HTTPException(404, "There is no such file.")
        session.add(await happened(here.data, who, file.project_id, "file.deleted", file.name))


def _is_of(organization_id: int) -> ColumnElement[bool]:
    return File.organization_id == organization_id


def _key(organization_id: int, digest: str) -> str:
    return f"{organization_id}/{digest}"


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            raise HTTPException(413, f"A file has at most {MOST_BYTES} bytes.")
    return bytes(content)
