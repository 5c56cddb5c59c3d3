"""After a refresh the pages of funds show the new prices and say where their figures come from, in both languages."""

import pytest

from engine.refresh import derived
from engine.sources import snapshots
from engine.sources.snapshots import bundled_id
from engine.store import Lock, open_store
from tests.engine.refresh.test_derived import bars_of
from ui.i18n import Translator
from ui.vintage import said


def text(at):
    parts = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.success]
    return "\n".join(str(element.value) for element in parts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A store whose snapshot holds bars of some funds and what follows from them."""
    place = tmp_path_factory.mktemp("refreshed") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LODESTAR_STORE", str(place))
        store = open_store()
        told = {"source": "Yahoo Finance", "request": {}, "retrieved_at": "2026-11-25T06:00:00+00:00"}
        with Lock(store.files) as lock:
            entries = {"etf_prices": store.keep(bars_of(), "etf_prices", ("ticker", "date"), **told)}
            made = derived.derive(store, entries, asked=True)
            store.publish({**entries, **made.entries}, lock, base=bundled_id(), code="test")
        store.release()
    return place


@pytest.fixture
def refreshed(folder, monkeypatch):
    monkeypatch.setenv("LODESTAR_STORE", str(folder))
    assert snapshots.newest_id().startswith("stored-")
    yield
    open_store().release()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Yahoo Finance bars retrieved on 25 Nov 2026, to 24 Nov 2026", "funds keep older figures: ")),
        ("ko", ("2026년 11월 25일", "2026년 11월 24일까지", "이전 수치를 그대로 쓰는 펀드")),
    ],
)
@pytest.mark.parametrize("page", ["universe", "allocator", "overview"])
def test_pages_say_that_figures_were_computed_from_refreshed_prices(refreshed, open_page, page, lang, words):
    at = open_page(page, lang=lang)
    assert not at.exception
    shown = text(at)
    assert said(Translator(lang)) in shown
    assert all(word in shown for word in words)


def test_the_table_of_a_group_has_the_refreshed_prices(refreshed, open_page):
    at = open_page("universe", group="us_sp500", fund="VOO")
    shown = next(frame.value for frame in at.dataframe if "Standing" in frame.value.columns).set_index("Fund")
    assert float(shown.at["VOO", "Price, USD"]) == pytest.approx(41.37)
    assert float(shown.at["SPY", "Price, USD"]) == pytest.approx(953.25)
    inputs = next(frame.value for frame in at.dataframe if "Criterion" in frame.value.columns)
    spread = inputs.set_index("Criterion").loc["Bid-ask spread"]
    assert spread["As of"] == "2026-11-24"
    assert spread["Source"].startswith("computed from Yahoo Finance bars retrieved 2026-11-25")


def test_bundled_figures_need_no_such_sentence(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_STORE", str(tmp_path / "empty"))
    assert said(Translator("en")) == ""
    at = open_page("universe")
    assert not at.exception
    assert "computed from refreshed prices" not in text(at)
