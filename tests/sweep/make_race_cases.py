#!/usr/bin/env python3
"""Writes race_cases.json: orders of splits, and decisions at the rungs of races by numpy and scipy, from
the definitions in crossfold/sweep/race_order.h and race.h.

    python3 make_race_cases.py > race_cases.json
"""
import json
import math
import pathlib
import sys

import numpy as np
import scipy
from scipy import stats

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "core"))
from make_random_streams import Stream


def race_order(root_seed, seeds, folds):
    """[seed, fold] of each split."""
    stream = Stream(root_seed, "race", 0, 0)
    dealt = [stream.shuffled(folds) for _ in range(seeds)]
    return [[seed, dealt[seed][block]] for block in range(folds) for seed in stream.shuffled(seeds)]


def leader_of(table):
    """Row of the leader; rows are by candidate, NaN is undefined."""
    defined = ~np.isnan(table)
    most = defined.sum(axis=1).max()
    if most == 0:
        return None
    group = np.flatnonzero(defined.sum(axis=1) == most)
    common = defined[group].all(axis=0)
    means = table[group][:, common].mean(axis=1) if common.any() else np.zeros(len(group))
    return int(group[np.argmax(means)])


def decide(rung, living, table, settings):
    order = np.argsort([one["candidate"] for one in living])
    living, table = [living[i] for i in order], table[order]
    leader = leader_of(table)
    everyone = {"leader": None, "going_on": living, "given_up": [],
                "dropped_pairs": (len(living) - 1) * rung["splits"]}
    if leader is None:
        return everyone
    ahead = table[leader] - table
    pairs = (~np.isnan(ahead)).sum(axis=1)
    reasons = [None] * len(living)
    rows = [row for row in range(len(living)) if row != leader]
    if settings["risk"] is None:
        behind = [np.nanmean(ahead[row]) if pairs[row] else np.inf for row in rows]
        ranked = [rows[i] for i in np.argsort(behind, kind="stable")]
        for row in ranked[math.ceil(len(living) / 3) - 1:]:
            reasons[row] = "below_best_third"
    else:
        level = (settings["risk"] * (rung["splits"] - rung["previous"]) / rung["all_splits"] /
                 max(1, rung["candidates"] - 1))
        for row in rows:
            if living[row]["stays"] or pairs[row] < 2:
                continue
            sd = max(np.nanstd(ahead[row], ddof=1), settings["indifference"])
            reach = (stats.t.isf(level, pairs[row] - 1) * sd *
                     np.sqrt((1 / pairs[row]) * (1 - rung["splits"] / rung["all_splits"])))
            margin = np.nanmean(ahead[row]) - reach + settings["indifference"]
            assert abs(margin) > 1e-9, "a case must not hang on rounding"
            if margin > 0:
                reasons[row] = "hardly_best"
    for row in rows:
        if np.isnan(table[row]).all() and (~np.isnan(table[leader])).sum() >= 2:
            reasons[row] = "all_fits_failed"
    going_on = [dict(one) for one, reason in zip(living, reasons) if reason is None]
    for one in going_on:
        if one["candidate"] == living[leader]["candidate"] and "hardly_best" in reasons:
            one["stays"] = True
    given_up = [{"candidate": one["candidate"], "reason": reason,
                 "n": int((~np.isnan(row)).sum()),
                 "mean": None if np.isnan(row).all() else float(np.nanmean(row))}
                for one, reason, row in zip(living, reasons, table) if reason]
    return {"leader": living[leader]["candidate"], "going_on": going_on, "given_up": given_up,
            "dropped_pairs": int(sum(rung["splits"] - pairs[row] for row in rows))}


def case(name, generator, candidates, splits, previous, spread, undefined=0.0, failed=(), risk=0.05,
         indifference=0.002, entered=None, staying=0, all_splits=50):
    truth = generator.normal(0.85, spread, candidates)
    table = (truth[:, None] + generator.normal(0, 0.02, splits) +
             generator.normal(0, 0.01, (candidates, splits))).round(5)
    table[generator.random(table.shape) < undefined] = np.nan
    for row in failed:
        table[row] = np.nan
    entered = entered or candidates
    ids = generator.permutation(entered)[:candidates]
    stays = set(generator.choice(candidates, staying, replace=False).tolist())
    living = [{"candidate": int(one), "stays": row in stays} for row, one in enumerate(ids)]
    rung = {"splits": splits, "previous": previous, "all_splits": all_splits, "candidates": entered}
    settings = {"risk": risk, "indifference": indifference}
    return {"name": name, "rung": rung, "settings": settings, "living": living,
            "scores": [[None if np.isnan(s) else s for s in row] for row in table.tolist()],
            "expected": decide(rung, living, table, settings)}


def main():
    generator = np.random.default_rng(1937)
    cases = [
        case("first rung, far apart", generator, 20, 5, 0, 0.1),
        case("first rung, close together", generator, 20, 5, 0, 0.003),
        case("tenth split", generator, 12, 10, 5, 0.02),
        case("late, most gone", generator, 6, 40, 30, 0.006, entered=60, staying=2),
        case("former leaders stay", generator, 10, 20, 15, 0.05, entered=30, staying=4),
        case("no indifference", generator, 15, 15, 10, 0.02, indifference=0.0),
        case("much risk", generator, 15, 10, 5, 0.01, risk=0.5),
        case("undefined here and there", generator, 15, 10, 5, 0.1, undefined=0.1),
        case("mostly undefined", generator, 15, 10, 5, 0.05, undefined=0.8),
        case("some fail always", generator, 12, 10, 5, 0.05, undefined=0.05, failed=(2, 7)),
        case("nothing defined", generator, 4, 5, 0, 0.05, undefined=1.0),
        case("two candidates", generator, 2, 10, 5, 0.05),
        case("one alone", generator, 1, 10, 5, 0.05),
        case("three folds", generator, 8, 2, 0, 0.1, all_splits=3),
        case("greedy", generator, 20, 5, 0, 0.02, risk=None),
        case("greedy, undefined", generator, 10, 5, 0, 0.02, undefined=0.3, failed=(1,), risk=None),
        case("greedy, two left", generator, 2, 5, 0, 0.02, risk=None),
    ]
    versions = {"numpy": np.__version__, "scipy": scipy.__version__}
    print('{"made_by": "make_race_cases.py",')
    print(f' "versions": {json.dumps(versions)},')
    orders = [{"root_seed": root, "seeds": seeds, "folds": folds,
               "order": race_order(root, seeds, folds)}
              for root, seeds, folds in ((1, 5, 10), (2**63 + 7, 3, 4), (0, 1, 5), (9, 4, 1))]
    print(' "orders": [\n  ' + ",\n  ".join(json.dumps(order) for order in orders) + "],")
    print(' "decisions": [\n  ' + ",\n  ".join(json.dumps(c, allow_nan=False) for c in cases) + "\n ]}")


if __name__ == "__main__":
    main()
