"""A value goes to the address and comes back the same; what is no value there is named and changes nothing."""

import math
import string
from datetime import date
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as hyp

from ui import url

CODES = hyp.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=12)
NAMES = hyp.text(string.ascii_letters + "_", min_size=1, max_size=8)
HOSTILE = (
    "x" * 3000,
    "<script>",
    "nan",
    "-inf",
    "1e999",
    "0x10",
    "１２",
    "2020-13-40",
    "A:50%",
    "\x00",
    "..",
    "-0.5",
    " ",
)
# A bad value is named whatever it looks like; what is not hostile for a kind is left out below.


class Address(dict):
    """Stands in for ``st.query_params``."""

    def to_dict(self):
        return dict(self)

    def from_dict(self, values):
        self.clear()
        self.update(values)


class Browser:
    """A session and its address: each visit draws one widget and publishes, as a page does."""

    def __init__(self, monkeypatch, address=""):
        self.st = SimpleNamespace(
            session_state={}, query_params=Address(parse_qsl(address, keep_blank_values=True)), date_input=None
        )
        monkeypatch.setattr(url, "st", self.st)

    def visit(self, draw):
        url.begin("page")
        value = draw()
        self.rejected = dict(url.rejected())
        url.finish()
        return value

    @property
    def address(self):
        return urlencode(self.st.query_params)


def shows(*_, key, **__):
    """A widget that nobody touches: it shows what the session holds."""
    return url.st.session_state[key]


def there_and_back(draw, key, value):
    """The value set by hand, its address, and the value that a new session reads there."""
    with pytest.MonkeyPatch.context() as patch:
        first = Browser(patch)
        first.st.session_state.update(value if isinstance(value, dict) else {key: value})
        sent = first.visit(draw)
        address = first.address
        second = Browser(patch, address)
        got = second.visit(draw)
        assert not second.rejected
        assert second.address == address
    return sent, got, address


@given(options=hyp.lists(CODES, min_size=1, max_size=8, unique=True), data=hyp.data())
def test_a_choice_of_one_comes_back(options, data):
    value, default = (data.draw(hyp.sampled_from(options)) for _ in range(2))
    sent, got, address = there_and_back(lambda: url.choice(shows, "k", "L", options, default), "k", value)
    assert sent == got == value
    assert (address == "") == (value == default)


@given(options=hyp.lists(CODES, min_size=1, max_size=8, unique=True), data=hyp.data())
def test_a_choice_of_many_comes_back_in_its_order(options, data):
    value, default = (
        data.draw(hyp.permutations(options))[: data.draw(hyp.integers(0, len(options)))] for _ in range(2)
    )
    sent, got, address = there_and_back(lambda: url.several(shows, "k", "L", options, default), "k", value)
    assert sent == got == value
    assert (address == "") == (value == default)


@given(low=hyp.floats(-1e6, 1e6), span=hyp.floats(1e-3, 1e6), data=hyp.data())
def test_a_number_comes_back_to_its_fifteenth_digit(low, span, data):
    high = low + span
    value, default = (data.draw(hyp.floats(low, high)) for _ in range(2))

    def draw():
        return url.number(shows, "k", "L", default, low=low, high=high, step=0.01)

    if not low <= float(url.digits(value)) <= high:  # an end with more digits than an address holds
        return
    sent, got, _ = there_and_back(draw, "k", value)
    assert sent == value
    assert math.isclose(got, value, rel_tol=1e-14, abs_tol=1e-17)


@given(names=hyp.lists(NAMES, min_size=1, max_size=8, unique=True), data=hyp.data())
def test_shares_come_back(names, data):
    shares = {name: data.draw(hyp.integers(0, 10_000)) / 10_000 for name in names}
    labels = {name: name for name in names}

    def draw():
        return url.amounts(shows, "k", labels, dict.fromkeys(names, 0.5))

    sent, got, address = there_and_back(draw, "k", {url.amount("k", name): share for name, share in shares.items()})
    assert sent == shares
    if address != "k=":  # no share at all
        assert got == pytest.approx(shares, abs=1e-15)


@given(value=hyp.booleans(), default=hyp.booleans())
def test_a_switch_comes_back(value, default):
    sent, got, address = there_and_back(lambda: url.flag(shows, "k", "L", default), "k", value)
    assert sent is got is value
    assert (address == "") == (value == default)


@given(value=hyp.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_a_day_comes_back(value):
    def draw():
        return url.day_or_none("k", "L", None, first=date(1900, 1, 1), last=date(2100, 1, 1), widget=shows)

    sent, got, address = there_and_back(draw, "k", value)
    assert sent == got == value
    assert address == f"k={value.isoformat()}"


KINDS = {
    "choice": (lambda: url.choice(shows, "k", "L", ("a", "b"), "a"), "a"),
    "several": (lambda: url.several(shows, "k", "L", ("a", "b"), ["b"]), ["b"]),
    "number": (lambda: url.number(shows, "k", "L", 3.0, low=0.0, high=12.0, step=1.0), 3.0),
    "amounts": (lambda: url.amounts(shows, "k", {"A": "A"}, {"A": 0.25}), {"A": 0.25}),
    "flag": (lambda: url.flag(shows, "k", "L", True), True),
    "day": (lambda: url.day_or_none("k", "L", None, first=date(1990, 1, 1), last=date(2030, 1, 1), widget=shows), None),
}
FINE = {("number", "１２"), ("several", ".."), ("several", "")}
"""Digits of any script are digits; dots without a code are an empty choice."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_value_is_named_and_changes_nothing(kind, monkeypatch):
    draw, default = KINDS[kind]
    for value in HOSTILE:
        if (kind, value) in FINE:
            continue
        browser = Browser(monkeypatch, urlencode({"k": value}))
        assert browser.visit(draw) == default, f"{kind} took {value!r}"
        assert set(browser.rejected) == {"k"}
        assert "k" not in dict(parse_qsl(browser.address))


@given(kind=hyp.sampled_from(sorted(KINDS)), value=hyp.text(max_size=60))
def test_whatever_stands_in_the_address_is_a_value_or_named(kind, value):
    draw, default = KINDS[kind]
    with pytest.MonkeyPatch.context() as patch:
        browser = Browser(patch, urlencode({"k": value}))
        got = browser.visit(draw)
        if browser.rejected:
            assert got == default
        elif kind == "number":
            assert 0.0 <= got <= 12.0
        again = Browser(patch, browser.address)
        assert again.visit(draw) == got
        assert not again.rejected
