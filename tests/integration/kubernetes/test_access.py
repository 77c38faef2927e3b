"""Who may be asked, and what happens when nobody answers or somebody says no."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from tests.engines.fake_kubernetes import Fault
from tests.integration.kubernetes.cluster import ONE, WORKLOAD, World

from outgrow.clients.kubernetes_access import Access, connected, same_server, shown
from outgrow.clients.kubernetes_api import DEPLOYMENTS, ROUTES, SERVICES, Refused, Unanswered
from outgrow.clients.kubernetes_rollout import DeploymentRollout
from outgrow.errors import InputError, OutgrowError, OutsideError


def test_a_context_that_leads_elsewhere_is_refused_before_anything_is_sent(rolling: World) -> None:
    api = rolling.api(context="prod", server="https://staging.example:6443")
    with pytest.raises(InputError) as refused:
        api.get(DEPLOYMENTS, "api")
    assert "leads to http://127.0.0.1:" in refused.value.reason
    assert "bound to https://staging.example:6443; nothing was sent" in refused.value.reason
    assert rolling.cluster.requests == []


def test_the_current_context_is_not_used_for_one_that_is_not_there(rolling: World) -> None:
    with pytest.raises(InputError, match="no context 'production'") as refused:
        rolling.api(context="production").get(DEPLOYMENTS, "api")
    assert "It has: prod, staging" in refused.value.remedy


def test_the_named_context_is_used_and_not_the_current_one(rolling: World) -> None:
    assert 'current-context": "staging' in rolling.kubeconfig.read_text()
    assert rolling.api().get(DEPLOYMENTS, "api")


def test_a_kubeconfig_that_is_not_there_says_which_context_was_wanted(tmp_path: Path) -> None:
    access = Access("production", "prod", "https://a.example", str(tmp_path / "none"))
    with pytest.raises(OutsideError, match="the context 'prod' cannot be used"):
        connected(access)


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("https://A.example", "https://a.example:443/", True),
        ("https://a.example:6443", "https://a.example", False),
        ("http://a.example", "https://a.example", False),
        ("https://a.example/k8s/c-1", "https://a.example/k8s/c-2", False),
    ],
)
def test_servers_are_compared_by_scheme_host_port_and_path(one: str, two: str, same: bool) -> None:
    assert same_server(one, two) is same


def test_no_password_of_an_address_is_shown() -> None:
    assert shown("https://me:hunter2@a.example:6443/x?token=t") == "https://a.example:6443/x"


def test_a_server_that_is_gone_is_named_and_not_waited_for_long(rolling: World) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    gone = rolling.cluster.kubeconfig(prod=f"http://127.0.0.1:{port}")
    rolling.kubeconfig.write_text(json.dumps(gone))
    with pytest.raises(OutsideError, match=f"http://127.0.0.1:{port} does not answer"):
        rolling.api(server=f"http://127.0.0.1:{port}").get(DEPLOYMENTS, "api")
    assert sum(rolling.waited) < 10


def test_a_busy_server_is_asked_again_after_the_time_it_names(rolling: World) -> None:
    rolling.cluster.faults.append(Fault("PATCH", "services", 429, times=2, retry_after=3))
    body = {"metadata": {"annotations": {"a": "b"}}}
    rolling.api().patch(SERVICES, "api", "application/merge-patch+json", body)
    assert rolling.waited == [3, 3]
    assert rolling.cluster.get("services", "api")["metadata"]["annotations"] == {"a": "b"}


def test_a_server_that_stays_busy_is_given_up(rolling: World) -> None:
    rolling.cluster.faults.append(Fault("GET", "deployments", 429, times=99, retry_after=1))
    with pytest.raises(Refused) as refused:
        rolling.api().get(DEPLOYMENTS, "api")
    assert refused.value.status == 429
    assert len(rolling.waited) == 3


def test_what_was_only_read_is_read_again_after_an_error(rolling: World) -> None:
    rolling.cluster.faults += [Fault("GET", "deployments", 503), Fault("GET", "", lost_answer=True)]
    assert rolling.api().get(DEPLOYMENTS, "api")


def test_what_may_have_been_changed_is_not_changed_again(rolling: World) -> None:
    rolling.cluster.faults.append(Fault("PATCH", "services", 500))
    with pytest.raises(Unanswered):
        rolling.api().patch(SERVICES, "api", "application/merge-patch+json", {"metadata": {}})
    assert rolling.waited == []


def test_a_right_that_is_missing_is_told_in_the_words_of_the_cluster(rolling: World) -> None:
    rolling.cluster.forbidden.add(("patch", "deployments"))
    with pytest.raises(Refused) as refused:
        rolling.rollout().begin(ONE, "first")
    assert 'User "deployer" cannot patch resource "deployments"' in refused.value.reason
    assert "auth can-i --list" in refused.value.remedy


def test_a_token_that_is_refused_is_not_shown(rolling: World) -> None:
    token = rolling.cluster.token
    rolling.cluster.token = "another"
    with pytest.raises(Refused) as refused:
        rolling.api().get(DEPLOYMENTS, "api")
    told = f"{refused.value!r} {refused.value.reason} {refused.value.remedy}"
    assert refused.value.status == 401
    assert token not in told


def test_nothing_that_is_shown_holds_the_token(rolling: World) -> None:
    api = rolling.api()
    rollout = DeploymentRollout(api, WORKLOAD)
    shown_texts = [rollout.describe(), repr(api), repr(rollout), str(rollout.preflight(ONE))]
    rolling.cluster.faults.append(Fault("GET", "deployments", 500, times=99))
    with pytest.raises(OutgrowError) as failed:
        api.get(DEPLOYMENTS, "api")
    shown_texts += [failed.value.reason, failed.value.remedy, repr(failed.value)]
    assert rolling.cluster.token not in " ".join(shown_texts)


def test_the_fake_refuses_what_a_cluster_refuses(rolling: World) -> None:
    api = rolling.api()
    strategic = "application/strategic-merge-patch+json"
    cases = [
        (DEPLOYMENTS, strategic, {"spec": {"replica": 3}}, 422),
        (DEPLOYMENTS, strategic, {"metadata": {"resourceVersion": "1"}}, 409),
        (ROUTES, strategic, {"spec": {}}, 404),
    ]
    for kind, form, body, status in cases:
        with pytest.raises(Refused) as refused:
            api.patch(kind, "api", form, body)
        assert refused.value.status == status
