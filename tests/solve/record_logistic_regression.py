#!/usr/bin/env python3
"""Records scikit-learn's class probabilities for logistic_regression_test.cpp.

usage: record_logistic_regression.py > logistic_regression.json

The data come from a formula that planted_data.h repeats bit by bit; only scikit-learn's answers are
recorded: the probabilities of the first rows, from float64 features, and the largest gradient entry
of METHODS 5's objective at its solution, which tells how far the answer itself can be trusted; and
the probabilities and weights with class_weight="balanced".
"""
import json, sys, warnings
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_class_weight

ROWS = 24  # recorded rows of each case


class Lcg:
    """Knuth's 64-bit linear congruential generator; uniform() is exact in float32."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return self.state >> 40

    def uniform(self):
        return self.next() / 2**24


def planted(case):
    """Labels by weight, then features (u - 1/2) 2^k_d + signal m[label, d] 2^k_d + offset."""
    lcg = Lcg(case["seed"])
    n, dim, weights = case["n"], case["dim"], case["weights"]
    x = np.empty((n, dim))
    y = np.empty(n, dtype=np.int64)
    for i in range(n):
        u = lcg.uniform() * sum(weights)
        label = 0
        while label + 1 < len(weights) and u >= sum(weights[: label + 1]):
            label += 1
        y[i] = label
        for d in range(dim):
            scale = 2.0 ** (d * 5 % (2 * case["spread"] + 1) - case["spread"])
            mean = case["signal"] * ((label * 7 + d * 3 + label * d) % 5 - 2) / 8
            x[i, d] = (lcg.uniform() - 0.5 + mean) * scale + case["offset"]
    return x.astype(np.float32), y


CASES = [
    dict(name="two levels", n=200, dim=5, weights=[1, 1], spread=0, signal=0.5, offset=0),
    dict(name="three levels", n=300, dim=8, weights=[2, 1, 1], spread=1, signal=0.5, offset=0),
    dict(name="five levels", n=400, dim=16, weights=[8, 4, 2, 1, 1], spread=1, signal=0.25, offset=0),
    dict(name="an absent level", n=150, dim=6, weights=[2, 0, 1], spread=0, signal=0.5, offset=0),
    dict(name="separable", n=120, dim=10, weights=[1, 1, 1], spread=0, signal=4, offset=0),
    dict(name="more columns than rows", n=60, dim=200, weights=[1, 1, 1], spread=1, signal=0.125, offset=0),
    dict(name="ill-conditioned", n=900, dim=180, weights=[20, 8, 4, 2, 1], spread=2, signal=0.125, offset=2),
]


def objective_gradient(x, y, w, b):
    """Largest absolute entry of the gradient of mean CE + ||W||^2 / (2 n)."""
    s = x @ w.T + b
    p = np.exp(s - s.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    r = (p - np.eye(len(b))[y]) / len(y)
    return max(np.abs(r.T @ x + w / len(y)).max(), np.abs(r.sum(0)).max())


def main():
    warnings.simplefilter("ignore")
    out = dict(made_with=f"scikit-learn {sklearn.__version__}, numpy {np.__version__}", cases=[])
    for number, case in enumerate(CASES):
        case["seed"] = number + 1
        x, y = planted(case)
        x64 = x.astype(np.float64)
        present, compact = np.unique(y, return_inverse=True)
        model = LogisticRegression(C=1, solver="newton-cg", multi_class="multinomial", tol=1e-10, max_iter=10000)
        model.fit(x64, y)
        w, b = model.coef_, model.intercept_
        if len(b) == 1:  # scikit-learn keeps half the difference of two levels
            w, b = np.vstack([-w, w]), np.concatenate([-b, b])
        p = np.zeros((ROWS, len(case["weights"])))
        p[:, present] = model.predict_proba(x64[:ROWS])
        gradient = objective_gradient(x64, compact, w, b)
        model.set_params(class_weight="balanced").fit(x64, y)
        balanced = np.zeros_like(p)
        balanced[:, present] = model.predict_proba(x64[:ROWS])
        weights = compute_class_weight("balanced", classes=present, y=y)
        print(case["name"], "largest gradient", gradient, "smallest, largest p", p.min(), p.max(), file=sys.stderr)
        out["cases"].append(dict(case, rows=ROWS, gradient=gradient, probabilities=p.ravel().round(9).tolist(),
                                 balanced_weights=dict(zip(map(str, present), weights)),
                                 balanced_probabilities=balanced.ravel().round(9).tolist()))
    json.dump(out, sys.stdout)
    print()


if __name__ == "__main__":
    main()
