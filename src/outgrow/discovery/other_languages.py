"""Services in Go, Ruby, Java, PHP, Rust, Elixir and .NET, by what their projects look like."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outgrow.discovery.findings import Command, Confidence, Evidence
from outgrow.discovery.tree import Sources, folder_of, is_aside, is_within

_RANK = 50


@dataclass(frozen=True, slots=True)
class OtherProject:
    """A service of a language for which outgrow renders no Dockerfile."""

    folder: str
    stack: str
    command: Command
    name: str = ""
    worker: bool = False


def read_other_projects(sources: Sources) -> list[OtherProject]:
    """Return the services of other languages, outside of tests and examples."""
    found: list[OtherProject] = []
    modules = sources.named("go.mod")
    for path in modules or [path for path in sources.named("main.go") if path.count("/") < 2]:
        found += _go(sources, path)
    for name, text, stack, command in _BY_FILE:
        for path in sources.named(name):
            if not is_aside(folder_of(path)) and re.search(text, sources.text(path), re.M):
                found.append(_project(sources, path, text, stack, command))
    for path in sources.ending(".csproj"):
        if "Microsoft.NET.Sdk.Web" in sources.text(path) and not is_aside(folder_of(path)):
            name = path.rpartition("/")[2].removesuffix(".csproj")
            if not re.search(r"test", name, re.IGNORECASE):
                found.append(_project(sources, path, "Sdk.Web", "ASP.NET", f"dotnet {name}.dll"))
    return found


_ALONE = "go run main.go"
_JAR, _GRADLE_JAR = "java -jar target/*.jar", "java -jar build/libs/*.jar"
_LISTENS = re.compile(r"api|server|serve|web|app|main|worker|gateway|service|backend|consumer")
_BY_FILE = (
    ("Gemfile", r"gem ['\"]rails['\"]", "Ruby on Rails", "bundle exec rails server -b 0.0.0.0"),
    ("Gemfile", r"gem ['\"](?:sinatra|hanami)['\"]", "Ruby", "bundle exec rackup -o 0.0.0.0"),
    ("pom.xml", r"spring-boot-(?:maven-plugin|starter-web)", "Java, Spring Boot", _JAR),
    ("build.gradle", r"org\.springframework\.boot", "Java, Spring Boot", _GRADLE_JAR),
    ("build.gradle.kts", r"org\.springframework\.boot", "Kotlin, Spring Boot", _GRADLE_JAR),
    ("composer.json", r"\"laravel/framework\"", "PHP, Laravel", "php artisan serve --host=0.0.0.0"),
    ("mix.exs", r":phoenix\b", "Elixir, Phoenix", "mix phx.server"),
    ("Cargo.toml", r"^(?:axum|actix-web|rocket|warp|poem)\b", "Rust", "cargo run --release"),
)  # fmt: skip


def _project(sources: Sources, path: str, pattern: str, stack: str, words: str) -> OtherProject:
    text = sources.text(path)
    match = re.search(pattern, text, re.MULTILINE)
    line = text.count("\n", 0, match.start()) + 1 if match else 1
    evidence = Evidence(path, line, stack, Confidence.LIKELY)
    return OtherProject(folder_of(path), stack, Command(words, evidence, _RANK))


def _go(sources: Sources, path: str) -> list[OtherProject]:
    """Return the programs of a Go module that listen, those below `cmd/` by their own names."""
    root = folder_of(path)
    found: dict[str, OtherProject] = {}
    if is_aside(root):
        return []
    for file in sources.ending(".go"):
        folder = folder_of(file)
        if not is_within(folder, root) or is_aside(folder) or file.endswith("_test.go"):
            continue
        text = sources.text(file)
        main = re.search(r"^func main\(\)", text, re.MULTILINE)
        if main is None or not re.search(r"^package main\b", text, re.MULTILINE) or folder in found:
            continue
        below = folder[len(root) :].strip("/")
        if below and not re.match(r"(?:\w+/)?cmd/", below + "/") and below.count("/") > 1:
            continue
        line = text.count("\n", 0, main.start()) + 1
        evidence = Evidence(file, line, "a Go program", Confidence.LIKELY)
        name = folder.rpartition("/")[2]
        words = f"go run ./{below}" if below else "go run ." if path.endswith("mod") else _ALONE
        worker = bool(re.search(r"worker|consumer|job|cron", name))
        found[folder] = OtherProject(root, "Go", Command(words, evidence, _RANK), name, worker)
    programs = list(found.values())
    servers = [
        one for one in programs if _LISTENS.search(one.name)
    ]  # fmt: skip
    return programs if len(programs) == 1 else servers or programs[:1]
