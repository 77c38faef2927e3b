"""The document as a person sees it: on a screen, on a phone, in the dark and on paper."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tests.browser.chromium import open_page, with_script

from outgrow.catalog.load import load_catalog
from outgrow.render.document.build import build_document
from outgrow.render.document.facts import facts_of
from outgrow.render.document.html import to_html
from outgrow.strategy.load import load_strategy

# What only a browser knows, written into an element that --dump-dom then shows.
_MEASURE = """
const overflowing = [...document.querySelectorAll('text')].filter(text => {
  const inner = text.getBBox();
  return [...text.ownerSVGElement.querySelectorAll('rect.box')].map(b => b.getBBox()).some(
    outer => inner.x > outer.x && inner.x < outer.x + outer.width
      && inner.y > outer.y && inner.y < outer.y + outer.height
      && (inner.x + inner.width > outer.x + outer.width
        || inner.y + inner.height > outer.y + outer.height));
}).map(text => text.textContent);
const style = element => getComputedStyle(document.querySelector(element));
const seen = {
  page: document.documentElement.scrollWidth,
  window: document.documentElement.clientWidth,
  background: style('body').backgroundColor,
  box: style('svg .box').fill,
  label: style('svg .tag').fill,
  contents: style('nav > ol').position,
  overflowing: overflowing,
  requests: performance.getEntriesByType('resource').map(entry => entry.name),
  drawings: [...document.querySelectorAll('svg')].filter(svg => svg.getBBox().width > 50).length,
  tables: [...document.querySelectorAll('table')].filter(t => t.checkVisibility()).length,
};
document.body.innerHTML = '';
const shown = document.createElement('output');
shown.textContent = JSON.stringify(seen);
document.body.append(shown);
"""


@pytest.fixture(scope="module")
def html(request: pytest.FixtureRequest) -> str:
    path = request.config.rootpath / "examples" / "floyo" / "outgrow.yaml"
    strategy = load_strategy(str(path), lambda name: Path(name).read_bytes()).strategy
    return to_html(build_document(facts_of(strategy, load_catalog())))


def measured(html: str, folder: Path, width: int, *flags: str) -> dict[str, Any]:
    page = folder / "page.html"
    page.write_text(with_script(html, _MEASURE), encoding="utf-8")
    dom = open_page(page, folder / "profile", width, "--dump-dom", *flags)
    found = re.search(r"<output>(.*)</output>", dom)
    assert found, dom[-500:]
    seen: dict[str, Any] = json.loads(unescape(found[1]))
    return seen


@pytest.mark.parametrize("width", [1280, 768, 500])
def test_nothing_is_wider_than_the_window(html: str, width: int, tmp_path: Path) -> None:
    seen = measured(html, tmp_path, width)
    assert seen["page"] <= seen["window"] == width


def test_a_phone_scrolls_tables_and_drawings_not_the_page(html: str, tmp_path: Path) -> None:
    # Chromium opens no window below 500 pixels, so the phone is a frame in a larger one.
    (tmp_path / "phone.html").write_text(with_script(html, _MEASURE), encoding="utf-8")
    frame = '<!doctype html><iframe id="f" src="phone.html" width="390" height="844"></iframe>'
    script = """
    const frame = document.getElementById('f');
    frame.onload = () => {
      const seen = frame.contentDocument.querySelector('output').textContent;
      document.body.innerHTML = '<output></output>';
      document.querySelector('output').textContent = seen;
    };
    """
    page = tmp_path / "page.html"
    page.write_text(f"{frame}<script>{script}</script>", encoding="utf-8")
    flags = ("--dump-dom", "--allow-file-access-from-files", "--virtual-time-budget=5000")
    dom = open_page(page, tmp_path / "profile", 800, *flags)
    found = re.search(r"<output>(.*)</output>", dom)
    assert found, dom[-500:]
    seen = json.loads(unescape(found[1]))
    assert seen["page"] <= seen["window"] == 390
    assert seen["contents"] == "static"


def test_the_page_asks_for_nothing_and_shows_everything(html: str, tmp_path: Path) -> None:
    seen = measured(html, tmp_path, 1280)
    assert seen["requests"] == []
    assert seen["drawings"] == html.count("<svg")
    folded = html.count("<details>")
    assert seen["tables"] == html.count("<table>") - folded


def test_the_contents_stay_in_sight_beside_a_wide_page(html: str, tmp_path: Path) -> None:
    assert measured(html, tmp_path, 1280)["contents"] == "sticky"


def test_words_stay_inside_their_boxes_in_the_fonts_of_this_machine(
    html: str, tmp_path: Path
) -> None:
    assert measured(html, tmp_path, 1280)["overflowing"] == []


def test_page_and_drawings_turn_dark_together(html: str, tmp_path: Path) -> None:
    (tmp_path / "light").mkdir()
    (tmp_path / "dark").mkdir()
    light = measured(html, tmp_path / "light", 1280)
    dark = measured(html, tmp_path / "dark", 1280, "--blink-settings=preferredColorScheme=0")
    assert (light["background"], light["box"]) == ("rgb(255, 255, 255)", "rgb(255, 255, 255)")
    assert (dark["background"], dark["box"]) == ("rgb(13, 18, 27)", "rgb(26, 34, 48)")
    assert (light["label"], dark["label"]) == ("rgb(31, 99, 181)", "rgb(127, 180, 244)")


def test_the_page_prints_as_a_document(html: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(html, encoding="utf-8")
    paper = tmp_path / "page.pdf"
    open_page(page, tmp_path / "profile", 1280, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    pages = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
    assert 5 < pages < 80


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(html: str, scheme: str) -> None:
    colours = palette(html, scheme)
    for text, paper in (
        ("ink", "paper"),
        ("soft", "paper"),
        ("soft", "panel"),
        ("accent", "paper"),
        ("accent", "panel"),
        *((tone, f"{tone}-bg") for tone in ("good", "warn", "bad", "quiet")),
        ("soft", "quiet-bg"),
        ("warn", "quiet-bg"),
        ("soft", "warn-bg"),
        ("soft", "bad-bg"),
        *((f"d-{n}", "d-paper") for n in range(1, 7)),
        ("d-soft", "d-box"),
        ("d-soft", "d-paper"),
    ):
        assert contrast(colours[text], colours[paper]) >= 4.5, f"{text} on {paper}"


def palette(html: str, scheme: str) -> dict[str, str]:
    """Return the colours of the page and its drawings: the light ones, or the dark over them."""
    style = html.partition("<style>")[2].partition("</style>")[0]
    dark = re.findall(
        r"@media screen and \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", style, re.S
    )
    light = style
    for block in dark:
        light = light.replace(block, "")
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", light))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", " ".join(dark)))
    return colours


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
