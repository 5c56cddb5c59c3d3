"""The room as a whole: what it exports and what it loads."""

from engine import universe as room
from tests.engine.test_imports import HEAVY, third_party


def test_every_exported_name_is_there():
    assert all(getattr(room, name, None) is not None for name in room.__all__)
    assert room.__all__ == sorted(room.__all__, key=lambda name: (not name.isupper(), name.islower(), name))


def test_neither_the_room_nor_an_answer_loads_a_heavy_library():
    """Opening the room loads NumPy and pandas only; reading the tables adds pandera."""
    code = (
        "import sys, numpy, pandas\n"
        "plain = {name.partition('.')[0] for name in sys.modules}\n"
        "from engine import universe as u\n"
        "assert {name.partition('.')[0] for name in sys.modules} - plain <= {'engine'} | sys.stdlib_module_names\n"
        "found = u.ranked(draws=10)\n"
        "found.switches('us_sp500'), found.reversals('us_sp500'), found.to_dict()\n"
        "u.substitutes(u.universe(), 'SPY', found.screening.passing)\n"
        "u.with_own(u.universe(), u.read_funds(b'ticker,fee_pct\\nSPY,0.09\\n'))\n"
    )
    assert not third_party(code) & HEAVY
