"""Characters that YAML, or one version of it, does not take as they are."""

from __future__ import annotations

import pytest
import yaml

from outgrow.render.writers.yaml_text import yaml_text


@pytest.mark.parametrize(
    "text",
    [
        "a\x7fb",
        "a\x85b",
        "\x85",
        "one\u2028two",
        "x\ny\u2029",
        "bell\x07\nline",
        "\ufeffmark",
        "é 😀",
    ],
)
def test_any_character_comes_back_as_it_was(text: str) -> None:
    assert yaml.safe_load(yaml_text({"key": text, "list": [text]})) == {"key": text, "list": [text]}


@pytest.mark.parametrize("text", ["%", "%h", "@decorator", "`x`"])
def test_a_text_that_begins_with_an_indicator_is_quoted(text: str) -> None:
    written = yaml_text({"key": text})
    assert yaml.safe_load(written) == {"key": text}
