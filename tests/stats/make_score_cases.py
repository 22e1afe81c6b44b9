#!/usr/bin/env python3
"""Writes score_cases.json: what scikit-learn says about a set of scored samples.

Every score is undefined (null) exactly where METHODS 6 says so; scikit-learn raises, warns or gives 0
there, so it is asked only where the score exists. The odds ratio is computed in fractions.

    python3 make_score_cases.py > score_cases.json      (scikit-learn 1.2.1, numpy 1.24.2, scipy 1.10.1)
"""
import json
import sys
import warnings
from fractions import Fraction

import numpy as np
import scipy
import sklearn
from scipy.special import softmax
from sklearn.metrics import (accuracy_score, balanced_accuracy_score, confusion_matrix, f1_score,
                             precision_score, recall_score, roc_auc_score)


def class_scores(labels, predicted, probabilities, c):
    is_c, says_c = labels == c, predicted == c
    present, others = bool(is_c.any()), bool((~is_c).any())
    return {
        "auc": roc_auc_score(is_c, probabilities[:, c]) if present and others else None,
        "sensitivity": recall_score(is_c, says_c) if present else None,
        "specificity": recall_score(~is_c, ~says_c) if others else None,
        "precision": precision_score(is_c, says_c) if says_c.any() else None,
        "f1": f1_score(is_c, says_c) if present or says_c.any() else None,
        "support": int(is_c.sum()),
    }


def odds_ratio(labels, predicted):
    (tn, fp), (fn, tp) = confusion_matrix(labels, predicted, labels=[0, 1]).tolist()
    if tp + fn == 0 or tn + fp == 0:
        return None
    sensitivity, specificity = Fraction(tp, tp + fn), Fraction(tn, tn + fp)
    right, wrong = sensitivity * specificity, (1 - sensitivity) * (1 - specificity)
    if wrong == 0:
        return None if right == 0 else "inf"
    return float(right / wrong)


def case(name, probabilities, labels):
    probabilities = np.asarray(probabilities, dtype=np.float64)
    labels = np.asarray(labels, dtype=np.int64)
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(1)
    rows = [class_scores(labels, predicted, probabilities, c) for c in range(classes)]
    aucs = [row["auc"] for row in rows if row["auc"] is not None]
    recalls = [row["sensitivity"] for row in rows if row["sensitivity"] is not None]
    expected = {
        "auc": float(np.mean(aucs)) if aucs else None,
        "acc": balanced_accuracy_score(labels, predicted) if len(labels) else None,
        "accuracy": accuracy_score(labels, predicted) if len(labels) else None,
        "balanced_accuracy": None,
        "diagnostic_odds_ratio": None,
        "classes": rows,
        "samples": len(labels),
        "undefined_aucs": classes - len(aucs),
        "undefined_recalls": classes - len(recalls),
    }
    if classes == 2:
        sensitivity, specificity = rows[1]["sensitivity"], rows[1]["specificity"]
        if sensitivity is not None and specificity is not None:
            expected["balanced_accuracy"] = (sensitivity + specificity) / 2
        expected["diagnostic_odds_ratio"] = odds_ratio(labels, predicted)
    if len(aucs) == classes > 2:  # scikit-learn's own mean, where it has one
        own = roc_auc_score(labels, probabilities, multi_class="ovr", average="macro",
                            labels=list(range(classes)))
        assert abs(own - expected["auc"]) < 1e-12
    return {"name": name, "classes": classes, "probabilities": probabilities.ravel().tolist(),
            "labels": labels.tolist(), "expected": expected}


def random_case(name, seed, samples, weights, steps=None, signal=1.0):
    """Noisy probabilities; with `steps` they lie on a coarse grid and so are full of ties."""
    generator = np.random.default_rng(seed)
    classes = len(weights)
    labels = generator.choice(classes, size=samples, p=np.asarray(weights) / np.sum(weights))
    logits = generator.normal(size=(samples, classes))
    logits[np.arange(samples), labels] += signal
    probabilities = softmax(logits, axis=1)
    if steps:
        # Parts of a power of two add up to one without rounding, so equal numbers are equal bits
        # (scikit-learn takes only rows that add up to one).
        probabilities = np.floor(probabilities * steps) / steps
        probabilities[:, -1] += 1 - probabilities.sum(1)
    return case(name, probabilities, labels)


def softmax_case(seed):
    generator = np.random.default_rng(seed)
    logits = generator.normal(scale=30, size=(12, 4))
    logits[3] = [700, -700, 0, 1]
    logits[4] = [1e4, 1e4, -1e4, 0]
    logits[5] = [-np.inf, 1.5, 0.25, -np.inf]
    return {"classes": 4,
            "logits": [float(v) if np.isfinite(v) else "-inf" for v in logits.ravel()],
            "probabilities": softmax(logits, axis=1).ravel().tolist()}


def large_auc():
    """More pairs than 32 bits count, three ties a score; the test makes the same scores itself."""
    index = np.arange(300_000, dtype=np.int64)
    scores = (index * 7919 % 100_003) / 100_003
    positive = (index * 31 + index * index % 17) % 5 < 2
    return {"samples": len(index), "auc": roc_auc_score(positive, scores)}


def main():
    # balanced_accuracy_score drops an absent class, as METHODS 6 does, but says so each time.
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message="y_pred contains classes not in y_true")
    cases = [
        random_case("two classes", 1, 60, [1, 1]),
        random_case("two classes, ties", 2, 80, [3, 1], steps=8),
        random_case("three classes", 3, 90, [1, 1, 1]),
        random_case("three classes, ties", 4, 120, [6, 3, 1], steps=4),
        random_case("five classes", 5, 150, [1, 1, 1, 1, 1]),
        random_case("five classes, ties, rare ones", 6, 150, [40, 20, 5, 2, 1], steps=8),
        random_case("three classes, one absent", 7, 50, [1, 0, 1]),
        random_case("five classes, two absent, ties", 8, 70, [1, 0, 2, 0, 1], steps=4),
        random_case("three classes, one only", 9, 20, [0, 1, 0]),
        random_case("two classes, negatives only", 10, 15, [1, 0]),
        random_case("two classes, positives only", 11, 15, [0, 1], steps=4),
        random_case("two classes, all right", 12, 40, [1, 1], signal=50.0),
        random_case("two classes, all wrong", 13, 40, [1, 1], signal=-50.0),
        random_case("three classes, no signal at all", 14, 100, [1, 1, 1], signal=0.0),
        case("two classes, every score the same", [[0.5, 0.5]] * 6, [0, 1, 1, 0, 1, 0]),
        case("three classes, every score the same", [[0.25, 0.5, 0.25]] * 5, [0, 1, 2, 0, 1]),
        case("two classes, positives right, half of the negatives",
             [[0.75, 0.25], [0.25, 0.75], [0.125, 0.875], [0.375, 0.625]], [0, 0, 1, 1]),
        case("one sample of two classes", [[0.25, 0.75]], [1]),
        case("one sample of three classes, wrong", [[0.5, 0.25, 0.25]], [2]),
        case("two samples of five classes", [[0.5, 0.125, 0.125, 0.125, 0.125],
                                             [0.125, 0.125, 0.125, 0.5, 0.125]], [0, 1]),
        case("a class never predicted", [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.5, 0.5, 0.0],
                                         [0.5, 0.125, 0.375]], [0, 1, 2, 2]),
        case("no samples", np.zeros((0, 3)), []),
    ]
    versions = {"sklearn": sklearn.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
    # One case a line: the file can be read and compared by eye.
    print('{"made_by": "make_score_cases.py",')
    print(f' "versions": {json.dumps(versions)},')
    print(f' "large_auc": {json.dumps(large_auc())},')
    print(f' "softmax": {json.dumps(softmax_case(20))},')
    print(' "cases": [\n  ' + ",\n  ".join(json.dumps(c, allow_nan=False) for c in cases) + "\n ]}")


if __name__ == "__main__":
    sys.exit(main())
