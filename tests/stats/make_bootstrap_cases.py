#!/usr/bin/env python3
"""Writes bootstrap_cases.json: the bootstrap bias corrected score of the best of some candidates by
the recipe of Tsamardinos, Greasidou and Borboudakis (2018), BBC-CV, with numpy.

A bag draws patients with replacement; a candidate's score is the mean over classes of the
one-versus-rest AUC, found from the matrix of all pairs, weighted by how often either side was drawn;
within each fold of each seed, or of all held-out predictions of a seed pooled; then the mean. The
best in the bag is scored on the patients never drawn. The draws are numpy's, the data those of a
linear congruential generator that the test has as well.

    /usr/bin/python3 make_bootstrap_cases.py > bootstrap_cases.json          (numpy 1.24.2)
"""
import json
import sys

import numpy as np

SAMPLES, PATIENTS, CLASSES, FOLDS, SEEDS, CANDIDATES, BAGS = 180, 70, 3, 3, 2, 8, 20000


class Lcg:
    def __init__(self):
        self.state = 2018

    def uniform(self):
        self.state = (self.state * 1103515245 + 12345) % 2**31
        return self.state / 2**31


def make_data():
    """Labels, patients, folds and probabilities rounded to hundredths, so that there are ties."""
    lcg = Lcg()
    labels = [int(lcg.uniform() * CLASSES) for _ in range(SAMPLES)]
    patients = [int(lcg.uniform() * PATIENTS) for _ in range(SAMPLES)]
    fold_of_patient = [[int(lcg.uniform() * FOLDS) for _ in range(PATIENTS)] for _ in range(SEEDS)]
    folds = [[of[p] for p in patients] for of in fold_of_patient]
    candidates = []
    for candidate in range(CANDIDATES):
        seeds = []
        for _ in range(SEEDS):
            rows = []
            for label in labels:
                row = [np.floor(100 * lcg.uniform()) / 200 for _ in range(CLASSES)]
                row[label] += candidate % 4 * 0.02
                rows.append(row)
            seeds.append(np.array(rows))
        candidates.append(seeds)
    return np.array(labels), np.array(patients), np.array(folds), candidates


def auc_parts(scores, positive):
    pos, neg = np.flatnonzero(positive), np.flatnonzero(~positive)
    difference = scores[pos][:, None] - scores[neg][None, :]
    return pos, neg, (difference > 0) + 0.5 * (difference == 0)


def weighted_scores(probabilities, labels, weights):
    """Weights [bags, n]; the score of each bag, NaN where no class has two sides."""
    total, defined = np.zeros(len(weights)), np.zeros(len(weights))
    for c in range(CLASSES):
        pos, neg, wins = auc_parts(probabilities[:, c], labels == c)
        pairs = weights[:, pos].sum(1) * weights[:, neg].sum(1)
        count = ((weights[:, pos] @ wins) * weights[:, neg]).sum(1)
        total += np.where(pairs > 0, count / np.maximum(pairs, 1), 0)
        defined += pairs > 0
    return np.where(defined > 0, total / np.maximum(defined, 1), np.nan)


def mean_over_splits(candidate, labels, folds, weights):
    scores = []
    for seed in range(SEEDS):
        for fold in np.unique(folds[seed]):
            inside = folds[seed] == fold
            scores.append(weighted_scores(candidate[seed][inside], labels[inside],
                                          weights[:, inside]))
    return np.nanmean(np.array(scores), axis=0)


def case(name, labels, patients, folds, candidates, generator):
    draws = generator.integers(0, PATIENTS, (BAGS, PATIENTS))
    times = np.stack([np.bincount(draw, minlength=PATIENTS) for draw in draws]).astype(float)
    inside = times[:, patients]
    outside = (times == 0).astype(float)[:, patients]
    everything = np.ones((1, SAMPLES))
    in_bag = np.array([mean_over_splits(c, labels, folds, inside) for c in candidates])
    out_of_bag = np.array([mean_over_splits(c, labels, folds, outside) for c in candidates])
    chosen = in_bag.argmax(0)
    scores = out_of_bag[chosen, np.arange(BAGS)]
    return {"name": name, "bags": BAGS,
            "plain": [float(mean_over_splits(c, labels, folds, everything)[0]) for c in candidates],
            "mean": scores.mean(), "sd": scores.std(ddof=1),
            "low": np.percentile(scores, 2.5), "high": np.percentile(scores, 97.5),
            "chosen": (np.bincount(chosen, minlength=CANDIDATES) / BAGS).tolist()}


def main():
    generator = np.random.default_rng(2018)
    labels, patients, folds, candidates = make_data()
    cases = [case("within folds", labels, patients, folds, candidates, generator),
             case("pooled", labels, patients, np.zeros_like(folds), candidates, generator)]
    print('{"made_by": "make_bootstrap_cases.py",')
    print(f' "versions": {json.dumps({"numpy": np.__version__})},')
    sizes = {"samples": SAMPLES, "patients": PATIENTS, "classes": CLASSES, "folds": FOLDS,
             "seeds": SEEDS, "candidates": CANDIDATES}
    print(f' "sizes": {json.dumps(sizes)},')
    lines = ",\n  ".join(json.dumps(c, allow_nan=False) for c in cases)
    print(f' "cases": [\n  {lines}\n ]}}')


if __name__ == "__main__":
    sys.exit(main())
