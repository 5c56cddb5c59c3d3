"""A reader's own file: what is found, shown and given back, and what is refused with a sentence."""

import io

import numpy as np
import pandas as pd
import pytest

from engine.errors import BadInput
from engine.health import check_file, own


def table(days=300, freq="B"):
    when = pd.date_range("2021-01-04", periods=days, freq=freq)
    close = 50.0 * np.cumprod(1.0 + np.random.default_rng(7).normal(0.0003, 0.01, days))
    names = {"Open": 0.999, "High": 1.01, "Low": 0.99, "Close": 1.0, "Adj Close": 1.0}
    prices = {name: close * factor for name, factor in names.items()}
    return pd.DataFrame({"Date": when.strftime("%Y-%m-%d"), **prices, "Volume": 1e6})


def csv(frame):
    return frame.to_csv(index=False).encode()


@pytest.fixture
def broken():
    frame = table()
    for name in ("Open", "High", "Low", "Close", "Adj Close"):
        frame.loc[200, name] *= 100.0
    return frame


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_bar_in_cents_is_repaired_and_shown(broken, form):
    sink = io.BytesIO()
    broken.to_parquet(sink)
    content = csv(broken) if form == "csv" else sink.getvalue()
    made = check_file(f"mine.{form}", content)
    (place,) = [at for at, one in enumerate(made.findings) if one.applied]
    assert made.repaired == 1
    assert made.findings[place].kind == "unit_100x"
    shown = made.evidence(place)
    assert shown.widest()[1] / shown.widest()[2] == pytest.approx(100.0, rel=1e-6)
    assert len(made.report.log) == 5
    pd.testing.assert_frame_equal(made.report.original(), made.table)
    whole = table()["Close"].to_numpy()
    assert made.report.repaired["Close"].to_numpy() == pytest.approx(whole, rel=1e-9)


def test_evidence_of_one_ticker_among_several_and_of_a_proposal(broken):
    both = pd.concat([table().assign(ticker="A"), broken.assign(ticker="B")])
    made = check_file("mine.csv", csv(both))
    (place,) = [at for at, one in enumerate(made.findings) if one.applied]
    assert made.findings[place].item == "B"
    assert made.evidence(place).before.max() > 1000.0
    for at, one in enumerate(made.findings):
        if not one.applied and one.first is not None:
            assert made.evidence(at).after is None


def test_hours_are_shown_as_moments():
    frame = table(400, "h")
    frame["Date"] = pd.date_range("2021-01-04 09:30", periods=400, freq="h").strftime("%Y-%m-%d %H:%M:%S")
    frame.loc[200, ["Open", "High", "Low", "Close", "Adj Close"]] *= 100.0
    made = check_file("mine.csv", csv(frame), "hourly")
    places = [at for at, one in enumerate(made.findings) if one.applied]
    assert places
    assert len({stamp.hour for stamp in made.evidence(places[0]).before.index}) > 5


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("mine.csv", b"", "table_file"),
        ("mine.csv", b"\xff\xfe\x00\x01", "table_file"),
        ("mine.parquet", b"PAR1 and no more", "table_file"),
        ("mine.csv", b"Date,Close\n2020-01-01,1\n2020-01-02,2\n", "missing_column"),
        ("mine.csv", csv(table().assign(Close="dear")), "not_a_number"),
        ("mine.csv", csv(table().assign(Date="soon")), "upload_date"),
    ],
)
def test_what_is_no_price_table_is_refused_with_a_sentence(name, content, code):
    with pytest.raises(BadInput) as caught:
        check_file(name, content)
    assert caught.value.code == code


def test_limits_and_frequencies(monkeypatch):
    monkeypatch.setattr(own, "MOST_BYTES", 100)
    with pytest.raises(BadInput) as caught:
        check_file("mine.csv", csv(table()))
    assert caught.value.code == "upload_too_large"
    monkeypatch.undo()
    monkeypatch.setattr(own, "MOST_ROWS", 10)
    with pytest.raises(BadInput) as caught:
        check_file("mine.csv", csv(table()))
    assert caught.value.code == "upload_rows"
    with pytest.raises(BadInput) as caught:
        check_file("mine.csv", csv(table()), "yearly")
    assert caught.value.code == "unknown_choice"
