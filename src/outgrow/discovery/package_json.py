"""Node projects: the framework, what builds and what starts them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from outgrow.discovery.findings import Command, Confidence, Evidence
from outgrow.discovery.tree import Sources, folder_of, is_aside
from outgrow.strategy.containers import Framework

_RANK = 60
# The first that is among the dependencies says what the project is.
_FRAMEWORKS: tuple[tuple[str, Framework, str], ...] = (
    ("next", "next", "frontend"),
    ("nuxt", "none", "frontend"),
    ("nuxt3", "none", "frontend"),
    ("@remix-run/react", "none", "frontend"),
    ("@react-router/serve", "none", "frontend"),
    ("@sveltejs/kit", "none", "frontend"),
    ("astro", "none", "frontend"),
    ("gatsby", "none", "frontend"),
    ("@tanstack/react-start", "none", "frontend"),
    ("@nestjs/core", "nest", "service"),
    ("@adonisjs/core", "none", "service"),
    ("@strapi/strapi", "none", "service"),
    ("strapi", "none", "service"),
    ("@redwoodjs/core", "none", "service"),
    ("express", "express", "service"),
    ("fastify", "none", "service"),
    ("koa", "none", "service"),
    ("hono", "none", "service"),
    ("@hapi/hapi", "none", "service"),
    ("@apollo/server", "none", "service"),
    ("apollo-server", "none", "service"),
    ("graphql-yoga", "none", "service"),
    ("elysia", "none", "service"),
    ("@medusajs/medusa", "none", "service"),
    ("restify", "none", "service"),
    ("sails", "none", "service"),
    ("@feathersjs/feathers", "none", "service"),
    ("json-server", "none", "service"),
    ("react-scripts", "create-react-app", "frontend"),
    ("@angular/core", "none", "frontend"),
    ("@vue/cli-service", "none", "frontend"),
    ("vite", "vite", "frontend"),
    ("parcel", "none", "frontend"),
    ("socket.io", "none", "service"),
    ("ws", "none", "service"),
    ("bullmq", "none", "worker"),
    ("bull", "none", "worker"),
    ("discord.js", "none", "worker"),
    ("telegraf", "none", "worker"),
    ("amqplib", "none", "worker"),
    ("kafkajs", "none", "worker"),
)
_STATIC = frozenset({"vite", "create-react-app"})
_STATIC_WITH = frozenset({"@angular/core", "@vue/cli-service", "gatsby", "parcel"})
_NOT_A_START = re.compile(
    r"^(?:nodemon|ts-node-dev|vite|react-scripts start|ng serve|vue-cli-service serve|next dev|"
    r"webpack(?:-dev-server)? serve|webpack-dev-server|gatsby develop|"
    r"parcel|tsx watch|expo start)\b"
)
# What a build makes and Node starts, where no script says so.
_BUILT = (
    ("@sveltejs/adapter-node", "SvelteKit for Node", "node build"),
    ("nuxt", "Nuxt", "node .output/server/index.mjs"),
    ("@remix-run/serve", "Remix", "npx remix-serve build/server/index.js"),
    ("@react-router/serve", "React Router", "npx react-router-serve build/server/index.js"),
)
_LOCKS = (
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lockb", "bun"),
    ("bun.lock", "bun"),
)


@dataclass(slots=True)
class NodeProject:
    """A folder with a package.json that runs or builds something."""

    path: str
    folder: str
    name: str
    framework: Framework
    kind: str
    product: str
    static: bool
    start: Command | None
    build: str
    version: str
    dependencies: dict[str, int]
    packager: str
    is_workspace: bool
    line: int


def read_node_projects(sources: Sources) -> list[NodeProject]:
    """Return every Node project outside of tests and examples."""
    found = [
        _read(sources, path)
        for path in sources.named("package.json")
        if not is_aside(folder_of(path))
    ]
    return [one for one in found if one is not None]


def _read(sources: Sources, path: str) -> NodeProject | None:
    try:
        data = json.loads(sources.text(path) or "null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    folder = folder_of(path)
    dependencies = {
        name: _line(sources, path, name)
        for key in ("dependencies", "devDependencies")
        for name in _mapping(data.get(key))
    }
    runtime_only = set(_mapping(data.get("dependencies")))
    scripts = {k: v for k, v in _mapping(data.get("scripts")).items() if isinstance(v, str)}
    product, framework, kind = _framework(dependencies, runtime_only)
    packager = _packager(sources, folder)
    static = framework in _STATIC or product in _STATIC_WITH
    engines = _mapping(data.get("engines")).get("node")
    version = re.search(r"\d+", engines) if isinstance(engines, str) else None
    return NodeProject(
        path, folder, str(data.get("name") or ""), framework, kind, product, static,
        None if static else _start(sources, path, scripts, data, product, packager, dependencies),
        f"{packager} run build" if "build" in scripts else "",
        version[0] if version else "", dependencies, packager,
        "workspaces" in data or f"{folder}/pnpm-workspace.yaml".lstrip("/") in sources,
        dependencies.get(product, 1),
    )  # fmt: skip


def _framework(dependencies: dict[str, int], runtime_only: set[str]) -> tuple[str, Framework, str]:
    for product, framework, kind in _FRAMEWORKS:
        if product in runtime_only or (product in dependencies and kind == "frontend"):
            if product == "vite" and not _is_page(dependencies):
                continue
            return product, framework, kind
    return "", "none", ""


def _is_page(dependencies: dict[str, int]) -> bool:
    """Return whether Vite builds pages rather than a library or tests."""
    return any(
        name in dependencies
        for name in ("react", "react-dom", "vue", "svelte", "preact", "solid-js", "lit", "three",
                     "@vitejs/plugin-react", "@vitejs/plugin-vue", "alpinejs", "@builder.io/qwik")
    )  # fmt: skip


def _start(
    sources: Sources, path: str, scripts: dict[str, str], data: dict[str, object], product: str,
    packager: str, dependencies: dict[str, int],
) -> Command | None:  # fmt: skip
    run = "npm run" if packager == "npm" else packager
    for name in ("start:prod", "start:production", "serve:prod", "start", "serve", "server"):
        script = scripts.get(name)
        if script and not _NOT_A_START.search(script):
            words = f"{packager} start" if name == "start" else f"{run} {name}"
            says = f"the script `{name}`: {script}"
            evidence = Evidence(path, _line(sources, path, name), says, Confidence.LIKELY)
            return Command(words, evidence, _RANK, script)
    for needed, told, words in _BUILT:
        if needed in dependencies:
            line = _line(sources, path, needed)
            return Command(words, Evidence(path, line, told, Confidence.LIKELY), _RANK - 10)
    if product == "next":
        evidence = Evidence(path, _line(sources, path, "next"), "Next.js", Confidence.LIKELY)
        return Command("npx next start", evidence, _RANK - 10)
    main = data.get("main")
    folder = folder_of(path)
    candidates = [main] if isinstance(main, str) else []
    for name in (*candidates, "server.js", "index.js", "app.js", "src/index.js", "src/server.js"):
        if (f"{folder}/{name}" if folder else name) in sources:
            evidence = Evidence(
                path, _line(sources, path, "main"), f"it has {name}", Confidence.LIKELY
            )
            return Command(f"node {name}", evidence, _RANK - 10)
    script = scripts.get("start") or scripts.get("dev")
    if script:
        name = "start" if "start" in scripts else "dev"
        words = f"{packager} start" if name == "start" else f"{run} {name}"
        evidence = Evidence(
            path, _line(sources, path, name), f"the script `{name}`: {script}", Confidence.GUESS
        )
        return Command(words, evidence, _RANK - 20, script)
    return None


def _packager(sources: Sources, folder: str) -> str:
    parts = folder.split("/") if folder else []
    for depth in range(len(parts), -1, -1):
        above = "/".join(parts[:depth])
        for lock, packager in _LOCKS:
            if (f"{above}/{lock}" if above else lock) in sources:
                return packager
        if (f"{above}/package-lock.json" if above else "package-lock.json") in sources:
            return "npm"
    return "npm"


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _line(sources: Sources, path: str, key: str) -> int:
    found = sources.text(path).find(f'"{key}"')
    return sources.text(path).count("\n", 0, found) + 1 if found >= 0 else 1
