#!/usr/bin/env python3
"""Writes cases.json: what the rule source-out and nested cross-validation choose among logistic
regressions of five strengths, and what the choice scores, by scikit-learn.

samples.json is written by this program too, with --samples: 160 samples of 4 features, three
classes, four sources whose shortcuts differ, patients with samples at two sources. folds.json is
written by the test (CROSSFOLD_UPDATE_GOLDEN=1): the outer and inner folds, which have no counterpart
elsewhere. Left-out sources come from LeaveOneGroupOut, less the samples of patients who are in the test.

    /usr/bin/python3 make_cases.py --samples > samples.json
    CROSSFOLD_UPDATE_GOLDEN=1 split_schemes_test
    /usr/bin/python3 make_cases.py > cases.json                  (scikit-learn 1.2.1, scipy 1.10.1)
"""
import json
import pathlib
import sys

import numpy as np
import sklearn
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import LeaveOneGroupOut

HERE = pathlib.Path(__file__).parent
STRENGTHS = [0.0001, 0.001, 0.01, 0.1, 10.0]


def samples():
    rng = np.random.default_rng(11)
    n, sources = 160, 4
    source = np.arange(n) % sources
    class_label = np.where(rng.random(n) < 0.5, source % 3, rng.integers(0, 3, n))
    patient = np.arange(n)
    patient[9::10] = patient[6::10][: len(patient[9::10])]
    signal = rng.normal(0, 1.6, (n, 4))
    signal[:, 0] += class_label
    signal[:, 1] += 0.8 * (class_label == 1)
    signal[:, 2] += 4.0 * (source % 2) + rng.normal(0, 1, n)
    signal[:, 3] += 4.0 * (source // 2)
    return {"class_label": class_label.tolist(), "source": source.tolist(), "patient": patient.tolist(),
            "features": np.round(signal, 3).tolist(), "strengths": STRENGTHS}


def auc(x, y, strength, training, test):
    model = LogisticRegression(C=strength, solver="newton-cg", multi_class="multinomial",
                               tol=1e-8, max_iter=10000).fit(x[training], y[training])
    return roc_auc_score(y[test], model.predict_proba(x[test]), multi_class="ovr", average="macro")


def source_out(x, y, source, patient):
    scores = []
    for training, test in LeaveOneGroupOut().split(x, y, source):
        training = training[~np.isin(patient[training], patient[test])]
        scores.append([auc(x, y, c, training, test) for c in STRENGTHS])
    mean = np.mean(scores, axis=0)
    return {"scores": np.transpose(scores).tolist(), "means": mean.tolist(),
            "chosen": int(np.argmax(mean))}


def nested(x, y, folds):
    chosen, outer, shares = [], [], []
    for seed, fold, inner in ((one["seed"], one["fold"], np.array(one["inner"])) for one in folds):
        rest, held_out = np.flatnonzero(inner >= 0), np.flatnonzero(inner < 0)
        means = [np.mean([auc(x, y, c, rest[inner[rest] != f], rest[inner[rest] == f])
                          for f in range(inner.max() + 1)]) for c in STRENGTHS]
        chosen.append(int(np.argmax(means)))
        outer.append(auc(x, y, STRENGTHS[chosen[-1]], rest, held_out))
        shares.append(len(held_out) / len(rest))
    n, mean, sd = len(outer), np.mean(outer), np.std(outer, ddof=1)
    reach = sd * np.sqrt(1 / n + np.mean(shares)) * stats.t.isf(0.025, n - 1)
    return {"chosen": chosen, "scores": outer, "mean": mean, "low": mean - reach,
            "high": mean + reach}


def main():
    if "--samples" in sys.argv:
        json.dump(samples(), sys.stdout)
        return
    data = json.loads((HERE / "samples.json").read_text())
    folds = json.loads((HERE / "folds.json").read_text())
    x = np.array(data["features"], dtype=np.float32).astype(np.float64)
    y, source, patient = (np.array(data[key]) for key in ("class_label", "source", "patient"))
    json.dump({"made_with": {"scikit-learn": sklearn.__version__},
               "source_out": source_out(x, y, source, patient), "nested": nested(x, y, folds)},
              sys.stdout, indent=1)
    print()


main()
