"""The same statistics once more, fund by fund with plain pandas, as the published table was computed."""

import numpy as np
import pandas as pd

CRISES = {
    2008: ("2007-10-09", "2009-03-09"), 2020: ("2020-02-19", "2020-03-23"),
    2022: ("2022-01-03", "2022-10-12"), 2025: ("2025-02-19", "2025-04-08"),
}  # fmt: skip


def weekly(prices):
    """Friday to Friday, all weeks; the first, partial week of a fund is left out."""
    held = prices.ffill().where(prices.bfill().notna()).resample("W-FRI").last()
    for name in held:
        held.loc[held.index < prices[name].first_valid_index(), name] = np.nan
    return held.pct_change(fill_method=None)


def fall(levels):
    return float((levels / levels.cummax() - 1).min() * 100)


def path(prices, name, friday):
    """Volatility, return, falls, market."""
    base = friday - pd.Timedelta(weeks=538)
    weeks = weekly(prices).loc[base + pd.Timedelta(days=1) : friday]
    own, whole = weeks[name].dropna(), prices[name].dropna()
    before = whole.loc[:base]
    window = whole.loc[before.index[-1] if len(before) else whole.index[0] : friday]
    daily = window.pct_change().dropna()
    both = weeks[[name, "SPY"]].dropna() if name != "SPY" else pd.concat([own, own], axis=1)
    years = (window.index[-1] - window.index[0]).days / 365.25
    told = {
        "n_days": len(daily), "n_weeks": len(own), "vol_ann_pct": own.std() * np.sqrt(52) * 100,
        "vol_daily_ann_pct": daily.std() * np.sqrt(252) * 100,
        "ret_ann_pct": ((window.iloc[-1] / window.iloc[0]) ** (1 / years) - 1) * 100,
        "max_drawdown_pct": fall(window), "max_drawdown_full_pct": fall(whole),
        "zero_return_day_share": (daily.abs() < 1e-7).mean(),
        "beta_to_spy": both.iloc[:, 0].cov(both.iloc[:, 1]) / both.iloc[:, 1].var(),
        "corr_with_spy": both.corr().iloc[0, 1],
    }  # fmt: skip
    for year, (peak, trough) in CRISES.items():
        inside, old = whole.loc[peak:trough], whole.index[0] <= pd.Timestamp(peak)
        told[f"drawdown_{year}_pct"] = fall(inside) if old else np.nan
        told[f"return_{year}_pct"] = (inside.iloc[-1] / inside.iloc[0] - 1) * 100 if old else np.nan
    return told


def against(own, other, start, stop):
    """Tracking of one series of daily returns against another."""
    both = pd.concat([own, other], axis=1, keys=["a", "b"]).loc[start:stop].dropna()
    paths = np.log1p(both).cumsum()
    found, variances = {"days": len(both)}, []
    for days in (5, 10, 20):
        moved = np.expm1(paths.diff(days).dropna())
        variances.append((moved["a"] - moved["b"]).var())
        found[f"te{days}"] = np.sqrt(variances[-1] * 252 / days) * 100
        found[f"corr{days}"] = moved.corr().iloc[0, 1]
    design = np.column_stack([np.ones(3), [5, 10, 20]])
    slope = np.linalg.lstsq(design, np.array(variances), rcond=None)[0][1]
    found["denoised"] = np.sqrt(max(slope, 0) * 252) * 100
    years = len(both) / 252
    found["difference"] = 100 * (np.exp(paths["a"].iloc[-1] / years) - np.exp(paths["b"].iloc[-1] / years))
    return found


def joint(weeks, trusted):
    """The consistent matrix by ordinary regressions with a constant."""
    whole = [name for name in weeks if weeks[name].notna().all()]
    full = [name for name in whole if name in trusted]
    short = [name for name in weeks if name not in whole]
    table = weeks[whole].cov()
    loading, noise = pd.DataFrame(0.0, index=short, columns=whole), {}
    for name in short:
        own = weeks[name].dropna()
        others, picks = weeks.loc[own.index, full], []
        rest = own - own.mean()
        for _ in range(3):
            link = others.corrwith(rest).abs().drop(picks)
            if picks and link.max() < 0.2:
                break
            picks.append(link.idxmax())
            design = np.column_stack([np.ones(len(own)), others[picks]])
            slopes = np.linalg.lstsq(design, own, rcond=None)[0]
            rest = own - design @ slopes
        loading.loc[name, picks] = slopes[1:]
        noise[name] = rest.var()
    cross = loading @ table
    corner = cross @ loading.T + np.diag([noise[name] for name in short])
    made = pd.concat([pd.concat([table, cross.T], axis=1), pd.concat([cross, corner], axis=1)])
    scale = np.sqrt(np.diag(made))
    return made / np.outer(scale, scale)
