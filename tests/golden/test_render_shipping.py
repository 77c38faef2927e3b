"""What the targets `loki`, `blackbox` and `sentry` write, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

from tests.systems import system

from outgrow.render.blackbox import TARGET as BLACKBOX
from outgrow.render.loki import TARGET as LOKI
from outgrow.render.sentry import TARGET as SENTRY

Golden = Callable[[str, str], None]


def test_the_logs_of_one_server(golden: Golden) -> None:
    for file in LOKI.render(system("sample-app", "one-server")).files:
        golden(f"tests/golden/render/loki/sample-app-one-server-production/{file.path}", file.text)


def test_the_logs_of_a_phase_with_s3(golden: Golden) -> None:
    for file in LOKI.render(system("nexod", "production")).files:
        if file.path == "loki.yaml":
            golden(f"tests/golden/render/loki/nexod-production/{file.path}", file.text)


def test_the_probes_of_one_server(golden: Golden) -> None:
    folder = "tests/golden/render/blackbox/sample-app-one-server-production"
    for file in BLACKBOX.render(system("sample-app", "one-server")).files:
        golden(f"{folder}/{file.path}", file.text)


def test_the_rules_of_a_page_and_an_api(golden: Golden) -> None:
    for file in SENTRY.render(system("nexod", "production")).files:
        if "/web/" not in file.path:
            golden(f"tests/golden/render/sentry/nexod-production/{file.path}", file.text)
