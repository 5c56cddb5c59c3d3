"""The web page is complete in itself and asks no host for anything."""

import json
import re
from html.parser import HTMLParser

from plotly.offline import get_plotlyjs

from tests.ui.reports.conftest import NOW, everything, record
from ui.record import Chart, Words
from ui.reports import build, html
from ui.specs import ChartSpec, Trace

HOST = re.compile(r"""(?:src|href|action|data|poster|srcset)\s*=\s*["']?\s*(?:https?:)?//|url\(|@import""", re.I)


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def page(report):
    return html.build(report).decode("utf-8")


def own(text):
    """The page without Plotly's library."""
    assert text.count(get_plotlyjs()) == 1
    return text.replace(get_plotlyjs(), "")


def test_the_page_names_no_host_but_in_its_text(report):
    text = own(page(report))
    assert not HOST.search(text)
    for tag, attributes in Tags(text).found:
        assert tag not in ("iframe", "object", "embed", "form", "base", "img")
        assert not (tag == "script" and "src" in attributes)
    policy = next(found["content"] for tag, found in Tags(text).found if found.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_no_button_uploads_a_chart(report):
    config = json.loads(re.search(r"config = (\{.*?\}), dark =", own(page(report)))[1])
    assert "sendChartToCloud" in config["modeBarButtonsToRemove"]
    assert config["displaylogo"] is False


def test_language_alt_texts_notices_and_watermark(report):
    text = own(page(report))
    found = Tags(text).found
    assert ("html", {"lang": report.language}) in found
    pictures = [attributes for _, attributes in found if attributes.get("role") == "img"]
    assert len(pictures) == len(report.sections[0].charts)
    assert all(picture["aria-label"] for picture in pictures)
    for needed in (report.watermark, report.snapshot, "2022-12-28", "prefers-color-scheme: dark", "@media print"):
        assert needed in text
    assert all(f"<p>{sentence}</p>" in text for sentence in map(html.escape, report.disclaimers))


def test_the_charts_hold_the_numbers_of_the_descriptions(report):
    text = own(page(report))
    start = text.index("charts = ") + len("charts = ")
    charts, _ = json.JSONDecoder().raw_decode(text[start:])
    bars = next(chart for chart, spec in zip(charts, report.sections[0].charts, strict=True) if spec.key == "bars")
    assert bars["figure"]["data"][0]["x"] == [0.6, -0.1, None]


def test_text_cannot_break_out():
    evil = "</script><script>alert(1)</script><img src=//x>"
    spec = ChartSpec("x", evil, "bars", (Trace(evil, [1.0], [evil], 0),), evil)
    text = own(page(build.page(record(Words("w", f"**{evil}**"), Chart("x", spec), title=evil), now=NOW)))
    assert "<script>alert" not in text
    assert not any(tag == "img" for tag, _ in Tags(text).found)
    assert text.count("</script>") == 2


def test_words_keep_their_bold():
    text = page(build.page(everything(), now=NOW))
    assert "The fund is <strong>ahead</strong>; see the source (https://example.com)." in text
