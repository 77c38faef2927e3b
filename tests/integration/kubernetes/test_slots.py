"""Two slots: the new version starts beside the old one, and requests move by weights."""

from __future__ import annotations

import copy

import pytest
from tests.engines.fake_kubernetes_controllers import ready_pods
from tests.integration.kubernetes.cluster import ONE, TWO, World, version

from outgrow.clients.kubernetes_slots import KubernetesFleet
from outgrow.deploy.ports import CountsNothing
from outgrow.deploy.values import SlotState, Version, other
from outgrow.errors import InputError, OutsideError


def slot(fleet: KubernetesFleet, name: str) -> SlotState:
    return next(one for one in fleet.look() if one.name == name)


def placed(world: World, fleet: KubernetesFleet, name: str, wanted: Version) -> None:
    """Start a version that works in a slot, and wait until all of its pods answer."""
    world.works(wanted)
    fleet.start(name, wanted)
    fleet.admit(name)
    world.until(lambda: slot(fleet, name).up is True)


def answering(world: World) -> dict[str, int]:
    """Return the weight of each version that has pods that answer, and fail where none has."""
    routes = world.cluster.every("httproutes")
    if routes:
        refs = routes[0]["spec"]["rules"][0]["backendRefs"]
        weights = {ref["name"].removeprefix("api-"): ref["weight"] for ref in refs}
    else:
        selector = world.cluster.get("services", "api")["spec"]["selector"]
        weights = {selector["outgrow/slot"]: 100}
    found: dict[str, int] = {}
    for colour, weight in weights.items():
        pods = ready_pods(world.cluster, {"outgrow/slot": colour}) if weight else []
        assert pods or not weight, f"{colour} has {weight} of the requests and no pod"
        for pod in pods:
            found[pod["metadata"]["labels"]["outgrow/version"]] = weight
    return found


def test_the_first_version_goes_into_a_slot_and_the_rendered_pods_go(blue_green: World) -> None:
    fleet = blue_green.fleet()
    assert [one.version for one in fleet.look()] == [None, None]
    assert not any(one.has_traffic for one in fleet.look())
    assert fleet.preflight(ONE) == []
    placed(blue_green, fleet, "green1", ONE)
    assert blue_green.cluster.get("deployments", "api-blue")["spec"]["replicas"] == 0
    fleet.weigh({"green1": 100, "blue1": 0})
    assert answering(blue_green) == {"v1": 100}
    assert slot(fleet, "green1").has_traffic


def test_requests_flip_to_the_new_version_and_back(blue_green: World) -> None:
    fleet = blue_green.fleet()
    placed(blue_green, fleet, "blue1", ONE)
    fleet.weigh({"blue1": 100, "green1": 0})
    blue_green.watch = lambda: answering(blue_green)
    placed(blue_green, fleet, "green1", TWO)
    assert slot(fleet, "green1").weight == 0
    assert slot(fleet, "green1").taking == "ready"
    assert answering(blue_green) == {"v1": 100}
    fleet.weigh({"green1": 100, "blue1": 0})
    assert answering(blue_green) == {"v2": 100}
    fleet.drain("blue1")
    fleet.rest("blue1")
    assert slot(fleet, "blue1").taking == "maint"
    assert slot(fleet, "blue1").running  # kept warm
    fleet.weigh({"blue1": 100, "green1": 0})
    assert answering(blue_green) == {"v1": 100}
    fleet.stop("green1")
    blue_green.wait(5)
    assert slot(fleet, "green1") == SlotState(
        "green1", "green", 1, "prod", None, False, None, 0, "maint", None, None
    )


def test_the_new_slot_gets_as_many_pods_as_the_old_one_was_scaled_to(blue_green: World) -> None:
    fleet = blue_green.fleet()
    placed(blue_green, fleet, "blue1", ONE)
    cluster = blue_green.cluster
    assert cluster.get("deployments", "api-blue")["spec"]["replicas"] == 2
    scaled = copy.deepcopy(cluster.get("deployments", "api-blue"))
    scaled["spec"]["replicas"] = 5
    cluster.put("deployments", scaled)
    placed(blue_green, fleet, "green1", TWO)
    assert len(ready_pods(cluster, {"outgrow/slot": "green"})) == 5


@pytest.mark.parametrize("kind", ["blue_green", "canary"])
def test_the_first_version_that_is_no_good_is_taken_out_again(
    kind: str, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(kind)
    fleet = world.fleet(kind)
    placed(world, fleet, "blue1", ONE)
    fleet.weigh({"blue1": 100})
    fleet.weigh({"blue1": 0})
    assert not slot(fleet, "blue1").has_traffic
    fleet.drain("blue1")
    fleet.rest("blue1")
    fleet.stop("blue1")
    world.wait(2)
    assert ready_pods(world.cluster, {"outgrow/version": "v1"}) == []
    assert [one.version for one in fleet.look()] == [None, None]
    placed(world, fleet, "blue1", TWO)
    fleet.weigh({"blue1": 100})
    assert answering(world) == {"v2": 100}


def test_a_service_refuses_shares(blue_green: World) -> None:
    fleet = blue_green.fleet(shares=(0.1, 1.0))
    assert "need a Gateway" in fleet.preflight(ONE)[0].reason
    placed(blue_green, fleet, "blue1", ONE)
    placed(blue_green, fleet, "green1", TWO)
    with pytest.raises(InputError, match="cannot split"):
        fleet.weigh({"blue1": 90, "green1": 10})


def test_a_canary_gets_its_shares_step_by_step(canary: World) -> None:
    fleet = canary.fleet("canary", (0.1, 0.5, 1.0))
    assert fleet.preflight(ONE) == []
    placed(canary, fleet, "blue1", ONE)
    fleet.weigh({"blue1": 100, "green1": 0})
    canary.watch = lambda: answering(canary)
    placed(canary, fleet, "green1", TWO)
    inside = canary.cluster.get("services", "api")["spec"]["selector"]
    for share in (10, 50):
        fleet.weigh({"blue1": 100 - share, "green1": share})
        assert answering(canary) == {"v1": 100 - share, "v2": share}
        assert [one.weight for one in fleet.look()] == [100 - share, share]
        # Pods that call it by its Service stay with the old version until all requests move.
        assert canary.cluster.get("services", "api")["spec"]["selector"] == inside
    fleet.weigh({"blue1": 0, "green1": 100})
    assert answering(canary) == {"v2": 100}
    selector = canary.cluster.get("services", "api")["spec"]["selector"]
    assert selector["outgrow/slot"] == "green"
    fleet.drain("blue1")
    fleet.stop("blue1")
    canary.wait(5)
    assert answering(canary) == {"v2": 100}


def test_a_canary_is_taken_back_by_its_weights(canary: World) -> None:
    fleet = canary.fleet("canary", (0.1, 1.0))
    placed(canary, fleet, "blue1", ONE)
    fleet.weigh({"blue1": 100, "green1": 0})
    placed(canary, fleet, "green1", TWO)
    fleet.weigh({"blue1": 90, "green1": 10})
    fleet.weigh({"blue1": 100, "green1": 0})
    assert answering(canary) == {"v1": 100}


def test_weights_hold_once_the_gateway_has_taken_them(canary: World) -> None:
    fleet = canary.fleet("canary", (0.1, 1.0))
    placed(canary, fleet, "blue1", ONE)
    placed(canary, fleet, "green1", TWO)
    canary.cluster.gateway_works = False
    with pytest.raises(OutsideError, match="has not taken the weights after 30"):
        fleet.weigh({"blue1": 90, "green1": 10})
    canary.cluster.gateway_works = True
    fleet.weigh({"blue1": 90, "green1": 10})
    assert answering(canary) == {"v1": 90, "v2": 10}


def test_weights_are_set_beside_another_writer_of_the_route(canary: World) -> None:
    fleet = canary.fleet("canary", (0.1, 1.0))
    placed(canary, fleet, "blue1", ONE)
    placed(canary, fleet, "green1", TWO)
    cluster = canary.cluster
    cluster.before_patch["httproutes"] = lambda: cluster.touch("httproutes", "api")
    hosts = cluster.get("httproutes", "api")["spec"]["hostnames"]
    fleet.weigh({"blue1": 90, "green1": 10})
    route = cluster.get("httproutes", "api")
    assert "somebody/else" in route["metadata"]["annotations"]
    assert route["spec"]["hostnames"] == hosts
    assert answering(canary) == {"v1": 90, "v2": 10}


def test_a_process_that_was_killed_while_it_weighed_is_followed_by_one_that_does(
    canary: World,
) -> None:
    fleet = canary.fleet("canary", (0.1, 1.0))
    placed(canary, fleet, "blue1", ONE)
    fleet.weigh({"blue1": 100, "green1": 0})
    placed(canary, fleet, "green1", TWO)
    canary.dies_after("PATCH", "httproutes")
    with pytest.raises(OutsideError):
        fleet.weigh({"blue1": 0, "green1": 100})
    canary.restarted()
    after = canary.fleet("canary", (0.1, 1.0))
    assert [one.weight for one in after.look()] == [0, 100]
    after.weigh({"blue1": 0, "green1": 100})
    selector = canary.cluster.get("services", "api")["spec"]["selector"]
    assert selector["outgrow/slot"] == "green"


def test_a_canary_wants_somebody_who_counts_its_requests(canary: World) -> None:
    fleet = canary.fleet("canary", (0.1, 1.0), sources=("proxy",))
    (problem,) = fleet.preflight(ONE)
    assert "counts none" in problem.reason
    assert "prometheus" in problem.remedy
    assert fleet.counted(fleet.mark()) == {}
    assert isinstance(fleet, CountsNothing)
    assert fleet.counts_nothing() == "the HTTPRoute api"


def test_preflight_says_when_no_gateway_has_the_route(canary: World) -> None:
    canary.cluster.remove("services", "api-green")
    canary.wait(1)
    (problem,) = canary.fleet("canary", (0.1, 1.0)).preflight(ONE)
    assert "BackendNotFound: no Service api-green" in problem.reason


def test_preflight_wants_slots_and_not_one_deployment(rolling: World) -> None:
    reasons = " ".join(one.reason for one in rolling.fleet().preflight(ONE))
    for missing in ("Deployment api-blue", "Deployment api-green", "select the pods of one slot"):
        assert missing in reasons


def test_a_slot_with_requests_is_neither_replaced_nor_stopped_nor_drained(
    blue_green: World,
) -> None:
    fleet = blue_green.fleet()
    placed(blue_green, fleet, "blue1", ONE)
    fleet.weigh({"blue1": 100, "green1": 0})
    placed(blue_green, fleet, "green1", TWO)
    for refused in (
        lambda: fleet.start("blue1", TWO),
        lambda: fleet.stop("blue1"),
        lambda: fleet.drain("blue1"),
        lambda: fleet.rest("blue1"),
    ):
        with pytest.raises(OutsideError):
            refused()
    assert answering(blue_green) == {"v1": 100}


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ({"does": "crash", "exit_code": 1, "log": "boom\n"}, "CrashLoopBackOff"),
        ({"does": "pull", "message": "manifest unknown"}, "manifest unknown"),
        ({"does": "config", "message": 'secret "api-secrets" not found'}, "not found"),
    ],
)
def test_a_version_that_cannot_start_is_down_with_the_reason(
    blue_green: World, behaviour: dict[str, object], words: str
) -> None:
    fleet = blue_green.fleet()
    placed(blue_green, fleet, "blue1", ONE)
    fleet.weigh({"blue1": 100, "green1": 0})
    blue_green.works(TWO, **behaviour)
    fleet.start("green1", TWO)
    fleet.admit("green1")
    blue_green.until(lambda: slot(fleet, "green1").up is False, 120)
    assert not slot(fleet, "green1").running
    assert not fleet.probe("green1").ok
    assert words in "\n".join(fleet.evidence("green1").lines)
    assert answering(blue_green) == {"v1": 100}


def test_a_version_that_is_not_ready_is_neither_up_nor_down_and_its_probe_says_why(
    blue_green: World,
) -> None:
    fleet = blue_green.fleet()
    said = "Readiness probe failed: connection refused"
    blue_green.works(ONE, does="unready", message=said)
    fleet.start("green1", ONE)
    fleet.admit("green1")
    for _ in range(3):
        blue_green.wait(2)
    assert slot(fleet, "green1").up is None
    probe = fleet.probe("green1")
    assert not probe.ok
    assert said in probe.said
    assert "0 of 2 pods are ready" in probe.said


def test_one_pod_fewer_does_not_take_a_slot_down_and_none_does(canary: World) -> None:
    fleet = canary.fleet("canary", (0.1, 1.0))
    placed(canary, fleet, "blue1", ONE)
    fleet.weigh({"blue1": 100, "green1": 0})
    scaled = copy.deepcopy(canary.cluster.get("deployments", "api-blue"))
    scaled["spec"]["replicas"] = 4  # the autoscaler adds two, which are not ready yet
    canary.cluster.put("deployments", scaled)
    canary.works(ONE, after_seconds=50)
    canary.wait(1)
    assert slot(fleet, "blue1").up is True
    canary.works(ONE)
    canary.wait(60)
    assert slot(fleet, "blue1").up is True
    canary.works(ONE, does="unready")
    canary.wait(5)
    assert slot(fleet, "blue1").up is False


def test_every_call_may_be_repeated(blue_green: World) -> None:
    fleet = blue_green.fleet()
    placed(blue_green, fleet, "blue1", ONE)
    fleet.weigh({"blue1": 100, "green1": 0})
    placed(blue_green, fleet, "green1", TWO)
    fleet.weigh({"blue1": 0, "green1": 100})
    fleet.drain("blue1")
    before = fleet.look()
    writes = len(blue_green.cluster.writes)
    fleet.start("green1", TWO)
    fleet.weigh({"blue1": 0, "green1": 100})
    fleet.drain("blue1")
    made = [
        verb for _, verb, plural in blue_green.cluster.writes[writes:] if plural != "configmaps"
    ]
    assert made == []
    assert fleet.look() == before
    assert other("blue") == "green"


def test_variables_alone_make_a_version_of_their_own(blue_green: World) -> None:
    fleet = blue_green.fleet()
    placed(blue_green, fleet, "blue1", ONE)
    same_image = version(1, id="v1b", configuration="beef00001111")
    placed(blue_green, fleet, "green1", same_image)
    template = blue_green.cluster.get("deployments", "api-green")["spec"]["template"]
    sources = template["spec"]["containers"][0]["envFrom"]
    assert sources == [{"configMapRef": {"name": "api-config-beef000011"}}]


def test_the_fleet_says_where_it_is(canary: World) -> None:
    said = canary.fleet("canary").describe()
    assert said.startswith("api-blue and api-green in namespace shop of http://127.0.0.1:")
    assert said.endswith("behind the HTTPRoute api")


def test_a_command_runs_with_the_variables_of_the_slots(blue_green: World) -> None:
    blue_green.works(TWO, does="ends", log="ok\n")
    assert blue_green.fleet().run_once(TWO, ["migrate"]).lines == ("ok",)


def test_there_are_two_slots(blue_green: World) -> None:
    with pytest.raises(InputError, match="no slot 'blue2'"):
        blue_green.fleet().probe("blue2")
