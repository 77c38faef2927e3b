"""Channels become routes and receivers, and the strategy's text stays text."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
import yaml
from tests.systems import all_systems, system
from tests.unit.render.written_systems import text_of, written_system

from outgrow.render.alertmanager.target import TARGET
from outgrow.render.target import Rendering

SHOP = """
components:
  api: {{kind: service, public: true, needs: {{ports: [8000], health_path: /healthz}}}}
phases:
  one: {{use: {{api: {{offering: self-hosted/docker}}}}}}
targets:
  api-p95: {{metric: api.latency_p95_ms, component: api, percentile: 95, below: 2, alert_above: 5}}
channels: {{{channels}}}
"""
ALL_KINDS = """
  team: {kind: slack, to: "#alerts", secret: "env:TEAM_SLACK"},
  pager: {kind: page, secret: "env:PAGER_KEY"},
  mail: {kind: email, to: "ops@shop.example"},
  hook: {kind: webhook, to: "https://shop.example/alerts", secret: "file:/run/hook"}
"""


def rendered(channels: str) -> Rendering:
    return TARGET.render(written_system(SHOP.format(channels=channels)))


def configuration(rendering: Rendering) -> Any:
    return yaml.safe_load(text_of(rendering, "alertmanager.yml"))


def receiver(found: Any, name: str) -> Any:
    return next(one for one in found["receivers"] if one["name"] == name)


def codes(rendering: Rendering) -> list[str]:
    return [loss.code for loss in rendering.losses]


def test_every_channel_has_a_receiver_of_its_kind() -> None:
    found = configuration(rendered(ALL_KINDS))
    kinds = {one["name"]: sorted(one.keys() - {"name"}) for one in found["receivers"]}
    assert kinds == {
        "team": ["slack_configs"],
        "pager": ["pagerduty_configs"],
        "mail": ["email_configs"],
        "hook": ["webhook_configs"],
    }


def test_secrets_are_paths_of_files_that_the_commands_write() -> None:
    rendering = rendered(ALL_KINDS)
    found = configuration(rendering)
    slack = receiver(found, "team")["slack_configs"][0]
    assert slack["api_url_file"] == "/etc/alertmanager/secrets/team"
    written = "\n".join(rendering.commands)
    assert '"${TEAM_SLACK:?}" | sudo install' in written
    assert "cat /run/hook | sudo install" in written
    assert "secrets/mail" not in written  # a relay on this machine asks for no password
    assert "TEAM_SLACK" not in text_of(rendering, "alertmanager.yml")


@pytest.mark.parametrize(
    ("secret", "command"),
    [
        ("aws-secrets-manager:a/b", "aws secretsmanager get-secret-value --secret-id a/b"),
        ("ssm:/a/b", "aws ssm get-parameter --with-decryption --name /a/b"),
        ("vault:kv/x", "vault kv get -field=value kv/x"),
        ("sops:s.yaml", "sops --decrypt s.yaml"),
        ("command:pass show x", "sh -c 'pass show x'"),
        ("github:SLACK", "printf '%s' \"${SLACK:?}\""),
        ("env:$(touch /tmp/x)", "printf '%s' \"${TEAM_WEBHOOK_URL:?}\""),
        ("file:/a; touch /tmp/x", "cat '/a; touch /tmp/x'"),
    ],
)
def test_a_secret_is_read_where_it_lives(secret: str, command: str) -> None:
    rendering = rendered(f'team: {{kind: slack, secret: "{secret}"}}')
    line = next(one for one in rendering.commands if "secrets/team" in one)
    assert line.startswith(command)
    assert shlex.split(line)[-1] == "secrets/team"


def test_mail_goes_through_the_server_of_the_email_component() -> None:
    text = SHOP.format(channels="mail: {kind: email, to: a@b.example, secret: 'env:KEY'}")
    text = text.replace("phases:", "  mailer: {kind: email, stack: Resend}\nphases:", 1)
    text = text.replace("use: {", "use: {mailer: {price: {per_month: 0}}, ")
    rendering = TARGET.render(written_system(text))
    mail = receiver(configuration(rendering), "mail")["email_configs"][0]
    assert (mail["smarthost"], mail["auth_username"]) == ("smtp.resend.com:587", "resend")
    assert mail["auth_password_file"] == "/etc/alertmanager/secrets/mail"
    assert "alertmanager-mail-server" not in codes(rendering)


def test_mail_without_a_server_is_a_loss() -> None:
    assert codes(rendered("mail: {kind: email, to: a@b.example}")) == ["alertmanager-mail-server"]


def test_a_page_without_a_key_goes_to_the_address_that_it_names() -> None:
    found = configuration(rendered("pager: {kind: page, to: 'https://pager.example/x'}"))
    assert receiver(found, "pager")["webhook_configs"][0]["url"] == "https://pager.example/x"


def test_a_channel_without_an_address_is_a_loss_and_tells_nobody() -> None:
    rendering = rendered("mail: {kind: email}, hook: {kind: webhook, to: 'not a url'}")
    assert codes(rendering) == ["alertmanager-no-address", "alertmanager-no-address"]
    assert configuration(rendering)["receivers"] == [{"name": "mail"}, {"name": "hook"}]


def test_without_channels_there_is_a_receiver_that_does_nothing_and_a_loss() -> None:
    rendering = rendered("")
    found = configuration(rendering)
    assert found["receivers"] == [{"name": "nobody"}]
    assert found["route"]["receiver"] == "nobody"
    assert codes(rendering) == ["alertmanager-no-channel"]


def test_who_is_woken_is_told_at_once_and_often_and_information_is_quiet() -> None:
    found = configuration(rendered(ALL_KINDS))
    page, warn, info = found["route"]["routes"][0]["routes"]
    assert [one["matchers"] for one in (page, warn, info)] == [
        ['severity="page"'],
        ['severity="warn"'],
        ['severity="info"'],
    ]
    assert [one["group_wait"] for one in (page, warn, info)] == ["10s", "1m", "10m"]
    assert [one["repeat_interval"] for one in (page, warn, info)] == ["1h", "12h", "72h"]
    assert (page["receiver"], warn["receiver"]) == ("pager", "team")


def test_what_is_down_silences_its_latency_within_one_component() -> None:
    by_severity, by_cause = configuration(rendered(ALL_KINDS))["inhibit_rules"]
    assert by_severity["source_matchers"] == ['severity="page"']
    assert by_cause == {
        "source_matchers": ['alertname=~"ApiHealthyInstances"'],
        "target_matchers": ['alertname=~"ApiP95"'],
        "equal": ["component"],
    }


def test_in_several_regions_one_does_not_silence_another() -> None:
    text = SHOP.format(channels="").replace("{use:", "{regions: [us-east-1, eu-west-1], use:")
    rules = configuration(TARGET.render(written_system(text)))["inhibit_rules"]
    assert [rule["equal"] for rule in rules] == [["component", "region"], ["component", "region"]]


def test_a_schedule_in_hours_is_a_loss() -> None:
    text = SHOP.format(channels="team: {kind: slack, secret: 'env:X'}")
    hours = "environments: {production: {schedule: {hours_day: 10, days_week: 5}}}"
    assert codes(TARGET.render(written_system(text + hours))) == ["alertmanager-schedule"]


def test_text_of_the_strategy_is_neither_a_template_nor_another_key() -> None:
    hostile = """team: {kind: slack, to: "#a\\"b'\\n- x: {{ .ExternalURL }} ${HOME}"}"""
    slack = receiver(configuration(rendered(hostile)), "team")["slack_configs"][0]
    assert slack["channel"] == '#a"b\' - x: {{ "{{" }} .ExternalURL }} ${HOME}'


def test_a_channel_with_dots_is_matched_exactly() -> None:
    found = configuration(rendered('a.b: {kind: slack, secret: "env:X"}'))
    assert found["route"]["routes"][1]["matchers"] == ['channels=~"(.*,)?a[.]b(,.*)?"']


def test_it_applies_where_prometheus_or_a_cluster_of_the_teams_own_runs() -> None:
    assert TARGET.applies(system("nexod", "production"))
    assert TARGET.applies(system("nowry", "kubernetes"))
    assert not TARGET.applies(system("sample-app", "managed"))


def test_every_system_renders_the_same_text_twice() -> None:
    for name, found in all_systems():
        assert TARGET.render(found).files == TARGET.render(found).files, name
