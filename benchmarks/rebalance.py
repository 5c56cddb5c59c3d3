"""Rebalance day from raw files to orders, step by step, beside the pipeline that one would write first.

    python -m benchmarks rebalance                       # 500 and 5,000 names, 20 years, both sides
    python -m benchmarks.rebalance --names 500 --years 20 [--ours | --peer] [--arrays] [--keep FOLDER]

Both sides read the same files in a process of their own: check bars, month ends, residuals of rolling regressions,
scores of all look-backs, ranks, fund rules, whole shares. The peer is pandas as it is usually written: one frame of
everything, loops over tickers, ``groupby``, ``rolling``, one regression a window. It does less: no repairs, no calendar
of rebalances behind the newest one, no seals on disk. Ratios are of CPU seconds, helpers included;
``ratio_with_arrays`` is against a peer whose regressions take their columns out of pandas once a ticker; with
``--arrays`` that is the only one.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

SESSION = date(2018, 11, 30)
"""The last day to which the bundled factors reach."""

SIZES = (500, 5000)
YEARS = 20
ACCOUNT = 100_000_000.0


def run() -> None:
    for names in SIZES:
        measure(names, YEARS)


def measure(
    names: int,
    years: int,
    sides: tuple[str, ...] = ("ours", "peer"),
    keep: Path | None = None,
    *,
    arrays: bool = False,
) -> None:
    """Make the files, run each side in its own process, print one line of JSON a side and one for the ratio."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary) / "feed"
        if not (folder / "control.json").is_file():
            from benchmarks.feeds import write_feed

            first = date(SESSION.year - years, SESSION.month, SESSION.day)
            write_feed(folder, names=names, first=first, last=SESSION)
        total = {}
        for side in sides:
            call = [sys.executable, "-m", "benchmarks.rebalance", "--side", side, "--keep", str(folder)]
            call += ["--arrays"] if arrays else []
            done = subprocess.run(call, capture_output=True, text=True, check=False)
            if done.returncode:
                print(done.stderr[-2000:], file=sys.stderr)
                raise SystemExit(done.returncode)
            told = json.loads(done.stdout.splitlines()[-1])
            total[side] = told
            print(json.dumps({"figure": "rebalance", "side": side, "names": names, "years": years} | told), flush=True)
        if len(total) == 2:
            both = set(total["ours"]["held"]) & set(total["peer"]["held"])
            line = {
                "figure": "rebalance_ratio",
                "names": names,
                "years": years,
                "ratio": None if arrays else round(total["peer"]["cpu_s"] / total["ours"]["cpu_s"], 2),
                "ratio_with_arrays": round(total["peer"]["cpu_s_with_arrays"] / total["ours"]["cpu_s"], 2),
                "held_by_both": len(both),
                "held": len(total["ours"]["held"]),
            }
            print(json.dumps(line), flush=True)


def _peak_mb() -> dict[str, float]:
    """Peak resident memory of the process, and of the largest of its helpers."""
    who = {"process": resource.RUSAGE_SELF, "largest_helper": resource.RUSAGE_CHILDREN}
    return {name: round(resource.getrusage(one).ru_maxrss / 1024.0, 1) for name, one in who.items()}


def _cpu() -> float:
    """CPU seconds of the process and of helpers that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _let_helpers_end() -> None:
    """Helpers count once they have ended."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)


def ours(folder: Path) -> dict[str, object]:
    """The run as it is, with its seals on disk."""
    from dataclasses import replace

    from engine.rebalance import accounts, plan
    from engine.rebalance import run as go

    account = replace(accounts(("ai_momentum",))[0], size=ACCOUNT, participation=1.0)
    with tempfile.TemporaryDirectory() as runs:
        begun, spent = time.perf_counter(), _cpu()
        found = go(plan((account,), SESSION, feed=folder, runs=Path(runs)))
        seconds = time.perf_counter() - begun
        _let_helpers_end()
        spent = _cpu() - spent
    if not found.orders:
        raise SystemExit(str([gate.reason for gate in found.gates if gate.state != "passed"]))
    steps = {step["name"]: round(step["seconds"], 3) for step in found.steps[:7]}
    book = found.books["ai_momentum"]
    return {
        "wall_s": round(seconds, 2),
        "cpu_s": round(spent, 2),
        "steps_wall_s": steps,
        "peak_mb": _peak_mb(),
        "orders": len(found.orders),
        "cash": round(book["cash"], 2),
        "held": sorted(book["holdings"]),
    }


def _by_slices(returns: Any, known: Any) -> Any:
    """Residuals of a 36-month regression a window, as a reader of pandas' manual writes it."""
    import numpy as np
    import pandas as pd

    residual = {}
    for ticker in returns:
        own = pd.concat([returns[ticker], known], axis=1).dropna()
        values = {}
        for end in range(36, len(own) + 1):
            window = own.iloc[end - 36 : end]
            x = np.column_stack([np.ones(36), window[["Mkt-RF", "SMB", "HML"]]])
            y = (window[ticker] - window["RF"]).to_numpy()
            beta = np.linalg.lstsq(x, y, rcond=None)[0]
            values[window.index[-1]] = y[-1] - x[-1] @ beta
        residual[ticker] = pd.Series(values, dtype=float)
    return pd.DataFrame(residual).reindex(returns.index)


def _by_arrays(returns: Any, known: Any) -> Any:
    """The same with each ticker's columns taken out of pandas once."""
    import numpy as np
    import pandas as pd

    residual = {}
    for ticker in returns:
        own = pd.concat([returns[ticker], known], axis=1).dropna()
        x = np.column_stack([np.ones(len(own)), own[["Mkt-RF", "SMB", "HML"]]])
        y = (own[ticker] - own["RF"]).to_numpy()
        values = [
            y[end - 1] - x[end - 1] @ np.linalg.lstsq(x[end - 36 : end], y[end - 36 : end], rcond=None)[0]
            for end in range(36, len(own) + 1)
        ]
        residual[ticker] = pd.Series(values, own.index[35:], dtype=float)
    return pd.DataFrame(residual).reindex(returns.index)


class _Clock:
    """CPU seconds by step."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self.begun = self.last = time.process_time()

    def tick(self, name: str) -> None:
        now = time.process_time()
        self.steps[name], self.last = round(now - self.last, 3), now


def _checked(bars: Any) -> tuple[Any, list[tuple[Any, ...]]]:
    """A loop over tickers that looks for jumps, impossible bars, hundredfold prices, still prices and lost sessions."""
    import pandas as pd

    findings, clean = [], []
    sessions = pd.DatetimeIndex(sorted(bars["Date"].unique()))
    for ticker, rows in bars.groupby("ticker"):
        own = rows.set_index("Date")
        jump = own["Close"].pct_change().abs() > 3.0
        wrong = (own["High"] < own["Low"]) | (own["Close"] <= 0.0) | own["Close"].isna()
        typical = own["Close"].rolling(21, center=True, min_periods=5).median()
        hundred = (own["Close"] / typical - 100.0).abs() < 20.0
        still = own["Close"].diff().eq(0.0).rolling(20).sum() >= 20
        span = sessions[(sessions >= own.index[0]) & (sessions <= own.index[-1])]
        findings.append((ticker, jump.sum(), wrong.sum(), hundred.sum(), still.sum(), len(span.difference(own.index))))
        own.loc[hundred, ["Open", "High", "Low", "Close", "Adj Close"]] /= 100.0
        clean.append(own)
    return pd.concat(clean), findings


def _chosen(returns: Any, residuals: Any) -> Any:
    """Names of the newest month, the highest rank first, by the look-back whose names earned most."""
    import pandas as pd

    full = residuals.rolling(35).count().shift(2) == 35
    following = returns.shift(-1).where(full)
    count = int(min(50, max(16, full.iloc[-1].sum() // 2)))
    means, scores = {}, {}
    for back in range(3, 37):
        window = residuals.rolling(back - 1)
        scores[back] = (window.mean() / window.std()).shift(2).where(full)
        rank = scores[back].rank(axis=1, ascending=False)
        means[back] = following.where(rank <= count).mean(axis=1).expanding().mean().shift(1)
    best = pd.DataFrame(means).iloc[-1].idxmax()
    rank = scores[best].iloc[-1].rank(ascending=False)
    return rank[rank <= count].sort_values().index


def peer(folder: Path, arrays: bool) -> dict[str, object]:
    """The straightforward pipeline."""
    import pandas as pd

    from engine.momentum import factors

    clock = _Clock()
    bars = pd.concat([pd.read_parquet(path) for path in sorted(folder.glob("*/*.parquet"))])
    bars = bars.sort_values(["ticker", "Date"])
    clock.tick("ingest")
    bars, _ = _checked(bars)
    clock.tick("check")
    monthly = {ticker: own["Adj Close"].resample("ME").last().pct_change() for ticker, own in bars.groupby("ticker")}
    returns = pd.DataFrame(monthly)
    known = factors().until(pd.Timestamp(SESSION)).table.reindex(returns.index)
    clock.tick("month_ends")
    residuals = _by_arrays(returns, known)
    clock.tick("features_by_arrays")  # not part of the total: the same loop written with care
    if not arrays:
        residuals = _by_slices(returns, known)
        clock.tick("features")
    chosen = _chosen(returns, residuals)
    clock.tick("weights")
    weights = pd.Series(range(len(chosen), 0, -1), index=chosen, dtype=float)
    weights /= weights.sum()
    for _ in range(100):
        weights = weights.clip(upper=0.05)
        weights /= weights.sum()
    clock.tick("rules")
    closes = bars.groupby("ticker")["Close"].last()
    shares, cash = {}, ACCOUNT
    for ticker, weight in weights.items():
        shares[ticker] = int(weight * ACCOUNT * 0.998 // closes[ticker])
        cash -= shares[ticker] * closes[ticker] * 1.001
    clock.tick("orders")
    volumes = bars.groupby("ticker")["Volume"].apply(lambda own: own.tail(63).mean())
    thin = [ticker for ticker in shares if shares[ticker] > volumes[ticker]]
    pd.DataFrame({"shares": shares, "price": closes[list(shares)]}).to_csv(folder.parent / "peer-orders.csv")
    clock.tick("pretrade")
    careful = clock.steps.pop("features_by_arrays")
    seconds = time.process_time() - clock.begun - careful
    return {
        "cpu_s": None if arrays else round(seconds, 2),
        "cpu_s_with_arrays": round(seconds - clock.steps.get("features", 0.0) + careful, 2),
        "steps_cpu_s": clock.steps | {"features_by_arrays": careful},
        "peak_mb": _peak_mb(),
        "orders": len(shares),
        "cash": round(cash, 2),
        "thin": len(thin),
        "held": sorted(shares),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--names", type=int, default=500)
    asked.add_argument("--years", type=int, default=YEARS)
    asked.add_argument("--ours", action="store_true", help="only our side")
    asked.add_argument("--peer", action="store_true", help="only the other side")
    asked.add_argument("--arrays", action="store_true", help="leave the peer's slow regressions out")
    asked.add_argument("--keep", type=Path, help="folder of the files; made when it is not there")
    asked.add_argument("--side", choices=("ours", "peer"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.side:
        print(json.dumps(ours(given.keep) if given.side == "ours" else peer(given.keep, given.arrays)))
        return
    sides = tuple(side for side in ("ours", "peer") if getattr(given, side)) or ("ours", "peer")
    measure(given.names, given.years, sides, given.keep, arrays=given.arrays)


if __name__ == "__main__":
    main()
