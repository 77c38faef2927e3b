"""Stand-ins for official images: Debian's own servers under the names that strategies use.

No registry is reached, so `postgres:16-bookworm` is a local image with Debian's PostgreSQL
and a start script that understands the same variables.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.engines.docker_engine import BASE_IMAGE, DockerEngine, base_image
from tests.tools import said

_SCRIPTS = Path(__file__).parent / "images"
_NGINX = (
    "RUN rm -rf /usr/share/nginx/html/* && chmod -R a+rX /etc/nginx /usr/share/nginx"
    " && chmod a+rwx /var/log/nginx /var/lib/nginx\n"
    'EXPOSE 8080\nUSER 101\nCMD ["nginx", "-g", "daemon off;"]\n'
)
_RECIPES = {
    "nginxinc/nginx-unprivileged": _NGINX,
    "postgres": (
        "COPY start.sh /start.sh\n"
        "RUN chmod +x /start.sh && rm -rf /var/lib/postgresql/* && mkdir /data\n"
        "ENV PATH=/usr/lib/postgresql/15/bin:$PATH\n"
        'VOLUME /var/lib/postgresql/data\nENTRYPOINT ["/start.sh"]\nCMD ["postgres"]\n'
    ),
    "redis": (
        "COPY start.sh /start.sh\n"
        "RUN chmod +x /start.sh && mkdir /data && chown redis /data\n"
        'VOLUME /data\nENTRYPOINT ["/start.sh"]\nCMD ["redis-server"]\n'
    ),
}


def stand_in_image(engine: DockerEngine, name: str) -> None:
    """Make the image `name` (`postgres:16-bookworm`) in `engine`, unless it has it."""
    if engine.docker("image", "inspect", name).returncode == 0:
        return
    kind = name.split(":", 1)[0]
    base_image(engine)
    with tempfile.TemporaryDirectory(prefix="og-image-") as folder:
        context = Path(folder)
        (context / "Dockerfile").write_text(f"FROM {BASE_IMAGE}\n{_RECIPES[kind]}")
        if (script := _SCRIPTS / f"{kind}.sh").is_file():
            (context / "start.sh").write_text(script.read_text())
        built = engine.docker("build", "--tag", name, context)
        assert built.returncode == 0, said(built)
