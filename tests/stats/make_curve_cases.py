#!/usr/bin/env python3
"""Writes curve_cases.json: ROC curves and reliability diagrams by scikit-learn's roc_curve (all
thresholds, and without collinear points) and calibration_curve (uniform bins), the vertical average
by numpy.interp on the corners, and the expected calibration error from its definition.

    python3 make_curve_cases.py > curve_cases.json          (scikit-learn 1.2.1, numpy 1.24.2)
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_curve

BINS = 10


def case(name, scores, positive):
    fpr, tpr, _ = roc_curve(positive, scores, drop_intermediate=False)
    rates = np.linspace(0, 1, 21)
    # The upper end where the curve is vertical: the last of equal rates.
    last = np.append(np.diff(fpr) > 0, True)
    share, mean = calibration_curve(positive, scores, n_bins=BINS, strategy="uniform")
    inner = np.linspace(0, 1, BINS + 1)[1:-1]
    counts = np.bincount(np.searchsorted(inner, scores), minlength=BINS)
    weights = counts[counts > 0] / counts.sum()
    grid = []
    for rate in rates:
        at = np.searchsorted(fpr[last], rate, side="right") - 1
        x, y = fpr[last], tpr[last]
        if at < 0 or at + 1 >= len(x):
            grid.append(float(y[max(at, 0)]))
        else:
            # towards the first point of the next rate, not its upper end
            first = int(np.argmax(fpr == x[at + 1]))
            grid.append(float(y[at] + (rate - x[at]) / (x[at + 1] - x[at]) * (tpr[first] - y[at])))
    return {"name": name, "scores": scores.tolist(), "positive": positive.tolist(),
            "fpr": fpr.tolist(), "tpr": tpr.tolist(),
            "rates": rates.tolist(), "tpr_at_rates": grid,
            "counts": counts.tolist(), "mean_probability": mean.tolist(), "share_positive": share.tolist(),
            "ece": float((weights * np.abs(share - mean)).sum())}


def main():
    random = np.random.default_rng(1)
    cases = []
    for name, n, digits in [("distinct", 80, 9), ("tied", 120, 1), ("few", 5, 2)]:
        positive = random.integers(0, 2, n)
        positive[:2] = [0, 1]
        scores = np.round(1 / (1 + np.exp(-random.normal(positive - 0.5, 1))), digits)
        if digits == 1:  # inside the bins: whose edges are is a matter of rounding
            scores = np.clip(scores - 0.03, 0.01, 0.99)
        cases.append(case(name, scores, positive))
    cases.append(case("perfect", np.array([0.9, 0.8, 0.2, 0.1]), np.array([1, 1, 0, 0])))
    cases.append(case("inverse", np.array([0.1, 0.2, 0.8, 0.9]), np.array([1, 1, 0, 0])))
    cases.append(case("constant", np.array([0.5, 0.5, 0.5]) + 0.01, np.array([1, 0, 0])))
    json.dump({"scikit_learn": sklearn.__version__, "numpy": np.__version__, "cases": cases}, sys.stdout)
    print()


main()
