"""What the targets `dockerfile` and `compose` write, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

from tests.systems import system

from outgrow.render.compose.target import TARGET as COMPOSE
from outgrow.render.compose.target import local_rendering
from outgrow.render.dockerfile.target import TARGET as DOCKERFILE

Golden = Callable[[str, str], None]


def test_the_images_of_the_sample_application(golden: Golden) -> None:
    for file in DOCKERFILE.render(system("sample-app", "one-server")).files:
        golden(f"tests/golden/render/dockerfile/sample-app/{file.path}", file.text)


def test_the_images_of_a_next_js_page_and_an_api(golden: Golden) -> None:
    for file in DOCKERFILE.render(system("nexod", "production")).files:
        if file.path.endswith("/Dockerfile"):
            golden(f"tests/golden/render/dockerfile/nexod/{file.path}", file.text)


def test_the_containers_of_one_server(golden: Golden) -> None:
    for file in COMPOSE.render(system("sample-app", "one-server", "staging")).files:
        golden(f"tests/golden/render/compose/sample-app-one-server-staging/{file.path}", file.text)


def test_a_phase_on_aws_as_containers_on_a_laptop(golden: Golden) -> None:
    for file in local_rendering(system("nexod", "production")).files:
        golden(f"tests/golden/render/compose/nexod-production-local/{file.path}", file.text)
