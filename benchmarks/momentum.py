"""Residual momentum over a whole market, beside the plain loop; linearity, memory, and the fund rules by brute force."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np

NAMES, MONTHS = 500, 240
SIZES = (250, 500, 1000, 2000)
ROUNDS = 5
HOLD, BUFFER, LEAST, COST = 50, 0.5, 24, 0.001


def run() -> None:
    """One line for the speed, one a size, one for the projection."""
    print(json.dumps(_speed()), flush=True)
    grown = [_grown(names) for names in SIZES]
    for line in grown:
        print(json.dumps(line), flush=True)
    told: dict[str, object] = {"figure": f"growth of CPU seconds with names, {SIZES[0]} to {SIZES[-1]}"}
    for name in ("fund", "run"):
        slope = np.polyfit(np.log(SIZES), np.log([line[f"{name}_cpu_s"] for line in grown]), 1)[0]
        told[f"{name}_exponent"] = round(float(slope), 3)
    print(json.dumps(told | {"goal": "linear: 1, and 0.1 for tables that no longer fit the cache"}), flush=True)
    print(json.dumps(_rules()), flush=True)


def world(names: int, months: int = MONTHS, seed: int = 0):  # type: ignore[no-untyped-def]
    """Shares that follow three factors, by month end, and the factors."""
    import pandas as pd

    from engine.momentum import Factors

    g = np.random.default_rng(seed)
    ends = pd.date_range("1999-01-31", periods=months, freq="ME")
    spread = g.normal([0.006, 0.001, 0.002], [0.045, 0.03, 0.03], (months, 3))
    loads = g.normal([1.0, 0.3, 0.2], 0.4, (names, 3))
    returns = np.clip(0.002 + spread @ loads.T + g.normal(0, 0.08, (months, names)), -0.7, 1.5)
    prices = pd.DataFrame(100 * np.cumprod(1 + returns, axis=0), ends, [f"N{i:04d}" for i in range(names)])
    table = pd.DataFrame(spread, ends, ["Mkt-RF", "SMB", "HML"]).assign(RF=0.002)
    return prices, Factors(table, 2, "made up")


def ours(prices, model):  # type: ignore[no-untyped-def]
    """Checks, residuals, 34 look-backs, choice, holdings under fund rules, value after cost."""
    from engine.backtest import simulate
    from engine.momentum import Config, make, signals
    from engine.momentum.decide import schedule, targets

    config = Config(hold=HOLD, buffer=BUFFER, least_outcomes=LEAST)
    panel = make(prices)
    found = signals(panel, model, config)
    when = schedule(panel, found, config)
    weights = targets(panel, found.months, found.rank, when, config)
    value = simulate(panel.valued.loc[when.days[0] :], weights, cost_bps=COST * 1e4).value
    return found.residual.returns, weights, value


def plain(prices, model):  # type: ignore[no-untyped-def]
    """The same fund as it is written first: RollingOLS a name, pandas a look-back, loops over months."""
    import pandas as pd
    from statsmodels.regression.rolling import RollingOLS

    returns = prices.pct_change(fill_method=None)
    factors = model.table.reindex(prices.index)
    design = factors[["Mkt-RF", "SMB", "HML"]].assign(const=1.0)
    residual = {}
    for name in prices.columns:
        excess = returns[name] - factors["RF"]
        fit = RollingOLS(excess, design, window=36, min_nobs=36, missing="drop").fit()
        residual[name] = excess - (fit.params * design).sum(axis=1, min_count=4)
    residual = pd.DataFrame(residual)
    scores = {}
    for back in range(3, 37):
        part = residual.shift(2).rolling(back - 1)
        scores[back] = part.sum() / (part.std() * np.sqrt(back - 1))
    able = scores[36].notna()
    following = returns.shift(-1)
    top = pd.DataFrame(index=prices.index, columns=list(scores), dtype=float)
    ic = top.copy()
    for back, score in scores.items():
        for day in prices.index[:-1]:
            row = score.loc[day][able.loc[day]]
            if len(row):
                top.loc[day, back] = following.loc[day, row.nlargest(HOLD).index].mean()
                ic.loc[day, back] = row.corr(following.loc[day, row.index], method="spearman")
    weights, held = {}, []
    for place, day in enumerate(prices.index):
        known = top.iloc[:place].dropna()
        if len(known) < LEAST:
            continue
        rank = scores[known.mean().idxmax()].loc[day][able.loc[day]].rank(ascending=False)
        zone = min(HOLD * (1 + BUFFER), HOLD + (len(rank) - HOLD) * BUFFER)
        stays = [name for name in held if rank.get(name, np.inf) <= zone]
        others = rank.drop(stays).nsmallest(HOLD - len(stays)).index
        held = list(rank[[*stays, *others]].sort_values().index)
        wish = np.arange(HOLD, 0, -1) - 0.5
        weights[day] = pd.Series(_plain_rules(wish / wish.sum()), index=held)
    weights = pd.DataFrame(weights).T.reindex(columns=prices.columns).fillna(0.0)
    return residual, weights, _plain_value(prices, weights)


def _plain_rules(wish):  # type: ignore[no-untyped-def]
    """How many names are above 5 %, one after the other; each part by bisection."""
    order, best, answer = np.argsort(-wish), np.inf, wish
    for large in range(8):
        low = np.where(np.arange(len(wish)) < large, 0.05, 0.0)
        high = np.where(np.arange(len(wish)) < large, 0.10, 0.05)
        found = _bisect(wish[order], low, high, 1.0)
        if found[:large].sum() > 0.4:
            parts = ((slice(0, large), 0.4), (slice(large, None), 0.6))
            found = np.concatenate([_bisect(wish[order][p], low[p], high[p], total) for p, total in parts])
        distance = ((found - wish[order]) ** 2).sum()
        if abs(found.sum() - 1) < 1e-9 and distance < best:
            best, answer = distance, np.empty(len(wish))
            answer[order] = found
    return answer


def _bisect(wish, low, high, total):  # type: ignore[no-untyped-def]
    down, up = (wish - high).min(), (wish - low).max()
    for _ in range(60):
        middle = (down + up) / 2
        down, up = (middle, up) if np.clip(wish - middle, low, high).sum() > total else (down, middle)
    return np.clip(wish - (down + up) / 2, low, high)


def _plain_value(prices, weights):  # type: ignore[no-untyped-def]
    import pandas as pd

    units, cash, path = pd.Series(0.0, prices.columns), 1.0, {}
    for day in prices.index[prices.index >= weights.index[0]]:
        price = prices.loc[day]
        value = float((units * price).sum()) + cash
        if day in weights.index:
            after = value
            for _ in range(30):
                after = value - COST * float((weights.loc[day] * after - units * price).abs().sum())
            units, cash, value = weights.loc[day] * after / price, after * (1 - weights.loc[day].sum()), after
        path[day] = value
    return pd.Series(path)


def _speed() -> dict[str, object]:
    """Both on the whole work, in one process, one after the other."""
    from importlib.metadata import version

    from engine.momentum import Config, make
    from engine.momentum import run as full

    prices, model = world(NAMES)
    ours(prices, model)
    spent = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        residual, weights, value = ours(prices, model)
        spent.append(time.process_time() - begun)
    with_rivals = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        full(Config(hold=HOLD, buffer=BUFFER, least_outcomes=LEAST), make(prices), model)
        with_rivals.append(time.process_time() - begun)
    begun = time.process_time()
    their_residual, their_weights, their_value = plain(prices, model)
    peer = time.process_time() - begun
    own, rich = float(np.median(spent)), float(np.median(with_rivals))
    apart = np.abs(residual - their_residual.to_numpy())
    return {
        "figure": f"residual momentum end to end, {NAMES} names x {MONTHS} months, 34 look-backs, CPU seconds",
        "ours_cpu_s": float(f"{own:.4g}"),
        "with_five_rivals_and_evidence_cpu_s": float(f"{rich:.4g}"),
        "peer_cpu_s": float(f"{peer:.4g}"),
        "ratio": float(f"{peer / own:.4g}"),
        "ratio_with_rivals": float(f"{peer / rich:.4g}"),
        "peer": f"pandas loop with statsmodels {version('statsmodels')} RollingOLS, the whole work once",
        "largest_residual_difference": float(np.nanmax(apart)),
        "largest_weight_difference": float(np.abs(weights.to_numpy() - their_weights.to_numpy()).max()),
        "value_difference": float(abs(value.iloc[-1] / their_value.iloc[-1] - 1)),
        "goal": ">= 50, residuals within 1e-10",
    }


_CHILD = """
import json, statistics, sys, time
from benchmarks.common import one_thread
one_thread()
from benchmarks.momentum import HOLD, BUFFER, LEAST, ours, world
from engine.momentum import Config, make, run
prices, model = world(120)
config = Config(hold=HOLD, buffer=BUFFER, least_outcomes=LEAST)
run(config, make(prices), model)
prices, model = world(int(sys.argv[1]))
def highest():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
before = highest()
fund, whole = [], []
for _ in range(3):
    begun = time.process_time(); ours(prices, model); fund.append(time.process_time() - begun)
    begun = time.process_time(); run(config, make(prices), model); whole.append(time.process_time() - begun)
after = highest()
print(json.dumps([statistics.median(fund), statistics.median(whole), (after - before) / 1024, after / 1024]))
"""


def _grown(names: int) -> dict[str, object]:
    """A fresh process a size: seconds, and memory above what was held before."""
    done = subprocess.run([sys.executable, "-c", _CHILD, str(names)], capture_output=True, text=True, check=True)
    fund, whole, grown, peak = json.loads(done.stdout)
    return {
        "figure": f"residual momentum, {names} names x {MONTHS} months",
        "fund_cpu_s": round(fund, 3),
        "run_cpu_s": round(whole, 3),
        "grown_mb": round(grown, 1),
        "peak_mb": round(peak, 1),
    }


def _rules(vectors: int = 1000, names: int = 16) -> dict[str, object]:
    """The projection beside every subset of up to seven large names of sixteen: 26,333 convex problems a vector."""
    from numba import njit

    from engine.momentum import project

    filled = njit(_filled)
    least = njit(_least_of(filled))
    g = np.random.default_rng(0)
    worst, spent, enumerated = 0.0, 0.0, 0.0
    least(np.full(names, 1 / names))
    for order in range(vectors):
        wish = (g.dirichlet(np.full(names, 0.3)), g.normal(0.06, 0.05, names), g.pareto(1.2, names) / 20)[order % 3]
        begun = time.process_time()
        found = project(wish)
        spent += time.process_time() - begun
        begun = time.process_time()
        distance = least(wish)
        enumerated += time.process_time() - begun
        worst = max(worst, abs(((found - wish) ** 2).sum() - distance))
    return {
        "figure": f"fund rules, {vectors} vectors of {names} names beside every subset of large names",
        "largest_difference_of_squared_distance": worst,
        "ours_ms_each": round(spent / vectors * 1e3, 3),
        "enumeration_ms_each": round(enumerated / vectors * 1e3, 1),
        "goal": "equal to 1e-9",
    }


def _filled(wish, low, high, total, out):  # type: ignore[no-untyped-def]
    """Nearest weights in a box with a given sum into ``out``; False where there are none."""
    if low.sum() > total + 1e-12 or high.sum() < total - 1e-12:
        return False
    down, up = (wish - high).min(), (wish - low).max()
    for _ in range(55):
        middle, reached = (down + up) / 2, 0.0
        for j in range(len(wish)):
            reached += min(max(wish[j] - middle, low[j]), high[j])
        if reached > total:
            down = middle
        else:
            up = middle
    for j in range(len(wish)):
        out[j] = min(max(wish[j] - (down + up) / 2, low[j]), high[j])
    return True


def _least_of(filled):  # type: ignore[no-untyped-def]
    def least(wish):  # type: ignore[no-untyped-def]
        n, best = len(wish), np.inf
        low, high, out, part = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
        for mask in range(1 << n):
            count = 0
            for j in range(n):
                large = (mask >> j) & 1
                count += large
                low[j] = 0.05 if large else 0.0
                high[j] = 0.10 if large else 0.05
            if count > 7 or not filled(wish, low, high, 1.0, out):
                continue
            together = 0.0
            for j in range(n):
                together += out[j] if (mask >> j) & 1 else 0.0
            if together > 0.4:
                a = np.array([j for j in range(n) if (mask >> j) & 1])
                b = np.array([j for j in range(n) if not (mask >> j) & 1])
                if not filled(wish[a], low[a], high[a], 0.4, part[: len(a)]):
                    continue
                for k in range(len(a)):
                    out[a[k]] = part[k]
                if not filled(wish[b], low[b], high[b], 0.6, part[: len(b)]):
                    continue
                for k in range(len(b)):
                    out[b[k]] = part[k]
            best = min(best, ((out - wish) ** 2).sum())
        return best

    return least
