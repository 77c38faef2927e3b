"""How each kind of place takes a new version: the steps of a job that deploys."""

from __future__ import annotations

from outgrow.render.github_actions.image_jobs import image_variables
from outgrow.render.github_actions.names import secret, written_secret
from outgrow.render.github_actions.stages import Placed, Stage
from outgrow.render.github_actions.steps import TREE, Step, quoted, runs
from outgrow.render.kubernetes.placement import namespace_named, namespace_of, place
from outgrow.render.kubernetes.slots import slots
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Yaml


def railway_steps(system: System, placed: Placed) -> list[Step]:
    """Return how Railway deploys: its hook where the strategy has one, else its CLI."""
    hook = written_secret(system, "WEBHOOK_URL")
    if hook is not None:
        script = ['curl --fail --silent --show-error --retry 3 --request POST "$HOOK"']
        return [runs("Ask Railway to deploy", script, {"HOOK": hook})]
    token = secret(system, "RAILWAY_TOKEN", "RAILWAY_TOKEN")
    script = [f"npx --yes @railway/cli@4 up --ci --service {quoted(safe_name(placed.component))}"]
    return [runs("Deploy to Railway", script, {"RAILWAY_TOKEN": token})]


def compose_steps(system: System, images: list[str]) -> list[Step]:
    """Return how a machine with Docker takes new images over SSH."""
    folder = quoted(f"/srv/{system.name}")
    machine = machine_variables()
    back = [
        *ON_MACHINE,
        f"on_machine 'cd {folder} && cp images.before.yaml images.yaml &&",
        f"  {_COMPOSE} up --detach --wait'",
    ]
    undo = runs("Go back to the images before", back, machine)
    return [
        know_machine(),
        _compose_images(system, images),
        runs("Deploy and wait", _compose_script(folder), {**machine, "TREE": TREE}, id="deploy"),
        {
            "name": undo.pop("name"),
            "if": "${{ failure() && steps.deploy.outcome == 'failure' }}",
            **undo,
        },
    ]


def know_machine() -> Step:
    """Return the step after which a script may use `ON_MACHINE`."""
    known: dict[str, Yaml] = {
        "KNOWN_HOSTS": "${{ vars.DEPLOY_KNOWN_HOSTS }}",
        "KEY": "${{ secrets.DEPLOY_SSH_KEY }}",
    }
    return runs("Know the machine", _KNOW_MACHINE, known)


def machine_variables() -> dict[str, Yaml]:
    """Return the variables that `ON_MACHINE` reads."""
    return {"HOST": "${{ vars.DEPLOY_HOST }}", "DEPLOY_USER": "${{ vars.DEPLOY_USER }}"}


_KNOW_MACHINE = [
    "install -d -m 700 ~/.ssh",
    "# The machine's key is pinned: a machine that only answers at its address is not it.",
    "printf '%s\\n' \"$KNOWN_HOSTS\" > ~/.ssh/known_hosts",
    "(umask 077; printf '%s\\n' \"$KEY\" > ~/.ssh/deploy)",
]
ON_MACHINE = [
    "on_machine() {",
    '  ssh -i ~/.ssh/deploy -o StrictHostKeyChecking=yes "$DEPLOY_USER@$HOST" "$1"',
    "}",
]
_COMPOSE = "docker compose --file compose.yaml --file images.yaml"


def _compose_script(folder: str) -> list[str]:
    return [
        *ON_MACHINE,
        'tar --create --directory "$TREE/compose" . |',
        f"  on_machine 'mkdir -p {folder} && tar --extract --directory {folder}'",
        "# What runs now is kept, to go back to; on a new machine there is nothing yet.",
        f"on_machine 'cd {folder} && {{ cp images.yaml images.before.yaml || true; }} &&",
        "  cat > images.yaml' < images.yaml",
        f"on_machine 'cd {folder} && {_COMPOSE} pull &&",
        f"  {_COMPOSE} up --detach --wait --remove-orphans'",
    ]


def _compose_images(system: System, images: list[str]) -> Step:
    if not images:
        return runs("Name no image: none is built here", ["echo 'services: {}' > images.yaml"])
    variables: dict[str, Yaml] = {}
    lines = ["{", "  echo 'services:'"]
    for component in images:
        found = image_variables(component)
        key = safe_name(component).replace("-", "_").upper()
        variables[f"{key}_IMAGE"] = f"{found['IMAGE']}@{found['DIGEST']}"
        services = [safe_name(component)]
        if system.strategy.components[component].run.migrate:
            services.append(f"{safe_name(component)}-migrate")
        for service in services:
            lines.append(f"  printf '  {service}:\\n    image: %s\\n' \"${key}_IMAGE\"")
    return runs("Name the images by their digests", [*lines, "} > images.yaml"], variables)


def kubernetes_steps(system: System, stage: Stage, images: list[str]) -> list[Step]:
    """Return how a cluster takes new images, and goes back when they do not become ready."""
    namespace = namespace_of_stage(system, stage)
    migrating = [n for n in images if system.strategy.components[n].run.migrate]
    workloads, by_server = _workloads(system, images)
    variables: dict[str, Yaml] = {"TREE": TREE, "STAGE": stage.name, "NAMESPACE": namespace}
    edit = ['cd "$TREE/kubernetes/overlays/$STAGE"']
    pinned: dict[str, Yaml] = {}
    for name in images:
        found = image_variables(name)
        key = safe_name(name).replace("-", "_").upper()
        pinned[f"{key}_IMAGE"] = f"{found['IMAGE']}@{found['DIGEST']}"
        line = f'kustomize edit set image "{system.name}-{safe_name(name)}=${key}_IMAGE"'
        edit.append(line)
        if name in migrating:
            edit.append(f"(cd migrations && {line})")
    where = {key: variables[key] for key in ("TREE", "STAGE")}
    undo = [f'kubectl --namespace "$NAMESPACE" rollout undo {name}' for name in workloads]
    back = runs("Go back to the version before", undo, {"NAMESPACE": namespace})
    rollout = [f'kubectl apply {by_server}--kustomize "$TREE/kubernetes/overlays/$STAGE"']
    rollout += [
        f'kubectl --namespace "$NAMESPACE" rollout status {name} --timeout=10m'
        for name in workloads
    ]
    migrate = _kubernetes_migration([safe_name(name) for name in migrating])
    return [
        _cluster_access(system, stage),
        runs("Name the images by their digests", edit, {**where, **pinned}),
        *([runs("Migrate the database with the new image", migrate, variables)] if migrate else []),
        runs("Deploy and wait", rollout, variables, id="rollout"),
        {
            "name": back.pop("name"),
            "if": "${{ failure() && steps.rollout.outcome == 'failure' }}",
            **back,
        },
    ]


def _workloads(system: System, images: list[str]) -> tuple[list[str], str]:
    """Return the Deployments of components, and the flag with which slots are applied.

    `outgrow deploy` moves requests between slots. The server then refuses to move them back.
    """
    cluster, found, slotted = place(system), [], False
    for name in images:
        part = system.part(name)
        beside = slots(cluster, part) if part else ()
        slotted = slotted or bool(beside)
        found += [f"deployment/{slot.name}" for slot in beside] or [f"deployment/{safe_name(name)}"]
    return found, "--server-side " if slotted else ""


def namespace_of_stage(system: System, stage: Stage) -> str:
    """Return the namespace that the target `kubernetes` gives the stage."""
    if stage.name == system.environment:
        return namespace_of(system)
    cluster = stage.settings.cluster
    if cluster is not None and cluster.namespace:
        return cluster.namespace
    return namespace_named(system.name, stage.name)


def _kubernetes_migration(names: list[str]) -> list[str]:
    if not names:
        return []
    inside = 'kubectl --namespace "$NAMESPACE"'
    return [
        'kubectl apply --filename "$TREE/kubernetes/overlays/$STAGE/namespace.yaml"',
        *(f"{inside} delete job {name}-migrate --ignore-not-found" for name in names),
        'kubectl apply --kustomize "$TREE/kubernetes/overlays/$STAGE/migrations"',
        *(
            f"{inside} wait job/{name}-migrate --for=condition=complete --timeout=15m"
            for name in names
        ),
    ]


def _cluster_access(system: System, stage: Stage) -> Step:
    if stage.on_eks:
        default = safe_name(f"{system.name}-{stage.name}")
        variables: dict[str, Yaml] = {
            "CLUSTER": "${{ vars.EKS_CLUSTER || '" + default + "' }}",
        }
        return runs("Reach the cluster", ['aws eks update-kubeconfig --name "$CLUSTER"'], variables)
    script = [
        "install -d -m 700 ~/.kube",
        "(umask 077; printf '%s\\n' \"$KUBECONFIG_TEXT\" > ~/.kube/config)",
    ]
    return runs("Reach the cluster", script, {"KUBECONFIG_TEXT": "${{ secrets.KUBECONFIG }}"})
