#!/usr/bin/env python3
"""Records scikit-learn's Ridge for ridge_regression_test.cpp.

usage: record_ridge_regression.py > ridge_regression.json

Features and targets come from a formula that the test repeats bit by bit; recorded are the first
weights, the intercept and the first predictions.
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.linear_model import Ridge

from record_logistic_regression import Lcg

KEPT = 12
CASES = [dict(n=200, dim=5, c=1.0, offset=0.0), dict(n=203, dim=64, c=1.0, offset=3.0),
         dict(n=61, dim=9, c=0.01, offset=-1.0), dict(n=40, dim=120, c=1.0, offset=0.5),
         dict(n=1, dim=3, c=1.0, offset=0.0)]


def planted(case):
    """x = u - 1/2 + offset; y = 55 + 15 x_0 - 8 x_1 + 4 (u - 1/2)."""
    lcg = Lcg(case["n"])
    x = np.empty((case["n"], case["dim"]), dtype=np.float32)
    y = np.empty(case["n"])
    for i in range(case["n"]):
        for d in range(case["dim"]):
            x[i, d] = lcg.uniform() - 0.5 + case["offset"]
        y[i] = 55 + 15 * float(x[i, 0]) - 8 * float(x[i, 1]) + 4 * (lcg.uniform() - 0.5)
    return x, y


def main():
    cases = []
    for case in CASES:
        x, y = planted(case)
        model = Ridge(alpha=1 / case["c"], solver="cholesky").fit(x.astype(float), y)
        cases.append(case | {"weights": model.coef_[:KEPT].tolist(), "intercept": model.intercept_,
                             "predictions": model.predict(x.astype(float))[:KEPT].tolist()})
    json.dump({"made_by": "record_ridge_regression.py", "sklearn": sklearn.__version__,
               "numpy": np.__version__, "cases": cases}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
