"""What the first page says: one line against its benchmark after a fee, and what is held today.

``headline`` is arithmetic on registered lines; ``today`` opens a small artifact, so that neither a ranking
nor a solve stands between a reader and the page.
"""

from engine.overview.headline import (
    WINDOW,
    Cost,
    Falls,
    Headline,
    Hits,
    Rival,
    beside,
    headline,
    hits,
    net_of_fee,
)
from engine.overview.today import Basket, Pick, Today, make_today, save_today, today

__all__ = [
    "WINDOW",
    "Basket",
    "Cost",
    "Falls",
    "Headline",
    "Hits",
    "Pick",
    "Rival",
    "Today",
    "beside",
    "headline",
    "hits",
    "make_today",
    "net_of_fee",
    "save_today",
    "today",
]
