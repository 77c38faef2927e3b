"""What never goes into a build context: secrets, caches, what the image installs itself."""

from __future__ import annotations

from outgrow.strategy.containers import Runtime

_ALWAYS = """\
# What the image must not hold (secrets, history) and what it makes itself.
# BuildKit reads this as `Dockerfile.dockerignore`; the classic builder only reads a file called
# `.dockerignore` at the top of the build context.
.git
.github
.gitignore
**/.DS_Store
**/.env
**/.env.*
!**/.env.example
**/*.pem
**/*.key
**/secrets/
**/.outgrow/
**/*.log
**/Dockerfile*
**/compose*.y*ml
**/docker-compose*.y*ml
**/.terraform/
"""
_PYTHON = """\
**/__pycache__/
**/*.py[cod]
**/.venv/
**/venv/
**/.pytest_cache/
**/.mypy_cache/
**/.ruff_cache/
**/.coverage
**/*.egg-info/
"""
_NODE = """\
**/node_modules/
**/.next/
**/coverage/
**/.cache/
"""


def ignore_text(runtime: Runtime) -> str:
    """Return the ignore file of a part with that runtime."""
    return _ALWAYS + (_PYTHON if runtime == "python" else _NODE)
