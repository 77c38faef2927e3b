"""A shop on the disk with two environments, whose endpoints are stand-ins on loopback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.commands import Ran, clean_environment, outgrow
from tests.engines.credential_endpoint import StandInEndpoint

STRATEGY = """\
outgrow: 1
name: shop
components:
  api:
    kind: service
    environment: {{LOG_LEVEL: info}}
    secrets:
      DAYTONA_API_KEY: env:DAYTONA_API_KEY
      DAYTONA_API_URL: env:DAYTONA_API_URL
      DATABASE_URL: env:DATABASE_URL
    credentials:
      DAYTONA_API_KEY: {{endpoint: DAYTONA_API_URL, probe: /me}}
  db: {{kind: postgres}}
phases:
  one: {{use: {{api: {{offering: self-hosted/docker}}, db: {{offering: self-hosted/docker}}}}}}
environments:
  production:
    env_file: .env.cloudsdk
    hosts: {{DAYTONA_API_URL: ["localhost:{cloud}"]}}
    rules: {{confirm_by_name: {protected}}}
  development:
    env_file: .env.selfhosted
    hosts: {{DAYTONA_API_URL: ["localhost:{own}"]}}
    environment: {{ONLY_HERE: "1"}}
    rules: {{production_data: false}}
"""


@dataclass
class Shop:
    """A folder with a strategy, and the commands that run in it."""

    folder: Path
    own: StandInEndpoint
    cloud: StandInEndpoint
    values: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def env(self) -> Path:
        """Return the active file."""
        return self.folder / ".env"

    def write(self, *, protected: bool = False) -> None:
        """Write the strategy and the env files anew."""
        text = STRATEGY.format(
            cloud=self.cloud.port, own=self.own.port, protected=str(protected).lower()
        )
        (self.folder / "outgrow.yaml").write_text(text)
        self.values = {
            ".env.selfhosted": {
                "DAYTONA_API_KEY": "planted-own-key",
                "DAYTONA_API_URL": self.own.url,
                "DATABASE_URL": "postgresql://dev:planted-dev-pw@localhost:1/shop",
            },
            ".env.cloudsdk": {
                "DAYTONA_API_KEY": "planted-cloud-key",
                "DAYTONA_API_URL": self.cloud.url,
                "DATABASE_URL": "postgresql://shop:planted-prod-pw@db.shop.example/shop",
            },
        }
        for name in self.values:
            self.write_values(name)

    def write_values(self, name: str, **changed: str) -> None:
        """Write an env file with some values changed."""
        self.values[name] |= changed
        lines = "".join(f"{key}={value}\n" for key, value in self.values[name].items())
        (self.folder / name).write_text(lines)

    def environment(self, **extra: str) -> dict[str, str]:
        """Return the environment that commands run in."""
        return clean_environment(self.folder, **extra)

    def run(self, *words: str, **extra: str) -> Ran:
        """Run `outgrow env ...` in the folder."""
        environment = self.environment(**extra)
        return outgrow("env", *words, home=self.folder, folder=self.folder, environment=environment)

    def json(self, *words: str, code: int = 0) -> Any:
        """Return the result of a command as `--json` prints it."""
        ran = self.run(*words, "--json")
        assert ran.code == code, ran.err
        return json.loads(ran.out)["result"]

    def active(self) -> Mapping[str, str]:
        """Return what a shell reads from the active file."""
        lines = self.env.read_text().splitlines()
        pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
        return {key: value.strip("'") for key, _, value in pairs}
