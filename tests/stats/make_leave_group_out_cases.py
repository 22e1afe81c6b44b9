#!/usr/bin/env python3
"""Writes leave_group_out_cases.json: the mean of one-versus-rest AUCs by scikit-learn
(roc_auc_score), once of all samples and once without each group; and the jackknife's error, written
out with numpy.

    python3 make_leave_group_out_cases.py > leave_group_out_cases.json
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.metrics import roc_auc_score


def mean_auc(probabilities, labels):
    values = [roc_auc_score(labels == k, probabilities[:, k]) for k in range(probabilities.shape[1])
              if 0 < (labels == k).sum() < len(labels)]
    return float(np.mean(values)) if values else None


def case(name, seed, n, classes, groups, ties=None, one_class_groups=False):
    random = np.random.default_rng(seed)
    group = random.integers(0, groups, n) * 7 + 3
    labels = random.integers(0, classes, n)
    if one_class_groups:
        labels = group % classes
    logits = random.normal(size=(n, classes)) + 1.2 * np.eye(classes)[labels]
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    if ties:
        probabilities = np.round(probabilities * ties) / ties
    names = np.unique(group)
    return {"name": name, "classes": classes, "labels": labels.tolist(), "groups": group.tolist(),
            "probabilities": probabilities.ravel().tolist(),
            "expected": {"all": mean_auc(probabilities, labels), "groups": names.tolist(),
                         "without": [mean_auc(probabilities[group != g], labels[group != g])
                                     for g in names]}}


def jackknife(seed, n):
    values = np.random.default_rng(seed).normal(0.8, 0.03, n)
    return {"without": values.tolist(),
            "expected": float(np.sqrt((n - 1) * np.mean((values - values.mean()) ** 2)))}


json.dump({"made_by": "make_leave_group_out_cases.py",
           "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
           "cases": [case("groups of one class", 1, 60, 3, 30, one_class_groups=True),
                     case("groups of several classes", 2, 80, 3, 20),
                     case("ties", 3, 70, 3, 25, ties=4),
                     case("two classes", 4, 40, 2, 15),
                     case("a class in one group alone", 5, 12, 4, 4, one_class_groups=True),
                     case("one group", 6, 9, 2, 1)],
           "jackknife": [jackknife(7, 2), jackknife(8, 40)]}, sys.stdout)
print()
