"""What the tests of tilts share: the world as it ships, a small market by hand, and limits measured anew."""

import numpy as np
import pandas as pd

from engine.world.blocks import BLOCKS, assumptions, block_weights
from engine.world.tilt import tilt
from engine.world.wishes import GROUPS, Wishes

MARKET = block_weights(gold=True)
ASSUMED = assumptions()
COVARIANCE = ASSUMED.covariance
S = COVARIANCE.to_numpy()
W = MARKET.to_numpy()


def world(kind="passive", **wishes):
    """The answer to wishes around the shipped market."""
    options = {"riskless": ASSUMED.cash_return}
    return tilt(Wishes(kind, **wishes), MARKET, COVARIANCE, ASSUMED.expected_return, **options)


def small():
    """A market of four blocks with clear-cut risks, so that no weight reaches zero by accident."""
    names = ["us_equity", "dev_exus_equity", "us_bond", "real_estate"]
    deviation = np.array([0.16, 0.18, 0.10, 0.15])
    correlation = np.array([[1, 0.5, 0.2, 0.4], [0.5, 1, 0.1, 0.3], [0.2, 0.1, 1, 0.2], [0.4, 0.3, 0.2, 1]])
    spread = pd.DataFrame(correlation * np.outer(deviation, deviation), index=names, columns=names)
    return pd.Series([0.35, 0.25, 0.25, 0.15], index=names), spread


def tilts(found, name):
    """Active weight of a block, class or region."""
    return float(
        sum(found.weights[block] - found.market_weights[block] for block in GROUPS[name] if block in found.weights)
    )


def asked_bounds(wishes):
    if wishes.bounds is None:
        return {}
    return dict(wishes.bounds) if isinstance(wishes.bounds, dict) else dict.fromkeys(BLOCKS, wishes.bounds)


def excess(found, covariance=COVARIANCE):
    """Largest excess over any limit, as relaxed, from the returned weights alone."""
    wishes, used = found.wishes, {item.constraint: item.used for item in found.relaxed}
    active = (found.weights - found.market_weights).to_numpy()
    error = np.sqrt(active @ covariance.loc[found.weights.index, found.weights.index].to_numpy() @ active)
    over = [abs(found.weights.sum() - 1.0), -found.weights.min()]
    for name, most in asked_bounds(wishes).items():
        over.append(abs(tilts(found, name)) - max(most, used.get(f"bounds.{name}", 0.0)))
    if wishes.tracking_error_budget is not None and found.funds is None:
        over.append(error - max(wishes.tracking_error_budget, used.get("tracking_error_budget", 0.0)))
    if wishes.turnover_limit is not None:
        held = pd.Series(wishes.holdings).reindex(found.weights.index).fillna(0.0)
        over.append(abs(found.weights - held).sum() / 2 - max(wishes.turnover_limit, used.get("turnover_limit", 0.0)))
    over += [found.weights[block] for name in wishes.exclude for block in GROUPS[name]]
    return max(over)


def relaxed_wishes(found):
    """The same wishes with what was relaxed put in the place of what was asked."""
    wishes = found.wishes
    preferences, bounds = dict(wishes.preferences), asked_bounds(wishes)
    changes = {}
    for item in found.relaxed:
        field, _, name = item.constraint.partition(".")
        if field == "preferences":
            preferences[name] = item.used
        elif field == "bounds":
            bounds[name] = item.used
        else:
            changes[field] = item.used
    kept = {name: getattr(wishes, name) for name in wishes.to_dict()}
    return Wishes(**kept | changes | {"preferences": preferences, "bounds": bounds or None})
