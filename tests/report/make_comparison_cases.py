#!/usr/bin/env python3
"""Writes comparison_cases.json: scores of four candidates on the same 2 x 5 splits, with the
corrected standard error, interval and paired t-test (Nadeau and Bengio 2003) by scipy's t
distribution, and Holm's adjustment written out.

usage: /usr/bin/python3 make_comparison_cases.py > comparison_cases.json
"""
import json

import numpy as np
from scipy import stats

N_TRAIN, N_TEST = 160, 40
rng = np.random.default_rng(3)
base = rng.normal(0.8, 0.03, 10)
scores = {
    "baseline": base,
    "near": base + rng.normal(0.012, 0.02, 10),
    "far": base + rng.normal(0.10, 0.02, 10),
    "same": base,
}
scores = {name: np.round(values, 6) for name, values in scores.items()}
share = N_TEST / N_TRAIN


def corrected(values):
    n = len(values)
    return np.sqrt((1 / n + share) * np.var(values, ddof=1))


rows, tests = {}, {}
for name, values in scores.items():
    n, se = len(values), corrected(values)
    low, high = stats.t.interval(0.95, n - 1, loc=values.mean(), scale=se)
    rows[name] = {"mean": values.mean(), "sd": np.std(values, ddof=1), "se": se, "low": low, "high": high}
    if name == "baseline":
        continue
    d = values - scores["baseline"]
    se = corrected(d)
    t = d.mean() / se if se > 0 else 0.0
    tests[name] = {"difference": d.mean(), "se": se, "t": t,
                   "p": 2 * stats.t.sf(abs(t), n - 1) if se > 0 else 1.0}

order = sorted(tests, key=lambda name: tests[name]["p"])
largest = 0.0
for step, name in enumerate(order):
    largest = max(largest, min(1.0, (len(order) - step) * tests[name]["p"]))
    tests[name]["p_holm"] = largest

print(json.dumps({"n_train": N_TRAIN, "n_test": N_TEST,
                  "scores": {name: list(map(float, values)) for name, values in scores.items()},
                  "rows": rows, "tests": tests}, indent=1))
