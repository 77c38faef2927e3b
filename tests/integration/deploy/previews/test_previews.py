"""Previews as a person makes them: real programs, a real HAProxy, a real PostgreSQL.

They run as programs here; tests/integration/docker holds that Docker runs the same recipes.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.commands import Ran, clean_environment, outgrow
from tests.engines.own_hosts import APPLICATION, first_free_port
from tests.engines.postgres import PostgresServer, postgres_server
from tests.engines.processes import free_port
from tests.rendered.certificates import self_signed

pytestmark = pytest.mark.xdist_group("previews")

STRATEGY = """\
outgrow: 1
name: shop
components:
  api:
    kind: service
    needs: {{ports: [8000], health_path: /healthz}}
    run:
      command: exec python3 versioned.py "$(cat name)"
      migrate: psql -X "$DATABASE_URL" -c "create table if not exists visits (n int)"
      stop_seconds: 5
    talks_to: [db]
    secrets: {{DATABASE_URL: "env:DATABASE_URL"}}
  db: {{kind: postgres}}
phases:
  live:
    use:
      api: {{offering: self-hosted/docker}}
      db: {{offering: self-hosted/docker}}
environments:
  production: {{}}
  review:
    preview: branch
    preview_hours: 24
    previews:
      host: "{{name}}.shop.test"
      listen: "127.0.0.1:{port}"
      first_port: {first}
      runner: processes
      server: env:PREVIEW_SERVER
      limit: 2
"""


@dataclass
class Shop:
    """A strategy in a folder of its own, with builds of two branches."""

    folder: Path
    port: int
    first_port: int
    server: PostgresServer

    def run(self, *words: str) -> Ran:
        """Run `outgrow preview` there."""
        home = self.folder / "home"
        variables = clean_environment(home, PREVIEW_SERVER=self.server.url())
        return outgrow("preview", *words, home=home, folder=self.folder, environment=variables)

    def build(self, name: str, *, healthy: bool = True) -> str:
        """Make a build of the sample application and return its folder."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        shutil.copy(APPLICATION, folder / "versioned.py")
        (folder / "name").write_text(name)
        (folder / "healthy").write_text("yes" if healthy else "no")
        return name

    def answer(self, host: str) -> str:
        """Return what the proxy answers for a host name."""
        command = ["curl", "-s", "-m", "5", "-H", f"Host: {host}", f"http://127.0.0.1:{self.port}/"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def answer_over_tls(self, host: str, trusted: Path) -> str:
        """Return what the proxy answers for a host name that `trusted` vouches for."""
        command = [
            "curl", "-s", "-S", "-m", "5", "--cacert", str(trusted), "--resolve",
            f"{host}:{self.port}:127.0.0.1", f"https://{host}:{self.port}/",
        ]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        return (ran.stdout or ran.stderr).strip()

    def change(self, before: str, after: str) -> None:
        """Replace a text of the strategy."""
        path = self.folder / "outgrow.yaml"
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))

    def databases(self) -> list[str]:
        """Return the databases of previews."""
        found = self.server.value(
            "select string_agg(datname, ' ' order by datname) from pg_database "
            "where datname like 'preview_%'"
        )
        return str(found or "").split()


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as one:
        yield one


@pytest.fixture
def shop(server: PostgresServer, tmp_path: Path) -> Iterator[Shop]:
    port, first = free_port(), first_free_port()
    (tmp_path / "outgrow.yaml").write_text(STRATEGY.format(port=port, first=first))
    one = Shop(tmp_path, port, first, server)
    yield one
    listed = json.loads(one.run("list", "--json").out)["result"]
    names = [preview["preview"]["branch"] for preview in listed]
    if names:
        assert one.run("remove", *names, "--yes", "--leave-data").code == 0
    for name in one.databases():
        server.run(f'drop database "{name}" with (force)')


def test_each_branch_answers_at_its_own_name_with_data_of_its_own(shop: Shop) -> None:
    for branch in ("cart", "feature/pay"):
        build = shop.build(branch.replace("/", "-"))
        made = shop.run("make", branch, "--image", build, "--yes")
        assert made.code == 0, made
    listed = json.loads(shop.run("list", "--json").out)["result"]
    hosts = [one["preview"]["host"] for one in listed]
    assert [shop.answer(host).strip() for host in hosts] == ["cart", "feature-pay"]
    assert shop.answer("other.shop.test") == "There is no such preview."
    assert len(shop.databases()) == 2

    removed = shop.run("remove", "cart", "--yes")
    assert removed.code == 0, removed
    assert shop.answer(hosts[0]) == "There is no such preview."
    assert shop.answer(hosts[1]).strip() == "feature-pay"
    assert len(shop.databases()) == 1


def test_previews_speak_tls_with_the_certificate_for_their_names(
    shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    wildcard = self_signed(tmp_path_factory.mktemp("wildcard"), "*.shop.test")
    production = self_signed(tmp_path_factory.mktemp("production"), "shop.test")
    certificates = shop.folder / "certs"
    certificates.mkdir()
    # The first in the folder is what HAProxy shows to whoever names no host.
    shutil.copy(production / "all.pem", certificates / "a.pem")
    shutil.copy(wildcard / "all.pem", certificates / "b.pem")
    shop.change("    previews:\n", "    proxy: {certificates: certs}\n    previews:\n")
    made = shop.run("make", "cart", "--image", shop.build("one"), "--yes")
    assert made.code == 0, made
    assert made.out.splitlines()[0] == f"https://cart.shop.test:{shop.port}"
    trusted = wildcard.parent / "fullchain.pem"
    assert shop.answer_over_tls("cart.shop.test", trusted) == "one"
    assert shop.answer_over_tls("other.shop.test", trusted) == "There is no such preview."
    assert shop.answer("cart.shop.test") != "one"

    renewed = self_signed(tmp_path_factory.mktemp("renewed"), "*.shop.test")
    shutil.copy(renewed / "all.pem", certificates / "b.pem")
    assert shop.run("tidy", "--yes").code == 0
    assert shop.answer_over_tls("cart.shop.test", renewed.parent / "fullchain.pem") == "one"


def test_what_is_missing_is_said_before_anything_is_made(shop: Shop) -> None:
    build = shop.build("one")
    shop.change("    previews:\n", "    proxy: {certificates: certs}\n    previews:\n")
    no_certificates = shop.run("make", "cart", "--image", build, "--yes")
    assert no_certificates.code == 2
    assert "certs: the certificates are not there" in no_certificates.err
    shop.change("    proxy: {certificates: certs}\n", "")
    shop.change("env:PREVIEW_SERVER", "env:NOBODYS")
    no_server = shop.run("make", "cart", "--image", build, "--yes")
    assert no_server.code == 2
    assert "Set NOBODYS, or write it into .env.review" in no_server.err
    (shop.folder / ".env.review").write_text("NOBODYS=postgresql://boss@127.0.0.1:1/postgres\n")
    silent = shop.run("make", "cart", "--image", build, "--yes")
    assert silent.code == 3
    assert "the server for previews does not answer" in silent.err
    assert "there are no previews" in shop.run("list").out
    (shop.folder / ".env.review").write_text(f"NOBODYS={shop.server.url()}\n")
    assert shop.run("make", "cart", "--image", build, "--yes").code == 0


def test_another_program_at_its_port_does_not_pass_for_a_preview(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", shop.first_port)):
        made = shop.run("make", "cart", "--image", shop.build("one"), "--yes")
    assert made.code == 3
    assert f"another program listens on port {shop.first_port}" in made.err


def test_one_can_be_removed_whatever_has_become_of_the_strategy_and_the_server(
    shop: Shop,
) -> None:
    assert shop.run("make", "cart", "--image", shop.build("one"), "--yes").code == 0
    shop.change("  api:\n", "  shop-api:\n")
    shop.change("      api:", "      shop-api:")
    shop.change("secrets: {", 'secrets: {KEY: "env:NOBODYS", ')
    shop.change("env:PREVIEW_SERVER", "env:GONE")
    (shop.folder / ".env.review").write_text("GONE=postgresql://boss@127.0.0.1:1/postgres\n")
    refused = shop.run("remove", "cart", "--yes")
    assert refused.code == 3
    assert "cart is not removed: the server for previews does not answer" in refused.err
    assert "(not whole)" in shop.run("list").out
    assert shop.run("remove", "cart", "--yes", "--leave-data").code == 0
    assert shop.answer("cart.shop.test") == ""
    assert shop.run("remove", "cart", "--yes", "--if-there").code == 0


def test_a_new_build_of_a_branch_keeps_its_data(shop: Shop) -> None:
    assert shop.run("make", "cart", "--image", shop.build("one"), "--yes").code == 0
    (database,) = shop.databases()
    shop.server.run("insert into visits values (7)", database=database)
    assert shop.run("make", "cart", "--image", shop.build("two"), "--yes").code == 0
    assert shop.answer("cart.shop.test").strip() == "two"
    assert shop.server.value("select n from visits", database=database) == 7


def test_nobody_is_sent_to_a_build_that_never_gets_healthy(shop: Shop) -> None:
    build = shop.build("sick", healthy=False)
    made = shop.run("make", "cart", "--image", build, "--yes", "--health-seconds", "1")
    assert made.code == 1
    assert "api is not healthy" in made.err
    assert shop.answer("cart.shop.test") in ("", "There is no such preview.")


def test_one_whose_time_is_over_goes_with_the_next_tidy(shop: Shop) -> None:
    build = shop.build("one")
    assert shop.run("make", "old", "--image", build, "--yes", "--hours", "0").code == 0
    assert shop.run("make", "young", "--image", build, "--yes").code == 0
    tidied = shop.run("tidy", "--yes")
    assert tidied.code == 0, tidied
    assert "its time was over" in tidied.err
    listed = json.loads(shop.run("list", "--json").out)["result"]
    assert [one["preview"]["branch"] for one in listed] == ["young"]


def test_a_branch_that_the_origin_has_no_more_takes_its_preview_with_it(shop: Shop) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.test"]
    origin = shop.folder / "origin"
    for command in (
        [*git, "init", "-q", "-b", "main", str(origin)],
        [*git, "-C", str(origin), "commit", "-q", "--allow-empty", "-m", "first"],
        [*git, "-C", str(origin), "branch", "kept"],
        [*git, "init", "-q", str(shop.folder)],
        [*git, "-C", str(shop.folder), "remote", "add", "origin", str(origin)],
    ):
        subprocess.run(command, check=True)
    build = shop.build("one")
    for branch in ("kept", "merged"):
        assert shop.run("make", branch, "--image", build, "--yes").code == 0
    assert shop.run("tidy", "--gone", "--yes").code == 0
    listed = json.loads(shop.run("list", "--json").out)["result"]
    assert [one["preview"]["branch"] for one in listed] == ["kept"]


def test_no_more_are_made_than_there_may_be(shop: Shop) -> None:
    build = shop.build("one")
    for branch in ("a", "b"):
        assert shop.run("make", branch, "--image", build, "--yes").code == 0
    refused = shop.run("make", "c", "--image", build, "--yes")
    assert refused.code == 2
    assert "2 previews already" in refused.err


def test_no_password_lies_in_a_file_or_an_output(shop: Shop) -> None:
    made = shop.run("make", "cart", "--image", shop.build("one"), "--yes", "--json")
    assert made.code == 0, made
    written = [path for path in (shop.folder / ".outgrow").rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if b"postgresql://preview" in path.read_bytes()]
    assert "postgresql://" not in made.out + made.err
