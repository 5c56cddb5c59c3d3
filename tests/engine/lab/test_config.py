"""A backtest as data: read, written, varied, refused."""

import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.lab import (
    CashOverlay,
    Config,
    EqualWeight,
    FactorMomentum,
    FixedWeights,
    LowVolatilityDefence,
    MeanVariance,
    Tilt,
    VolatilityTarget,
    from_dict,
    read_config,
)
from engine.lab.config import compared

CONTRACT = """
fill = "next_close"
[data]
dataset = "factor_etfs"
[strategy]
name = "fixed_weights"
weights = {MTUM = 0.5, USMV = 0.5}
[rebalance]
rule = "band"
band = 0.037
[cost]
bps = 7.3
[period]
start = 2015-01-02
end = 2022-12-28
"""


def test_the_file_of_the_contract_is_read():
    config = from_dict(tomllib.loads(CONTRACT))
    assert config.panel == "factor_etfs"
    assert config.strategy == FixedWeights((("MTUM", 0.5), ("USMV", 0.5)))
    assert (config.rule, config.band, config.cost_bps, config.fill) == ("band", 0.037, 7.3, "next_close")
    assert (config.start, config.end) == (date(2015, 1, 2), date(2022, 12, 28))


@pytest.mark.parametrize("place", ["[period]", "[rebalance]"])
def test_the_fill_may_stand_in_a_section(place):
    text = CONTRACT.replace('fill = "next_close"', "").replace(place, f'{place}\nfill = "same_close"')
    assert from_dict(tomllib.loads(text)).fill == "same_close"


configs = st.builds(
    Config,
    panel=st.sampled_from(["factor_etfs", "sleeves", "us_large_caps"]),
    strategy=st.one_of(
        st.just(EqualWeight()),
        st.builds(FactorMomentum, months=st.integers(1, 24), held=st.integers(1, 4)),
        st.builds(MeanVariance, window=st.integers(24, 300), risk_aversion=st.floats(0.5, 20)),
        st.just(FixedWeights((("MTUM", 1 / 3), ("USMV", 0.1)))),
    ),
    overlays=st.lists(
        st.one_of(
            st.builds(Tilt, strength=st.floats(0, 3)),
            st.builds(CashOverlay, share=st.floats(0, 1)),
            st.just(LowVolatilityDefence()),
            st.just(VolatilityTarget()),
        ),
        max_size=3,
    ).map(tuple),
    rule=st.sampled_from(["once", "daily", "monthly", "quarterly", "yearly", "band"]),
    band=st.none() | st.floats(0, 1),
    buffer=st.floats(0, 0.2),
    cost_bps=st.floats(0, 100),
    fill=st.sampled_from([None, "same_close", "next_close", "next_open"]),
    start=st.none() | st.dates(date(2014, 1, 1), date(2016, 1, 1)),
    end=st.none() | st.dates(date(2017, 1, 1), date(2022, 1, 1)),
    benchmark=st.sampled_from(["", "equal_weight", "MTUM"]),
    cash_earns=st.booleans(),
)


@given(configs)
def test_a_config_survives_its_file(config):
    again = from_dict(tomllib.loads(config.to_toml()))
    assert again == config
    assert hash(again) == hash(config)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("[strategy]\nname = 'nope'", "strategy"),
        ("[rebalance]\nrule = 'often'", "rule"),
        ("[rebalance]\nband = -0.1", "band"),
        ("[rebalance]\nband = 'wide'", "band"),
        ("[cost]\nbps = -1", "cost_bps"),
        ("[cost]\nbips = 1", "cost"),
        ("fill = 'yesterday'", "fill"),
        ("fill = 'same_close'\n[period]\nfill = 'next_close'", "fill"),
        ("[period]\nstart = 'soon'", "start"),
        ("[period]\nstart = 2020-01-01\nend = 2019-01-01", "period"),
        ("[costs]\nbps = 1", "config"),
        ("[strategy]\nname = 'fixed_weights'\nweights = {MTUM = 0.9, USMV = 0.2}", "weights"),
        ("strategy = 1", "strategy"),
    ],
)
def test_what_cannot_be_used_names_its_field(change, field):
    with pytest.raises(BadInput) as caught:
        from_dict(tomllib.loads(change))
    assert caught.value.field == field


@pytest.mark.parametrize("content", [None, "fill = ", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "strategy.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput, match=r"strategy\.toml cannot be read"):
        read_config(path)


def test_own_prices_stand_beside_the_config(tmp_path):
    rows = "\n".join(f"2020-{month:02d},{100 + month},{50 + month}" for month in range(1, 13))
    (tmp_path / "mine.csv").write_text(f"date,A,B\n{rows}\n", encoding="utf-8")
    (tmp_path / "s.toml").write_text('[data]\nfile = "mine.csv"\n[strategy]\nname = "equal_weight"\n', encoding="utf-8")
    job = read_config(tmp_path / "s.toml")
    assert job.config.panel == "own"
    assert job.panel.assets == ["A", "B"]


def test_a_missing_price_file_is_named(tmp_path):
    (tmp_path / "s.toml").write_text('[data]\nfile = "none.csv"\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"file: none\.csv cannot be read"):
        read_config(tmp_path / "s.toml")


def test_numbers_are_varied_by_name():
    config = Config(strategy=MeanVariance(), overlays=(Tilt(strength=1.0),))
    assert config.with_value("cost_bps", 3.0).cost_bps == 3.0
    assert config.with_value("risk_aversion", 7.5).strategy.risk_aversion == 7.5
    assert config.with_value("window", 100.0).strategy.window == 100
    assert config.with_value("tilt.strength", 0.5).overlays[0].strength == 0.5
    assert set(config.numbers()) == {
        "cost_bps", "band", "buffer", "fixed_cost", "window", "cap", "risk_aversion", "tilt.strength",
    }  # fmt: skip
    with pytest.raises(BadInput, match=r"tilt\.strength"):
        config.with_value("strength", 1.0)


def test_a_comparison_names_its_files(tmp_path):
    (tmp_path / "a.toml").write_text('[compare]\nconfigs = ["b.toml"]\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text("", encoding="utf-8")
    assert [name for name, _ in compared(tmp_path / "a.toml")] == ["a", "b"]
