"""A drafted strategy as a file with comments: what was found, where, and how sure it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum

from outgrow.discovery.draft import Draft, Part
from outgrow.discovery.findings import Evidence, Note
from outgrow.render.writers.yaml_text import Commented, Flow, Yaml, yaml_text

_MOST_PLACES, _MOST_NOTES = 4, 60
_SECTION, _BLANK = "\n#\n# ", "\n\n# "
_LONGEST_TEXT = 4000
_UNPRINTABLE = re.compile("[^\\t\\n\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd]")


def strategy_file(draft: Draft) -> str:
    """Return the text of `outgrow.yaml` for a draft."""
    document: dict[str, Yaml] = {
        "outgrow": 1,
        "name": _text(draft.name),
        "region": _text(draft.region),
        "demand": Commented(
            {"users": {"description": "People with an account.", "unit": "users"}},
            "\nWhat drives the system. Add what else does: requests, documents, jobs.",
        ),
        "components": Commented(
            {part.name: _component(part) for part in draft.parts},
            "\nWhat it is made of. Each part says where it was found and how sure that is.",
        ),
        "start": "launch",
        "current": "launch",
        "phases": Commented(
            {name: _values(phase) for name, phase in draft.phases.items()},
            "\nThree phases to grow through: a proposal. `outgrow cost --all` prices them.",
        ),
        **_deploy(draft),
        "environments": {
            "production": {},
            "development": {
                "phase": "launch",
                "data": "synthetic",
                "rules": {"production_data": False, "load_tests": False},
            },
        },
    }
    # A section begins after a blank line; the writer only knows an empty comment.
    text = yaml_text(document, header=_header(draft))
    header, _, body = text.partition("---\n")
    return f"{header}---\n{body.replace(_SECTION, _BLANK)}"


def _deploy(draft: Draft) -> dict[str, Yaml]:
    """Return the pipeline, where workflows of the repository say how it is tested."""
    if not draft.findings.tests:
        return {}
    jobs: Yaml = {
        _text(name): {"runs": _values(runs)} for name, runs in draft.findings.tests.items()
    }
    return {"deploy": Commented({"jobs": jobs}, "\nHow it is tested, from .github/workflows.")}


def _header(draft: Draft) -> str:
    lines = [
        f"Drafted by `outgrow init` from the files of {_line(draft.findings.name)}.",
        "Read it and change it, then run outgrow check, cost --all and render --phase launch.",
    ]
    notes = [one for one in draft.findings.notes if one.code != "literal-secret"]
    secrets = [one for one in draft.findings.notes if one.code == "literal-secret"]
    if secrets:
        lines += ["", "Secrets that stood in files were not copied; give them as variables:"]
        lines += [f"- {_note(one)}" for one in secrets[:_MOST_NOTES]]
    if notes:
        lines += ["", "Seen, and not in this file:"]
        lines += [f"- {_note(one)}" for one in notes[:_MOST_NOTES]]
        if len(notes) > _MOST_NOTES:
            lines.append(f"- and {len(notes) - _MOST_NOTES} more (`outgrow init --json`)")
    return "\n".join(lines)


def _note(note: Note) -> str:
    place = f"{note.file}:{note.line} " if note.file else ""
    return _line(f"{place}{note.says}")


def _component(part: Part) -> Yaml:
    found = {key: _values(value) for key, value in part.data.items()}
    service = part.service
    if service is not None and service.folder is not None:
        command = service.command
        if command is not None:
            starts = f", starts `{command.starts}`" if command.starts else ""
            says = f"{_place(command.evidence)}{starts}"
            if not _stands_below(part, command.text):
                says = f"starts with `{command.text}`{starts} ({_place(command.evidence)})"
            key = "run" if "run" in found else "build" if "build" in found else ""
            if key:
                found[key] = Commented(found[key], _line(says))
        run = part.data.get("run")
        told = isinstance(run, Mapping) and "migrate" in run
        if service.migrate is not None and "run" in found and not told:
            found["run"] = Commented(found["run"], _line(f"migrates with `{service.migrate.text}`"))
    comment = _evidence(part)
    return Commented(found, comment) if comment else found


def _stands_below(part: Part, text: str) -> bool:
    """Return whether the command stands in the draft itself, so that no comment repeats it."""
    run = part.data.get("run")
    told = [run.get(key) for key in ("command", "entrypoint")] if isinstance(run, Mapping) else []
    return any(isinstance(one, list) and " ".join(map(str, one)) == text for one in told)


def _evidence(part: Part) -> str:
    places: Sequence[Evidence] = ()
    if part.store is not None:
        places = part.store.evidence
    elif part.service is not None:
        places = part.service.evidence
    lines = [_line(f"{_place(one)}: {one.says}") for one in places[:_MOST_PLACES]]
    if part.service is not None and part.service.development_only:
        lines.append("A tool for developers: later phases leave it out.")
    return "\n".join(lines)


def _place(evidence: Evidence) -> str:
    return f"{evidence.file}:{evidence.line}, {evidence.confidence.value}"


def _values(value: object) -> Yaml:
    """Return plain values as the writer takes them; short lists stand on one line."""
    if isinstance(value, Mapping):
        return {_text(str(key)): _values(one) for key, one in value.items()}
    if isinstance(value, Enum):
        return _text(str(value.value))
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Decimal | int | bool) or value is None:
        return value
    items = [_values(one) for one in value] if isinstance(value, Sequence) else []
    short = all(isinstance(one, str | int) and "\n" not in str(one) for one in items)
    if items and short and len(str(items)) < 80:
        return Flow([one for one in items if isinstance(one, str | int)])
    return items


def _text(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)[:_LONGEST_TEXT]


def _line(text: str) -> str:
    """Return a text of the repository as one line that cannot end a comment."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:400]
