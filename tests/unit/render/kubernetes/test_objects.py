"""Which objects a strategy becomes on a cluster, and what is said of the rest."""

from __future__ import annotations

import yaml
from tests.systems import system
from tests.unit.render.kubernetes.written import CLUSTER, named, rendered_objects, system_of

from outgrow.render.kubernetes.target import TARGET, cluster_rendering


def text_of(path: str, **changes: object) -> str:
    rendering = cluster_rendering(system_of(CLUSTER, **changes))
    return next(file.text for file in rendering.files if file.path == path)


def components(**changes: object) -> dict[str, object]:
    """Return the components of the strategy with keys of `api` replaced."""
    written: dict[str, dict[str, object]] = yaml.safe_load(CLUSTER)["components"]
    return {**written, "api": {**written["api"], **changes}}


def codes(**changes: object) -> list[str]:
    return [loss.code for loss in cluster_rendering(system_of(CLUSTER, **changes)).losses]


def test_applies_where_parts_run_on_a_cluster_and_only_there() -> None:
    assert TARGET.applies(system("nowry", "kubernetes"))
    assert TARGET.applies(system("floyo", "self-hosted"))
    assert TARGET.applies(system_of())
    assert not TARGET.applies(system("nowry", "aws"))
    assert not TARGET.applies(system("sprint-one", "compose"))


def test_covers_the_parts_on_the_cluster_and_leaves_out_what_lives_elsewhere() -> None:
    rendering = cluster_rendering(system("nowry", "kubernetes"))
    assert rendering.covers == {"backend"}
    assert rendering.losses == ()


def test_asked_for_without_a_cluster_it_takes_every_part_and_says_what_each_leaves() -> None:
    rendering = cluster_rendering(system("nexod", "production"))
    assert rendering.covers == {"web", "api"}
    left = {loss.path for loss in rendering.losses if loss.code == "kubernetes-offering"}
    assert len(left) == 2


def test_asked_for_without_a_cluster_containers_of_our_own_are_no_loss() -> None:
    rendering = cluster_rendering(system("sprint-one", "compose"))
    assert rendering.covers == {"app", "postgres", "redis"}
    assert not rendering.losses


def test_requests_are_what_it_needs_and_limits_the_most_it_may_take() -> None:
    pod = named(rendered_objects(system_of()), "Deployment", "api")["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"] == {
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"cpu": "1", "memory": "1Gi"},
    }


def test_an_autoscaler_owns_the_count_where_it_has_room() -> None:
    objects = rendered_objects(system_of())
    scaler = named(objects, "HorizontalPodAutoscaler", "api")["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 6)
    assert "replicas" not in named(objects, "Deployment", "api")["spec"]
    replicas = yaml.safe_load(text_of("overlays/production/kustomization.yaml"))["replicas"]
    assert replicas == [{"name": "jobs", "count": 1}]


def test_a_disruption_budget_is_for_more_than_one() -> None:
    budgets = [o for o in rendered_objects(system_of()) if o["kind"] == "PodDisruptionBudget"]
    assert [budget["metadata"]["name"] for budget in budgets] == ["api"]


def test_only_linked_parts_reach_a_store() -> None:
    policy = named(rendered_objects(system_of()), "NetworkPolicy", "db")["spec"]
    callers = policy["ingress"][0]["from"]
    names = [c["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for c in callers]
    assert names == ["api", "jobs"]
    assert policy["egress"] == []


def test_a_managed_store_is_reached_on_its_own_port_but_never_the_machines_credentials() -> None:
    objects = rendered_objects(system("nowry", "kubernetes"))
    rule = named(objects, "NetworkPolicy", "backend")["spec"]["egress"][0]
    assert rule["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}]
    assert [port["port"] for port in rule["ports"]] == [443, 6379, 27017]


def test_the_address_of_the_environment_is_what_the_ingress_answers_to() -> None:
    spec = named(rendered_objects(system_of()), "Ingress", "api")["spec"]
    assert spec["tls"] == [{"hosts": ["api.shop.example"], "secretName": "api-tls"}]
    assert spec["rules"][0]["host"] == "api.shop.example"
    assert spec["ingressClassName"] == "traefik"


def test_an_address_that_is_no_name_of_the_internet_is_not_one() -> None:
    urls = {"production": {"urls": {"api": "https://loc alhost\n- x: 1"}}}
    objects = rendered_objects(system_of(CLUSTER, environments=urls))
    assert "host" not in named(objects, "Ingress", "api")["spec"]["rules"][0]


def test_a_migration_is_a_job_that_is_applied_and_waited_for_before_the_rest() -> None:
    rendering = cluster_rendering(system_of())
    text = next(f.text for f in rendering.files if f.path.endswith("migrations/api.yaml"))
    job = list(yaml.safe_load_all(text))[1]
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == [
        "sh", "-c", "alembic upgrade head",
    ]  # fmt: skip
    wait = next(i for i, c in enumerate(rendering.commands) if " wait job/api-migrate" in c)
    rollout = rendering.commands.index("kubectl apply --kustomize overlays/production")
    assert wait < rollout


def test_pods_of_a_migration_get_no_traffic() -> None:
    objects = rendered_objects(system_of())
    labels = named(objects, "Job", "api-migrate")["spec"]["template"]["metadata"]["labels"]
    selector = named(objects, "Service", "api")["spec"]["selector"]
    assert not selector.items() <= labels.items()


def test_the_health_path_is_asked_for_and_a_shell_check_keeps_its_dollars() -> None:
    objects = rendered_objects(system_of())
    api = named(objects, "Deployment", "api")["spec"]["template"]["spec"]["containers"][0]
    assert api["readinessProbe"]["httpGet"] == {"path": "/health", "port": "http"}
    db = named(objects, "StatefulSet", "db")["spec"]["template"]["spec"]["containers"][0]
    assert db["livenessProbe"]["exec"]["command"] == [
        "sh", "-c", "pg_isready -q -U $POSTGRES_USER -d $POSTGRES_DB",
    ]  # fmt: skip


def test_text_of_the_strategy_stays_a_value() -> None:
    hostile = 'a"b\n- evil: {{ x }} ${Y} $(Z)'
    found = components(environment={"MODE": hostile}, description=hostile)
    top = yaml.safe_load(text_of("overlays/production/kustomization.yaml", components=found))
    assert top["configMapGenerator"][0]["literals"] == [f'MODE="{hostile}"']
    for file in cluster_rendering(system_of(CLUSTER, components=found)).files:
        assert "\n- evil" not in file.text


def test_a_secret_in_a_list_is_filled_in_by_the_kubelet_and_one_in_a_script_by_the_shell() -> None:
    listed = ["./api", "--database", "${DATABASE_URL}", "--mode", "${MODE}"]
    for command, args in (
        (listed, ["./api", "--database", "$(DATABASE_URL)", "--mode", "${MODE}"]),
        (["sh", "-c", "./api ${DATABASE_URL}"], ["sh", "-c", "./api ${DATABASE_URL}"]),
    ):
        objects = rendered_objects(system_of(components=components(run={"command": command})))
        api = named(objects, "Deployment", "api")["spec"]["template"]["spec"]["containers"][0]
        assert api["args"] == args


def test_a_low_port_needs_no_root() -> None:
    found = components(needs={"ports": [80]})
    objects = rendered_objects(system_of(CLUSTER, components=found))
    security = named(objects, "Deployment", "api")["spec"]["template"]["spec"]["securityContext"]
    assert security["runAsUser"] == 10001
    assert security["sysctls"][0]["value"] == "80"


def test_an_environment_that_fits_into_something_gets_a_quota() -> None:
    room = {"production": {"fits_into": {"vcpu": 9, "memory_gib": 12}, "reserves": {"vcpu": 0.5}}}
    objects = rendered_objects(system_of(CLUSTER, environments=room))
    quota = named(objects, "ResourceQuota", "environment")["spec"]["hard"]
    assert quota == {"requests.cpu": "8500m", "limits.memory": "12Gi"}


def test_a_quota_leaves_room_to_replace_a_container() -> None:
    room = {"production": {"fits_into": {"memory_gib": 2}}}
    objects = rendered_objects(system_of(CLUSTER, environments=room))
    quota = named(objects, "ResourceQuota", "environment")["spec"]["hard"]
    assert quota == {"limits.memory": "8Gi"}  # six of 1 GiB, two of 512 MiB, and one more


def test_the_namespace_admits_restricted_pods_only() -> None:
    labels = named(rendered_objects(system_of()), "Namespace", "shop-production")["metadata"]
    assert labels["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_secrets_are_named_with_where_they_live_and_never_with_a_value() -> None:
    page = text_of("SECRETS.md")
    assert "| `DATABASE_URL` | `env:DATABASE_URL`; the address of db |" in page
    assert "create secret generic api-secrets --from-env-file=api.secrets.env" in page


def test_what_a_cluster_cannot_do_is_a_loss() -> None:
    assert codes() == []
    assert codes(retention={"backups_days": 7}) == ["kubernetes-backups"]
    limits = [{"route": "/", "requests": 1, "per_seconds": 1}]
    assert codes(rate_limits=limits) == ["kubernetes-rate-limits"]
    env = {"production": {"env_file": ".env.live", "schedule": {"hours_month": 200}}}
    assert codes(environments=env) == ["kubernetes-schedule", "kubernetes-environment-file"]
    kept = components(run={"volumes": [{"source": "files", "target": "/srv"}]})
    assert codes(components=kept) == ["kubernetes-volumes"]
    sticky = components(needs={"sticky_sessions": True})
    assert codes(components=sticky) == ["kubernetes-sticky-sessions"]
    stateful = yaml.safe_load(CLUSTER)["phases"]
    stateful["live"]["use"]["db"]["count"] = 3
    assert codes(phases=stateful) == ["kubernetes-store-copies"]


def test_blue_green_has_two_deployments_and_a_service_that_selects_one() -> None:
    objects = rendered_objects(system_of(deploy={"strategy": "blue_green"}))
    names = {one["metadata"]["name"] for one in objects if one["kind"] == "Deployment"}
    assert names == {"api-blue", "api-green", "jobs"}  # nobody connects to a worker: it rolls
    for colour in ("blue", "green"):
        found = named(objects, "Deployment", f"api-{colour}")["spec"]
        assert found["selector"]["matchLabels"]["outgrow/slot"] == colour
        assert found["template"]["metadata"]["labels"]["outgrow/slot"] == colour
        assert "replicas" not in found  # applying the files again empties no slot
        scaler = named(objects, "HorizontalPodAutoscaler", f"api-{colour}")["spec"]
        assert scaler["scaleTargetRef"]["name"] == f"api-{colour}"
    assert named(objects, "Service", "api")["spec"]["selector"]["outgrow/slot"] == "blue"
    assert named(objects, "Ingress", "api")
    assert not [one for one in objects if one["kind"] == "HTTPRoute"]


def test_a_canary_has_a_route_with_a_weight_for_each_slot_and_no_ingress() -> None:
    objects = rendered_objects(system_of(deploy={"strategy": "canary"}))
    (rule,) = named(objects, "HTTPRoute", "api")["spec"]["rules"]
    weights = {one["name"]: one["weight"] for one in rule["backendRefs"]}
    assert weights == {"api-blue": 100, "api-green": 0}
    assert not [one for one in objects if one["kind"] == "Ingress"]
    for colour in ("blue", "green"):
        selected = named(objects, "Service", f"api-{colour}")["spec"]["selector"]
        assert selected["outgrow/slot"] == colour


def test_a_gateway_that_is_named_is_the_parent_of_the_route_and_may_connect() -> None:
    gateway = {"name": "public", "namespace": "gateways"}
    cluster = {"context": "shop", "server": "https://k8s.shop.example", "gateway": gateway}
    production = {"urls": {"api": "https://api.shop.example"}, "cluster": cluster}
    changes = {"deploy": {"strategy": "blue_green"}, "environments": {"production": production}}
    objects = rendered_objects(system_of(CLUSTER, **changes))
    assert named(objects, "HTTPRoute", "api")["spec"]["parentRefs"] == [gateway]
    policy = named(objects, "NetworkPolicy", "api")["spec"]["ingress"]
    (source,) = policy[0]["from"]
    labels = source["namespaceSelector"]["matchLabels"]
    assert labels == {"kubernetes.io/metadata.name": "gateways"}


def test_what_deploys_side_by_side_is_no_loss_any_more() -> None:
    assert codes(deploy={"strategy": "canary"}) == []
    assert codes(deploy={"strategy": "blue_green"}) == []


def test_a_quota_leaves_room_for_both_slots() -> None:
    room = {"production": {"fits_into": {"memory_gib": 2}}}
    changes = {"deploy": {"strategy": "blue_green"}, "environments": room}
    quota = named(rendered_objects(system_of(CLUSTER, **changes)), "ResourceQuota", "environment")
    assert quota["spec"]["hard"] == {"limits.memory": "14Gi"}  # six of 1 GiB more than rolling


def test_an_environment_may_name_its_namespace() -> None:
    cluster = {"context": "shop", "server": "https://k8s.shop.example", "namespace": "live"}
    objects = rendered_objects(system_of(environments={"production": {"cluster": cluster}}))
    assert named(objects, "Namespace", "live")


def test_slots_are_applied_by_the_server_so_that_no_file_moves_requests_back() -> None:
    commands = cluster_rendering(system_of(deploy={"strategy": "canary"})).commands
    assert "kubectl apply --server-side --kustomize overlays/production" in commands
    waiting = [one for one in commands if "rollout status" in one]
    assert [one.split()[-2] for one in waiting] == ["deployment/jobs"]
