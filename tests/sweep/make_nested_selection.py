#!/usr/bin/env python3
"""Writes nested_selection.json: the inner choice of nested cross-validation and its outer score, by
scikit-learn.

Two seeds of five folds; within each training part a validation part. The candidates are logistic
regressions of seven strengths of regularisation. GridSearchCV chooses on the validation part alone
(PredefinedSplit, roc_auc_ovr); the chosen one, as trained on the rest, is scored on the held-out fold.

    /usr/bin/python3 make_nested_selection.py > nested_selection.json          (scikit-learn 1.2.1)
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, PredefinedSplit, StratifiedKFold, StratifiedShuffleSplit

STRENGTHS = [0.001, 0.003, 0.01, 0.03, 0.1, 1.0, 10.0]


def macro_auc(model, x, y):
    return roc_auc_score(y, model.predict_proba(x), multi_class="ovr", average="macro")


def main():
    x, y = make_classification(n_samples=300, n_features=40, n_informative=8, n_classes=3,
                               class_sep=0.6, flip_y=0.1, random_state=7)
    candidates = [LogisticRegression(C=c, max_iter=2000) for c in STRENGTHS]
    validation = [[] for _ in candidates]
    held_out = [[] for _ in candidates]
    chosen, outer = [], []
    for seed in range(2):
        for training, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(x, y):
            inner = StratifiedShuffleSplit(1, test_size=0.2, random_state=seed)
            fit, check = next(inner.split(x[training], y[training]))
            fold = np.full(len(training), -1)
            fold[check] = 0
            search = GridSearchCV(LogisticRegression(max_iter=2000), {"C": STRENGTHS},
                                  scoring="roc_auc_ovr", cv=PredefinedSplit(fold), refit=False)
            search.fit(x[training], y[training])
            best = int(search.best_index_)
            for i, candidate in enumerate(candidates):
                model = clone(candidate).fit(x[training][fit], y[training][fit])
                validation[i].append(macro_auc(model, x[training][check], y[training][check]))
                held_out[i].append(macro_auc(model, x[test], y[test]))
            chosen.append(best)
            outer.append(held_out[best][-1])
    print(json.dumps({"made_by": "make_nested_selection.py",
                      "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
                      "validation_auc": validation, "held_out_auc": held_out,
                      "chosen": chosen, "outer_score": float(np.mean(outer))}, indent=1))


if __name__ == "__main__":
    sys.exit(main())
