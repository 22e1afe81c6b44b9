#!/usr/bin/env python3
"""Writes association_cases.json: Cramer's V, Spearman's correlation, AUCs within strata and the
tails of exponential samples, by scipy, scikit-learn and numpy.

The AUC within strata has no function elsewhere: it is counted pair by pair; with one stratum it is
scikit-learn's weighted roc_auc_score.

    python3 make_association_cases.py > association_cases.json   (numpy 1.24.2, scipy 1.10.1, scikit-learn 1.2.1)
"""
import json
import sys

import numpy as np
from scipy import stats
from sklearn.metrics import roc_auc_score

rng = np.random.default_rng(20)


def table_case(name, table):
    table = np.array(table)
    kept = table[table.sum(1) > 0][:, table.sum(0) > 0]
    return {"name": name, "rows": table.shape[0], "columns": table.shape[1],
            "table": table.ravel().tolist(),
            "v": float(stats.contingency.association(kept, method="cramer", correction=False))}


def rank_case(name, a, b):
    result = stats.spearmanr(a, b)
    return {"name": name, "a": list(map(float, a)), "b": list(map(float, b)),
            "ranks": stats.rankdata(a).tolist(), "rho": float(result.correlation),
            "p": float(result.pvalue)}


def pairs_case(name, n, strata, ties, weighted):
    positive = rng.integers(0, 2, n)
    stratum = rng.integers(0, strata, n)
    scores = rng.normal(size=n) + positive + stratum
    if ties:
        scores = np.round(scores)
    weights = rng.integers(0, 4, n).astype(float) if weighted else np.ones(n)
    above = pairs = 0.0
    for i in np.flatnonzero(positive == 1):
        for j in np.flatnonzero(positive == 0):
            if stratum[i] == stratum[j]:
                weight = weights[i] * weights[j]
                above += weight * (1.0 if scores[i] > scores[j] else 0.5 * (scores[i] == scores[j]))
                pairs += weight
    auc = above / pairs
    if strata == 1:
        assert abs(auc - roc_auc_score(positive, scores, sample_weight=weights)) < 1e-12
        auc = roc_auc_score(positive, scores, sample_weight=weights)
    return {"name": name, "strata": strata, "scores": scores.tolist(),
            "positive": positive.tolist(), "stratum": stratum.tolist(),
            "weights": weights.tolist(), "auc": float(auc)}


def tail_case(name, n, k, skipped, rate):
    largest = np.sort(stats.expon.rvs(scale=1 / rate, size=n, random_state=rng))[::-1][:k]
    ranks = np.arange(skipped + 1, k)
    spacings = ranks * -np.diff(largest)[skipped:]
    return {"name": name, "largest": largest.tolist(), "skipped": skipped,
            "rate": float(1 / spacings.mean())}


def hill_case(name, n, k, index):
    """With nothing skipped the estimate is the mean excess over the k-th value, which is scipy's
    maximum-likelihood fit of an exponential with its start held."""
    largest = np.sort(np.log(stats.pareto.rvs(index, size=n, random_state=rng)))[::-1][:k]
    _, scale = stats.expon.fit(largest[:-1], floc=largest[-1])
    return {"name": name, "largest": largest.tolist(), "skipped": 0, "rate": float(1 / scale)}


x = rng.normal(size=40)
cases = {
    "tables": [table_case("two by two", [[10, 5], [3, 12]]),
               table_case("independent", [[10, 20], [30, 60]]),
               table_case("one gives the other", [[7, 0, 0], [0, 9, 0], [0, 0, 4]]),
               table_case("an empty column", [[5, 0, 2], [1, 0, 8], [3, 0, 3]]),
               table_case("COVIDx", [[8066, 0, 0, 0, 0], [5520, 29, 0, 0, 0], [0, 295, 51, 46, 35]])],
    "ranks": [rank_case("noise", x, rng.normal(size=40)),
              rank_case("falling", x, -x + 0.5 * rng.normal(size=40)),
              rank_case("ties", np.round(x), np.round(x + rng.normal(size=40))),
              rank_case("three", [1, 2, 3], [1, 3, 2])],
    "pairs": [pairs_case("one stratum", 60, 1, False, False),
              pairs_case("one stratum, tied, weighted", 60, 1, True, True),
              pairs_case("three strata", 90, 3, False, False),
              pairs_case("four strata, tied, weighted", 120, 4, True, True)],
    "tails": [tail_case("all of it", 200, 200, 0, 2.0),
              tail_case("the upper half without its top", 400, 200, 50, 0.5),
              hill_case("Hill's estimator", 2000, 150, 3.0)],
}
json.dump(cases, sys.stdout, indent=None, separators=(",", ":"))
sys.stdout.write("\n")
