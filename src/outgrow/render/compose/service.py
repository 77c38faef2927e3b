"""One service of a Compose file: a part as a container, limited to what the part has."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from outgrow.render.compose.container import own_network, own_options, security_options
from outgrow.render.compose.order import Waits
from outgrow.render.compose.plan import Plan, is_proxy
from outgrow.render.compose.probes import health_check, is_ours
from outgrow.render.compose.stores import (
    DATA_FOLDERS,
    account_environment,
    account_of,
    address_of,
    secret_name,
    tuned_command,
)
from outgrow.render.compose.values import (
    DOCKERFILES,
    PROJECT,
    interpolated,
    literal,
    mebibytes,
    project_path,
    seconds,
    starts_a_shell,
    words,
)
from outgrow.render.compose.variables import secret_value
from outgrow.render.dockerfile.base_images import NGINX_IMAGE, base_images, runtime_of
from outgrow.render.dockerfile.finish import public_keys
from outgrow.render.dockerfile.instructions import USER_ID, context_folder
from outgrow.render.kit.text import folded, is_settings
from outgrow.render.system.model import Part, Role
from outgrow.render.writers.yaml_text import Commented, Flow, Folded, Quoted, Yaml
from outgrow.strategy.containers import Build, Mount

Service = dict[str, Yaml]
_LOGGING: Yaml = {
    "driver": "json-file",
    "options": {"max-size": Quoted("10m"), "max-file": Quoted("3")},
}


def service_of(plan: Plan, part: Part, waits: Waits) -> Yaml:
    """Return the service of a part, with a comment on what it is and where that is said."""
    service = {
        **_source(plan, part),
        **_start(plan, part),
        **_order(waits),
        **_configuration(plan, part),
        **_files(part),
        **_network(plan, part),
        **_labels(part),
        **_check(plan, part),
        **_limits(plan, part),
        **_restart(part),
        **_stop(part),
        **_rights(part),
        **own_options(part),
        "logging": _LOGGING,
    }
    return Commented(service, _about(plan, part))


def migration_of(plan: Plan, part: Part, waits: Waits) -> Yaml:
    """Return the service that brings the database up to date and ends."""
    service = {
        **_source(plan, part),
        "command": words(part.run.migrate or [], _secrets_in_commands(plan, part)),
        **_profiles(part),
        **_order(waits),
        **_configuration(plan, part),
        **_temporary(part),
        **_networks(plan, part),
        "healthcheck": {"disable": True},
        **_limits(plan, part),
        "restart": Quoted("no"),
        **_rights(part),
        "logging": _LOGGING,
    }
    where = plan.system.where(*part.path, "run", "migrate")
    why = f"Runs once before a new version of `{part.name}` starts ({where})."
    return Commented(service, why)


def _about(plan: Plan, part: Part) -> str:
    offering = part.resource.offering_id
    where = plan.system.where(*part.path)
    if is_proxy(part):
        return f"{part.kind.value} ({where}): nginx in the place of {offering}."
    if offering.startswith("self-hosted/") or not offering:
        return f"{part.kind.value} ({where})."
    return f"{part.kind.value} ({where}), here in the place of {offering}."


def _source(plan: Plan, part: Part) -> Service:
    if is_proxy(part) and part.image is None and part.build is None:
        image = f"${{NGINX_IMAGE:-{NGINX_IMAGE}}}"
        command = Flow(["nginx", "-g", "daemon off;"])
        return {"image": image, "command": command, "user": Quoted(f"{USER_ID}:{USER_ID}")}
    if part.image is not None:
        return {"image": interpolated(part.image)}
    tag = f"{plan.system.name}-{part.name}:${{IMAGE_TAG:-local}}"
    return {"image": tag, "build": _build(plan, part, part.build or Build())}


def _build(plan: Plan, part: Part, build: Build) -> Service:
    folder = context_folder(build.folder)
    if folder.startswith(("/", "~")):
        context = interpolated(folder)
    else:
        context = PROJECT if folder == "." else f"{PROJECT}/{interpolated(folder)}"
    found: Service = {"context": context}
    if build.dockerfile:
        found["dockerfile"] = interpolated(build.dockerfile)
    else:
        found["dockerfile"] = f"{DOCKERFILES}/{part.name}/Dockerfile"
    if build.target:
        found["target"] = literal(build.target)
    arguments = _arguments(plan, part, build)
    return found | ({"args": arguments} if arguments else {})


def _arguments(plan: Plan, part: Part, build: Build) -> Service:
    found: Service = {key: Quoted(literal(value)) for key, value in build.arguments.items()}
    if not is_ours(part):
        return found
    for name, image in base_images(part).items():
        found.setdefault(name, f"${{{name}:-{image}}}")
    for key in public_keys(part):
        if key in part.environment:
            found.setdefault(key, literal(part.environment[key]))
        else:
            found.setdefault(key, secret_value(plan, part, key))
    if runtime_of(part) == "python":
        found |= {
            "PIP_INDEX_URL": Commented(
                "${PIP_INDEX_URL:-}",
                "An index of one's own comes from the environment; it never reaches the image.",
            )
        }
    return found


def _start(plan: Plan, part: Part) -> Service:
    found: Service = {}
    run = part.run
    secrets = _secrets_in_commands(plan, part)
    shell = starts_a_shell(run.entrypoint or [])
    if run.entrypoint:
        found["entrypoint"] = words(run.entrypoint, secrets)
    if run.command:
        found["command"] = words(run.command, {} if shell else secrets)
    elif part.role is Role.STORE and not run.as_written:
        callers = tuple(one for one in plan.parts if one.name in part.linked_from)
        tuned = tuned_command(part, callers)
        if tuned is not None:
            found["command"] = Commented(tuned[0], tuned[1])
    if run.working_folder:
        found["working_dir"] = literal(run.working_folder)
    if run.user:
        found["user"] = Quoted(literal(run.user))
    return found | _profiles(part)


def _secrets_in_commands(plan: Plan, part: Part) -> Mapping[str, str]:
    """Return what Compose puts in for each secret that somebody else than outgrow makes up."""
    addresses = {one.key for one in part.connections}
    return {
        key: secret_value(plan, part, key)
        for key in part.secrets
        if part.run.as_written or key not in addresses
    }


def _profiles(part: Part) -> Service:
    return {"profiles": list(part.run.profiles)} if part.run.profiles else {}


def _order(waits: Waits) -> Service:
    if not waits:
        return {}
    return {"depends_on": {name: {"condition": until} for name, until in waits.items()}}


def _configuration(plan: Plan, part: Part) -> Service:
    found: Service = {}
    files = [*part.run.environment_files]
    if part.role is Role.APPLICATION and plan.system.settings.env_file:
        files.insert(0, plan.system.settings.env_file)
    if files:
        found["env_file"] = [project_path(one) for one in files]
    environment = _environment(plan, part)
    if environment:
        found["environment"] = environment
    account = account_of(plan.system, part) if part.role is Role.STORE else None
    if account is not None and account.from_file:
        found["secrets"] = [secret_name(part)]
    return found


def _environment(plan: Plan, part: Part) -> Mapping[str, Yaml]:
    static = is_ours(part) and runtime_of(part) == "static"
    built_in = set(public_keys(part)) if static else set()
    found: Service = {
        key: Folded(folded(value)) if is_settings(part, key) else Quoted(literal(value))
        for key, value in part.environment.items()
        if key not in built_in
    }
    addresses = {one.key: plan.part(one.store) for one in part.connections}
    copies = {one.key for one in part.connections if one.replica is not None}
    for key in part.secrets:
        if key in built_in:
            continue
        store = addresses.get(key)
        ours = store is not None and not part.run.as_written
        address = address_of(plan.system, store) if store is not None and ours else None
        found[key] = address or secret_value(plan, part, key)
        if address and key in copies:
            found[key] = Commented(address, "Here the database answers in place of its replica.")
    if part.role is Role.STORE:
        found = dict(account_environment(plan.system, part)) | found
    return found


def _files(part: Part) -> Service:
    mounts: list[Yaml] = [_mount(one) for one in part.run.volumes]
    folder = DATA_FOLDERS.get(part.kind)
    if keeps_data(part) and folder is not None:
        mounts = [f"{data_volume(part)}:{folder}"]
    if is_proxy(part) and part.image is None:
        mounts = [*mounts, f"./{part.name}/nginx.conf:/etc/nginx/nginx.conf:ro"]
    return ({"volumes": mounts} if mounts else {}) | _temporary(part)


def data_volume(part: Part) -> str:
    """Return the named volume that a store keeps its data in."""
    return f"{part.name.replace('-', '_')}_data"


def keeps_data(part: Part) -> bool:
    """Return whether outgrow gives a store a volume, as the strategy gives it none."""
    own = part.run.volumes or part.run.as_written
    return not own and part.kind in DATA_FOLDERS and part.image is not None


def is_named(mount: Mount) -> bool:
    """Return whether a mount is a named volume rather than a folder or an anonymous one."""
    return mount.source is not None and not mount.source.startswith((".", "/", "~", "$"))


def _mount(mount: Mount) -> Yaml:
    target = literal(mount.target)
    if mount.source is None:
        return target
    source = mount.source
    if source.startswith("."):
        source = project_path(source)
    elif not is_named(mount):
        source = interpolated(source)
    return f"{source}:{target}" + (":ro" if mount.read_only else "")


def _temporary(part: Part) -> Service:
    """Return what may be written: nothing but memory, where the image is one of ours."""
    folders = list(part.run.writable_folders)
    if not _is_read_only(part):
        return {"tmpfs": [literal(one) for one in folders]} if folders else {}
    if part.build is not None and part.build.framework == "next":
        folders.append("/app/.next/cache")
    owned = [f"{literal(one)}:uid={USER_ID},gid={USER_ID},mode=0700" for one in folders]
    return {"read_only": True, "tmpfs": ["/tmp", *dict.fromkeys(owned)]}


def _is_read_only(part: Part) -> bool:
    if is_proxy(part) and part.image is None:
        return True
    return part.role is Role.APPLICATION and is_ours(part)


def _network(plan: Plan, part: Part) -> Service:
    ports = plan.ports.get(part.name, ())
    found: Service = {"ports": [Quoted(port.text) for port in ports]} if ports else {}
    return found | _networks(plan, part)


def _labels(part: Part) -> Service:
    """Return what a proxy reads of the container, and the names that the container knows."""
    found: Service = {}
    if part.run.labels:
        found["labels"] = {k: Quoted(literal(v)) for k, v in part.run.labels.items()}
    if part.run.extra_hosts:
        found["extra_hosts"] = [Quoted(literal(one)) for one in part.run.extra_hosts]
    return found


def _networks(plan: Plan, part: Part) -> Service:
    own = own_network(part)
    if own is not None:
        return own
    if part.role is Role.STORE:
        return {"networks": Flow(["front", "back"] if part.name in plan.ports else ["back"])}
    sends_files = is_ours(part) and runtime_of(part) == "static"
    alone = not plan.stores or is_proxy(part) or sends_files
    return {"networks": Flow(["front"] if alone else ["front", "back"])}


def _check(plan: Plan, part: Part) -> Service:
    check = health_check(part, _secrets_in_commands(plan, part))
    return {"healthcheck": check} if check else {}


def _limits(plan: Plan, part: Part) -> Service:
    if part.run.as_written and not plan.local:
        return _written_limits(part)
    size = part.size
    vcpu = size.vcpu if plan.host_vcpu is None else min(size.vcpu, plan.host_vcpu)
    if size.assumed:
        source = f"Assumed, as {plan.system.where(*part.path)} does not say all of it."
    else:
        source = f"As {size.source} has it."
    if vcpu < size.vcpu:
        source += f" This machine has {vcpu.normalize():f} of its {size.vcpu.normalize():f} vCPU."
    memory = mebibytes(size.memory_gib)
    found: Service = {"mem_limit": Commented(f"{memory}m", source)}
    asked = part.spec.needs.memory_gib
    if asked is not None and mebibytes(asked) < memory:
        found["mem_reservation"] = f"{mebibytes(asked)}m"
    return found | {"cpus": vcpu.quantize(Decimal("0.01"))}


def _written_limits(part: Part) -> Service:
    """Return the limits that the strategy states, and none of our own."""
    needs = part.spec.needs
    found: Service = {}
    if needs.memory_gib_limit is not None:
        found["mem_limit"] = f"{mebibytes(needs.memory_gib_limit)}m"
    if needs.memory_gib is not None:
        found["mem_reservation"] = f"{mebibytes(needs.memory_gib)}m"
    if needs.vcpu_limit is not None:
        found["cpus"] = needs.vcpu_limit
    return found


def _restart(part: Part) -> Service:
    written = part.run.restart or ("" if part.run.as_written else "unless-stopped")
    return {"restart": Quoted(written) if written == "no" else written} if written else {}


def _stop(part: Part) -> Service:
    """Return how long it has to end: what the strategy says, or its longest request."""
    longest = part.spec.needs.longest_request_seconds
    if part.run.as_written and not part.run.stop_seconds:
        return {}
    if part.run.stop_seconds:
        return {"stop_grace_period": seconds(part.run.stop_seconds)}
    if part.role is Role.STORE:
        return {"stop_grace_period": "60s"}
    return {"stop_grace_period": seconds(longest + 5 if longest and longest > 25 else 30)}


def _rights(part: Part) -> Service:
    """Return the rights a container gives up.

    An image of somebody else's may begin as root and change its user, for which it needs
    capabilities; one of ours never does.
    """
    options = security_options(part)
    found: Service = {"security_opt": options} if options else {}
    return found | ({"cap_drop": ["ALL"]} if _is_read_only(part) else {})
