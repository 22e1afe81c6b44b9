#!/usr/bin/env python3
"""Records what scikit-learn finds for the probes of score_probes_test.cpp.

usage: record_probes.py > probes.json

Samples come from a formula that the test repeats bit by bit. A probe is fitted on the other folds
and scored on the held-out one (METHODS 6): names by multinomial logistic regression, numbers by
Ridge(alpha=1) and, in thirds cut at the other folds' terciles, by logistic regression.
"""
import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score, roc_auc_score

COUNT, DIM = 360, 7


class Lcg:
    """Knuth's 64-bit linear congruential generator; uniform() is exact in float32."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 40) / 2**24


def samples():
    """Code -1 and NaN: missing. Every fourth sample is held out."""
    lcg = Lcg(15)
    x = np.empty((COUNT, DIM), dtype=np.float32)
    columns = {name: np.empty(COUNT) for name in ("class", "domain", "sex", "view", "age")}
    for i in range(COUNT):
        class_label = i % 3
        domain = int(lcg.uniform() * 4)
        sex = int(lcg.uniform() < 0.3 + 0.2 * class_label)
        view = int(lcg.uniform() * 3)
        age = float(int(20 + 60 * lcg.uniform()))
        for d in range(DIM):
            x[i, d] = lcg.uniform() - 0.5
        x[i, 0] += 0.25 * sex
        x[i, 1] += 0.125 * view
        x[i, 2] += age / 128
        x[i, 3] += 0.125 * domain
        x[i, 4] += 0.25 * class_label
        columns["class"][i], columns["domain"][i] = class_label, domain
        columns["sex"][i] = -1 if i % 11 == 0 else sex
        columns["view"][i] = view
        columns["age"][i] = np.nan if i % 7 == 0 else age
    return x.astype(float), columns


def mean_auc(x, codes, fitted, held, levels):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=1, solver="newton-cg", multi_class="multinomial", tol=1e-10,
                                   max_iter=10000).fit(x[fitted], codes[fitted])
    found = np.zeros((held.sum(), levels))
    found[:, model.classes_.astype(int)] = model.predict_proba(x[held])
    aucs = [roc_auc_score(codes[held] == k, found[:, k]) for k in range(levels)
            if 0 < (codes[held] == k).sum() < held.sum()]
    return float(np.mean(aucs))


def probe(x, columns, name, within):
    values = columns[name]
    known = ~np.isnan(values) & (values >= 0)
    inside = columns["class"] == within if within is not None else np.full(COUNT, True)
    test = np.arange(COUNT) % 4 == 0
    fitted, held = ~test & known & inside, test & known & inside
    answer = {"of": name, "missing": int((test & ~known & inside).sum()), "samples": int(held.sum())}
    if within is not None:
        answer["within"] = within
    if name == "age":
        model = Ridge(alpha=1).fit(x[fitted], values[fitted])
        answer["r2"] = r2_score(values[held], model.predict(x[held]))
        cut = np.quantile(values[fitted], [1 / 3, 2 / 3])
        values = np.digitize(np.nan_to_num(values), cut, right=True)
    levels = {"domain": 4, "sex": 2, "view": 3, "age": 3}[name]
    answer["auc"] = mean_auc(x, values, fitted, held, levels)
    return answer


def main():
    x, columns = samples()
    probes = [probe(x, columns, name, None) for name in ("sex", "view", "age")]
    probes += [probe(x, columns, name, within) for within in range(3)
               for name in ("domain", "sex", "view", "age")]
    json.dump({"made_by": "record_probes.py", "sklearn": sklearn.__version__,
               "numpy": np.__version__, "domain": probe(x, columns, "domain", None),
               "probes": probes}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
