"""How the packages of a Python project are installed, by the file that lists them."""

from __future__ import annotations

from posixpath import basename, dirname, join

from outgrow.render.dockerfile.instructions import comment, copy, shell_quoted

# The tools that read a lock file; they stay in the build stage.
_UV = "uv==0.8.22"
_POETRY = "poetry==2.1.4"
_PIPENV = "pipenv==2025.0.4"


def install_steps(installs_from: str | None) -> list[str]:
    """Return the instructions that install what `installs_from` lists into /opt/venv.

    They copy no more than that file, so that a change of the source reuses the layer.
    """
    path = installs_from or "requirements.txt"
    name, folder = basename(path), dirname(path)
    project = join(folder, "pyproject.toml")
    if name == "uv.lock":
        return [
            copy([project, path], "./"),
            "RUN python3 -m venv /opt/uv \\",
            f"    && /opt/uv/bin/pip install --no-cache-dir {_UV} \\",
            "    && UV_PROJECT_ENVIRONMENT=/opt/venv /opt/uv/bin/uv sync --locked --no-dev"
            " --no-install-project --no-cache",
        ]
    if name == "poetry.lock":
        return [
            copy([project, path], "./"),
            "RUN python3 -m venv /opt/poetry \\",
            f"    && /opt/poetry/bin/pip install --no-cache-dir {_POETRY} \\",
            "    && /opt/poetry/bin/poetry install --only main --no-root --no-interaction"
            " --no-cache",
        ]
    if name == "Pipfile.lock":
        return [
            copy([join(folder, "Pipfile"), path], "./"),
            "RUN python3 -m venv /opt/pipenv \\",
            f"    && /opt/pipenv/bin/pip install --no-cache-dir {_PIPENV} \\",
            "    && /opt/pipenv/bin/pipenv requirements > requirements.txt \\",
            "    && pip install --no-cache-dir -r requirements.txt",
        ]
    if name in ("pyproject.toml", "setup.py", "setup.cfg"):
        return [
            *comment("A package is installed with its source: any change of it repeats this step."),
            copy(["."], "./"),
            "RUN pip install --no-cache-dir .",
        ]
    return [
        copy([path], "./"),
        f"RUN pip install --no-cache-dir -r {shell_quoted(name)}",
    ]
