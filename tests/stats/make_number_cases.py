#!/usr/bin/env python3
"""Writes number_cases.json: R2 as scikit-learn gives it, terciles and thirds as numpy does.

    python3 make_number_cases.py > number_cases.json
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.metrics import r2_score


def main():
    rng = np.random.default_rng(15)
    scores, thirds = [], []
    for n in (2, 3, 10, 137):
        actual = np.round(rng.normal(60, 15, n), 1)
        for noise in (0, 5, 60):
            predicted = actual + noise * rng.standard_normal(n)
            scores.append({"actual": actual.tolist(), "predicted": predicted.tolist(),
                           "r2": r2_score(actual, predicted)})
    for values in ([5.0], [1.0, 2.0], [3.0, 1.0, 2.0], [1.0, 1.0, 1.0, 2.0],
                   np.round(rng.normal(60, 15, 50)).tolist(), rng.normal(0, 1, 200).tolist()):
        low, high = np.quantile(values, [1 / 3, 2 / 3])
        thirds.append({"values": values, "low": low, "high": high,
                       "thirds": np.digitize(values, [low, high], right=True).tolist()})
    json.dump({"made_by": "make_number_cases.py",
               "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
               "r2": scores, "thirds": thirds}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
