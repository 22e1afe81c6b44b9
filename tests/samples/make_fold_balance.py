#!/usr/bin/env python3
"""How evenly scikit-learn's stratified k-fold deals three pools to folds; writes
fold_balance.json beside this file. Needs scikit-learn and numpy; tests only read the result.

usage: make_fold_balance.py MANIFEST.csv    (columns patient_id, class)

A pool is a list of [groups, samples per stratum]: so many groups of that composition. A measure is
the largest distance, over folds (and strata), from an even share, for each of five random states.
"""
import collections
import csv
import json
import pathlib
import sys

import numpy as np
import sklearn
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

FOLDS = 10
STATES = range(5)
# COVIDx version 5: (class, domain) cells of the pool; one sample for each patient.
COVIDX_DOMAINS = [29 + 295, 35, 51, 46, 8066 + 5520]
COVIDX_CLASSES = [8066, 29 + 5520, 295 + 35 + 51 + 46]


def single_samples(counts):
    return [[n, [int(i == s) for i in range(len(counts))]] for s, n in enumerate(counts)]


def manifest_groups(path):
    rows = list(csv.DictReader(open(path)))
    classes = sorted({row["class"] for row in rows})
    groups = collections.defaultdict(lambda: [0] * len(classes))
    for row in rows:
        groups[row["patient_id"]][classes.index(row["class"])] += 1
    found = collections.Counter(tuple(group) for group in groups.values())
    return [[n, list(group)] for group, n in sorted(found.items())]


def rough_groups():
    """Few, large and uneven groups, a third of them with two strata, strata of very unlike size."""
    rng = np.random.default_rng(0)
    found = collections.Counter()
    for _ in range(150):
        group = [0] * 4
        strata = rng.choice(4, size=1 + (rng.random() < 1 / 3), replace=False,
                            p=[0.6, 0.25, 0.1, 0.05])
        for stratum in strata:
            group[stratum] += int(rng.geometric(0.2))
        found[tuple(group)] += 1
    return [[n, list(group)] for group, n in sorted(found.items())]


def measure(pool, splitter_type):
    strata, groups = [], []
    for count, composition in pool:
        for _ in range(count):
            group = groups[-1] + 1 if groups else 0
            for stratum, samples in enumerate(composition):
                strata += [stratum] * samples
                groups += [group] * samples
    strata, groups = np.array(strata), np.array(groups)
    kinds = strata.max() + 1
    stratum_distance, size_distance = [], []
    for state in STATES:
        splitter = splitter_type(n_splits=FOLDS, shuffle=True, random_state=state)
        counts = np.array([np.bincount(strata[test], minlength=kinds)
                           for _, test in splitter.split(strata, strata, groups)])
        stratum_distance.append(float(abs(counts - counts.sum(0) / FOLDS).max()))
        size_distance.append(float(abs(counts.sum(1) - len(strata) / FOLDS).max()))
    return {"stratum_distance": stratum_distance, "size_distance": size_distance}


def main():
    pools = {
        "covidx by domain": (single_samples(COVIDX_DOMAINS), StratifiedKFold),
        "covidx by class": (single_samples(COVIDX_CLASSES), StratifiedKFold),
        "chest x-rays": (manifest_groups(sys.argv[1]), StratifiedGroupKFold),
        "rough groups": (rough_groups(), StratifiedGroupKFold),
    }
    document = {"scikit_learn": sklearn.__version__, "folds": FOLDS, "pools": [
        {"name": name, "splitter": splitter.__name__, "groups": pool, **measure(pool, splitter)}
        for name, (pool, splitter) in pools.items()]}
    path = pathlib.Path(__file__).parent / "fold_balance.json"
    path.write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
