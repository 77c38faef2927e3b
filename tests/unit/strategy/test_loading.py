"""What a strategy file means once it is read: values, places, fragments, text again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
import yaml

from outgrow.strategy.dump import dump_strategy
from outgrow.strategy.load import LoadedStrategy, load_strategy, parse_strategy
from outgrow.strategy.yaml_nodes import to_data
from outgrow.strategy.yaml_scalars import resolve_scalar
from outgrow.strategy.yaml_source import read_yaml

TINY = """\
outgrow: 1
name: tiny
demand: {users: {}}
components:
  app: {kind: service, needs: {memory_gib: 0.50}}
  db: {kind: postgres}
phases:
  start:
    serves: {users: 0-50}
    use:
      app: {offering: vercel/hobby}
      db: {offering: supabase/free, settings: {disk_gb: 8.10, encrypted: true, version: "15"}}
"""


def load(files: Mapping[str, str]) -> LoadedStrategy:
    return load_strategy("outgrow.yaml", lambda path: files[path].encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("2026-01-31", "2026-01-31"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("-", "-"),
        ("v1", "v1"),
        ("true", True),
        ("False", False),
        ("", None),
        ("~", None),
        ("007", 7),
        ("-12", -12),
        ("0x1f", 31),
        ("0o17", 15),
        ("0.10", Decimal("0.10")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1e3")),
        ("9" * 41, Decimal("9" * 41)),
    ],
)
def test_unquoted_values_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    found = resolve_scalar(text)
    assert (found, type(found)) == (value, type(value))


def test_decimals_stay_as_they_were_written() -> None:
    strategy = parse_strategy(TINY).strategy
    settings = strategy.phases["start"].use["db"].settings
    assert str(settings["disk_gb"]) == "8.10"
    assert settings["encrypted"] is True
    assert settings["version"] == "15"
    assert str(strategy.components["app"].needs.memory_gib) == "0.50"


def test_a_setting_of_one_is_a_number_and_not_true() -> None:
    strategy = parse_strategy(TINY.replace("8.10", "1")).strategy
    assert type(strategy.phases["start"].use["db"].settings["disk_gb"]) is Decimal


def test_a_written_strategy_keeps_numbers_texts_and_dates() -> None:
    text = TINY + "description: 'no'\nsource: 1e3x\nregion: '2026-01-31'\n"
    text = text.replace("supabase/free,", "supabase/free, expires: 2026-12-31,")
    strategy = parse_strategy(text).strategy
    written = dump_strategy(strategy)
    assert parse_strategy(written).strategy == strategy
    assert "memory_gib: 0.50\n" in written
    assert "expires: 2026-12-31\n" in written
    assert "version: '15'\n" in written


def test_places_are_those_of_single_values_and_of_the_keys_of_the_rest() -> None:
    source = parse_strategy(TINY).source
    assert str(source.locate(("phases", "start", "use", "db"))) == "outgrow.yaml:12:7"
    assert str(source.locate(("phases", "start", "use", "db", "offering"))) == "outgrow.yaml:12:22"
    assert str(source.locate_key(("phases", "start", "use", "db", "offering"))).endswith("12:12")
    assert str(source.locate(("phases", "start", "use", "nothing"))) == "outgrow.yaml:10:5"


def test_later_fragments_win_and_the_file_wins_over_all() -> None:
    files = {
        "outgrow.yaml": "extends: [shared/a.yaml, shared/b.yaml]\n" + TINY,
        "shared/a.yaml": "name: a\nsource: a\nregion: a\n"
        "retention: {logs_days: 1, backups_days: 1}",
        "shared/b.yaml": "{region: b, name: b, retention: {logs_days: 2}}",
    }
    loaded = load(files)
    strategy = loaded.strategy
    assert (strategy.name, strategy.region, strategy.source) == ("tiny", "b", "a")
    assert (strategy.retention.logs_days, strategy.retention.backups_days) == (2, 1)
    assert loaded.files == ("outgrow.yaml", "shared/a.yaml", "shared/b.yaml")
    assert loaded.source.locate(("retention", "backups_days")).file == "shared/a.yaml"
    assert loaded.source.locate(("retention", "logs_days")).file == "shared/b.yaml"


def test_lists_replace_and_mappings_merge_deeply() -> None:
    files = {
        "outgrow.yaml": "extends: [a.yaml]\n"
        + TINY.replace("service,", "service, talks_to: [db],"),
        "a.yaml": "components: {app: {kind: worker, talks_to: [app, db], public: true}}",
    }
    app = load(files).strategy.components["app"]
    assert (app.kind, app.talks_to, app.public) == ("service", ["db"], True)


def test_fragments_extend_others_relative_to_themselves() -> None:
    files = {
        "outgrow.yaml": "extends: [shared/a.yaml]\n" + TINY,
        "shared/a.yaml": "extends: [deep/b.yaml, deep/b.yaml]",
        "shared/deep/b.yaml": "region: deep",
    }
    loaded = load(files)
    assert loaded.strategy.region == "deep"
    assert loaded.strategy.extends == []
    assert len(loaded.files) == 3


def test_anchors_and_merge_keys_share_values() -> None:
    text = TINY.replace("app: {offering: vercel/hobby}", "app: &it {offering: aws/alb, count: 2}")
    text = text.replace("db: {offering: supabase/free,", "db: {<<: *it, count: 3,")
    use = parse_strategy(text).strategy.phases["start"].use
    counts = [one.count.number for one in (use["db"], use["app"]) if one.count is not None]
    assert (use["db"].offering, counts) == ("aws/alb", [3, 2])


def test_keys_are_text_even_when_they_look_like_numbers() -> None:
    strategy = parse_strategy(TINY.replace("  start:", "  1:") + "start: '1'\n").strategy
    assert strategy.first_phase == "1"


def test_both_parsers_of_yaml_read_the_same_tree() -> None:
    compiled = read_yaml(TINY.encode(), "x").root
    python = read_yaml(TINY.encode(), "x", yaml.SafeLoader).root
    assert compiled == python
    assert to_data(compiled)["components"]["db"] == {"kind": "postgres"}
