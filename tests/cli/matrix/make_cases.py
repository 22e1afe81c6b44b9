#!/usr/bin/env python3
"""Writes cases.json: a matrix of training and test sets by scikit-learn, on the samples of
../split_schemes. splits.json is written by the test (CROSSFOLD_UPDATE_GOLDEN=1): the rows that each
fit trains on and is scored on. That these are right, tests/plan/study_splits_test says.

    CROSSFOLD_UPDATE_GOLDEN=1 matrix_test
    /usr/bin/python3 make_cases.py > cases.json                  (scikit-learn 1.2.1)
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (accuracy_score, balanced_accuracy_score, f1_score, recall_score,
                             roc_auc_score)

HERE = pathlib.Path(__file__).parent


def two_class_scores(truth, probability):
    predicted = (probability > 0.5).astype(int)
    sensitivity = recall_score(truth, predicted)
    specificity = recall_score(truth, predicted, pos_label=0)
    above, below = sensitivity * specificity, (1 - sensitivity) * (1 - specificity)
    odds = above / below if below > 0 else "inf" if above > 0 else "nan"
    return {"auc": roc_auc_score(truth, probability), "accuracy": accuracy_score(truth, predicted),
            "sensitivity": sensitivity, "specificity": specificity,
            "f1": f1_score(truth, predicted),
            "balanced_accuracy": balanced_accuracy_score(truth, predicted), "dor": odds}


def scores(truth, probabilities):
    if probabilities.shape[1] == 2:
        return two_class_scores(truth, probabilities[:, 1])
    return {"auc": roc_auc_score(truth, probabilities, multi_class="ovr", average="macro"),
            "acc": balanced_accuracy_score(truth, probabilities.argmax(axis=1)),
            "accuracy": accuracy_score(truth, probabilities.argmax(axis=1))}


def main():
    data = json.loads((HERE / "../split_schemes/samples.json").read_text())
    x = np.array(data["features"], dtype=np.float32).astype(np.float64)
    cases = []
    for fit in json.loads((HERE / "splits.json").read_text()):
        y = np.array(data["class_label"])
        if fit["positive"] is not None:
            y = (y == fit["positive"]).astype(int)
        # Two classes as two columns of a softmax, not as one of a sigmoid: the penalty differs.
        model = LogisticRegression(C=1, solver="newton-cg", multi_class="multinomial", tol=1e-10,
                                   max_iter=10000)
        model.fit(x[fit["train"]], y[fit["train"]])
        sets = []
        for rows in fit["sets"]:
            probabilities = model.predict_proba(x[rows])
            sets.append({"scores": scores(y[rows], probabilities),
                         "probabilities": np.round(probabilities, 7).tolist()})
        cases.append({"fit": fit["fit"], "sets": sets})
    print(json.dumps({"sklearn": sklearn.__version__, "cases": cases}))


if __name__ == "__main__":
    main()
