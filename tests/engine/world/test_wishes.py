"""Wishes: what is accepted, and what is refused under which name."""

import math

import numpy as np
import pytest

from engine.errors import BadInput
from engine.world.blocks import BLOCKS
from engine.world.wishes import CLASSES, GROUPS, REGIONS, Wishes


def test_classes_cover_every_block_once_and_regions_none_twice():
    assert sorted(name for blocks in CLASSES.values() for name in blocks) == sorted(BLOCKS)
    inside = [name for blocks in REGIONS.values() for name in blocks]
    assert len(set(inside)) == len(inside)
    assert set(inside) == set(CLASSES["equity"]) | set(CLASSES["bonds"])
    assert set(GROUPS) == set(BLOCKS) | set(CLASSES) | set(REGIONS)


def test_a_json_object_becomes_wishes_and_back():
    given = {
        "type": "risk",
        "preferences": {"equity": 0.05, "us": -0.02},
        "exclude": ["gold"],
        "gamma": 4,
        "bounds": {"equity": 0.1},
        "tracking_error_budget": 0.02,
    }
    wishes = Wishes.from_dict(given)
    told = wishes.to_dict()
    assert {key: told[key] for key in given} == given
    assert Wishes.from_dict(told) == wishes


def test_null_is_no_wish():
    assert Wishes.from_dict({"gamma": None, "bounds": None, "preferences": None, "exclude": None}) == Wishes()


def test_an_empty_object_is_the_market():
    assert Wishes.from_dict({}).type == "passive"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], "input"),
        ("passive", "input"),
        (None, "input"),
        ({"kind": "passive"}, "input"),
        ({"type": "active"}, "type"),
        ({"type": None}, "type"),
        ({"type": 3}, "type"),
        ({"type": ["risk"]}, "type"),
        ({"gamma": 0}, "gamma"),
        ({"gamma": -1.0}, "gamma"),
        ({"gamma": math.nan}, "gamma"),
        ({"gamma": math.inf}, "gamma"),
        ({"gamma": "4"}, "gamma"),
        ({"gamma": True}, "gamma"),
        ({"gamma": [4]}, "gamma"),
        ({"preferences": {"atlantis": 0.1}}, "preferences"),
        ({"preferences": {"equity": math.nan}}, "preferences.equity"),
        ({"preferences": {"equity": 5}}, "preferences.equity"),
        ({"preferences": {"equity": None}}, "preferences.equity"),
        ({"preferences": {"equity": "much"}}, "preferences.equity"),
        ({"preferences": [0.1]}, "preferences"),
        ({"preferences": "equity"}, "preferences"),
        ({"exclude": "gold"}, "exclude"),
        ({"exclude": ["atlantis"]}, "exclude"),
        ({"exclude": [1]}, "exclude"),
        ({"exclude": {"gold": 1}}, "exclude"),
        ({"bounds": -0.01}, "bounds"),
        ({"bounds": 1.5}, "bounds"),
        ({"bounds": math.nan}, "bounds"),
        ({"bounds": "wide"}, "bounds"),
        ({"bounds": [0.1]}, "bounds"),
        ({"bounds": {"gold": -0.1}}, "bounds.gold"),
        ({"bounds": {"atlantis": 0.1}}, "bounds"),
        ({"tracking_error_budget": -0.01}, "tracking_error_budget"),
        ({"tracking_error_budget": 2}, "tracking_error_budget"),
        ({"tracking_error_budget": math.nan}, "tracking_error_budget"),
        ({"tracking_error_budget": {}}, "tracking_error_budget"),
        ({"turnover_limit": 0.1}, "turnover_limit"),
        ({"turnover_limit": -0.1, "holdings": {"gold": 1.0}}, "turnover_limit"),
        ({"holdings": {"gold": 0.5}}, "holdings"),
        ({"holdings": {"gold": 1.5, "us_equity": -0.5}}, "holdings.gold"),
        ({"holdings": {"equity": 1.0}}, "holdings"),
        ({"views": {"QQQ": 0.1}}, "views"),
        ({"views": {"equity": 0.1}}, "views"),
        ({"views": {"MTUM": math.inf}}, "views.MTUM"),
        ({"strength": 1.1}, "strength"),
        ({"strength": -0.1}, "strength"),
        ({"method": "guess"}, "method"),
    ],
)
def test_bad_wishes_are_refused_by_name(given, field):
    with pytest.raises(BadInput) as raised:
        Wishes.from_dict(given)
    assert raised.value.field == field
    assert field in raised.value.message


def test_numbers_of_any_numeric_kind_are_numbers():
    wishes = Wishes("risk", gamma=np.int64(3), bounds=np.float32(0.25), preferences={"gold": np.float64(0.1)})
    assert wishes.to_dict()["gamma"] == 3.0
    assert wishes.to_dict()["bounds"] == 0.25
