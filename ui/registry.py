"""The pages: one list, read by the navigation, the tests and the documentation.

Pages live one folder below ``pages/``: a file directly in ``pages/`` could be opened on a fresh
server without ``app.py``, and so without frame and disclaimer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class PageSpec:
    """One page.

    Attributes
    ----------
    key : str
        Folder below ``pages/``, URL path, and prefix of its sentences (``<key>.title``, ``<key>.question``).
    group : str
        Section of the navigation (``nav.<group>``).
    disclaimers : tuple of str
        Kinds of content on it (``disclaimer.<kind>``); "research" and "loss" stand on every page.
    paths : bool
        The page draws value paths: it offers benchmark, period and scale in the context bar.
    data : tuple of str
        Data sets behind it that a refresh makes longer or anew; where they end too early, its header says so.
    """

    key: str
    group: str
    icon: str
    disclaimers: tuple[str, ...] = ()
    paths: bool = True
    data: tuple[str, ...] = ()

    @property
    def file(self) -> Path:
        return ROOT / "pages" / self.key / "page.py"

    def about(self, language: str) -> Path:
        return ROOT / "pages" / self.key / f"about.{language}.md"


_INDEX = ("sp500_price", "sp500_total_return")
_LINES = (*_INDEX, "factor_etfs", "french_portfolios")
_FUNDS = ("etf_universe", "etf_statistics", "etf_correlations_raw")
_ALL = (
    *_LINES, "us_macro_monthly", "us_large_caps", "french_factors", "usdkrw_monthly", *_FUNDS, "etf_correlations",
)  # fmt: skip

PAGES: tuple[PageSpec, ...] = (
    PageSpec(
        "overview",
        "start",
        ":material/home:",
        ("simulated", "live", "fees", "rank", "example", "fx", "deposit"),
        data=(*_LINES, "us_macro_monthly"),
    ),
    PageSpec("stories", "start", ":material/slideshow:", paths=False),
    PageSpec(
        "factors", "ai", ":material/psychology:", ("simulated", "live", "fees"), data=(*_LINES, "us_macro_monthly")
    ),
    PageSpec(
        "momentum",
        "ai",
        ":material/trending_up:",
        ("simulated", "live", "fees", "independent"),
        paths=False,
        data=("french_portfolios", "french_factors", "factor_etfs", "etf_prices", "us_macro_monthly"),
    ),
    PageSpec(
        "rebalance",
        "ai",
        ":material/event_repeat:",
        ("simulated", "data", "fx", "deposit"),
        paths=False,
        data=("factor_etfs", "us_large_caps", "french_factors", "usdkrw_monthly"),
    ),
    PageSpec("crises", "ai", ":material/trending_down:", ("simulated", "live", "fees", "fx", "deposit"), data=_LINES),
    PageSpec(
        "universe", "passive", ":material/checklist:", ("rank", "data", "fx", "deposit"), paths=False, data=_FUNDS
    ),
    PageSpec("world", "passive", ":material/public:", ("data", "fees", "fx", "deposit"), paths=False),
    PageSpec(
        "passive",
        "passive",
        ":material/compare_arrows:",
        ("live", "fees", "fx", "deposit", "data", "independent"),
        paths=False,
        data=_INDEX,
    ),
    PageSpec(
        "allocator",
        "passive",
        ":material/shopping_basket:",
        ("example", "data", "fx", "deposit"),
        paths=False,
        data=("usdkrw_monthly", *_FUNDS, "etf_correlations"),
    ),
    PageSpec("enhanced", "passive", ":material/tune:", ("model", "rank", "data", "deposit"), paths=False, data=_FUNDS),
    PageSpec("utility", "passive", ":material/balance:", ("model", "data", "deposit"), paths=False),
    PageSpec(
        "lab",
        "lab",
        ":material/science:",
        ("simulated", "fees", "data", "deposit"),
        paths=False,
        data=(*_LINES, "us_macro_monthly", "us_large_caps", "french_factors"),
    ),
    PageSpec(
        "data",
        "lab",
        ":material/database:",
        ("data",),
        data=_ALL,
    ),
    PageSpec("health", "lab", ":material/monitor_heart:", ("data",), paths=False, data=_ALL),
    PageSpec("glossary", "lab", ":material/dictionary:", ("independent",), paths=False),
    PageSpec("about", "lab", ":material/info:", ("independent", "data", "deposit")),
)
"""The first page is the one at ``/``."""

DISCLAIMERS = ("research", "loss")
"""Stand on every page."""
