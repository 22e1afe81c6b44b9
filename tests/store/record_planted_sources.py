#!/usr/bin/env python3
"""Records what scikit-learn finds in draws of the model of planted_sources.h, for
planted_sources_test.cpp.

usage: record_planted_sources.py > planted_sources.json

The model is written here a second time; nothing is shared with the program. A rule is
LogisticRegression without a penalty on 200,000 draws of each source, scored on as many others, so
that what is recorded has an error of about 0.001.
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score

EACH = 200_000
# prevalence; shares of men among the ill and the healthy, whether sex shows; the same of view AP
WITH, AGAINST, ABSENT = (0.8, 0.3, True), (0.3, 0.8, True), (0.5, 0.5, False)
PATTERNS = [(0.2, WITH, WITH), (0.35, WITH, WITH), (0.5, ABSENT, WITH), (0.65, WITH, ABSENT),
            (0.8, AGAINST, AGAINST)]
CLASS, SOURCE, SHORTCUT, PROPERTY, AGE = 1.5, 3.0, 1.5, 2.0, 1.0


def draw(count, rng):
    """Columns: class, sex, view, age, sources, and two of noise alone."""
    table = []
    for source in range(count):
        prevalence, male, ap = PATTERNS[source % 5]
        ill = rng.random(EACH) < prevalence
        has = [rng.random(EACH) < np.where(ill, p[0], p[1]) for p in (male, ap)]
        t = rng.standard_normal(EACH)
        z = rng.standard_normal((EACH, 6 + count))
        z[:, 0] += (ill - 0.5) * CLASS
        for column, (answer, p) in enumerate(zip(has, (male, ap)), start=1):
            z[:, column] += (answer - 0.5) * PROPERTY * p[2]
        z[:, 3] += t * AGE
        z[:, 4 + source] += SOURCE + (ill - 0.5) * SHORTCUT
        table.append(dict(z=z, source=np.full(EACH, source), ill=ill, male=has[0], ap=has[1], t=t))
    return {key: np.concatenate([part[key] for part in table]) for key in table[0]}


def fit(data, rows, label):
    return LogisticRegression(penalty=None, tol=1e-8, max_iter=1000).fit(data["z"][rows],
                                                                        data[label][rows])


def auc(rule, data, rows, label):
    return roc_auc_score(data[label][rows], rule.decision_function(data["z"][rows]))


def scores(rule, data, rows):
    return [auc(rule, data, rows, "ill"),
            balanced_accuracy_score(data["ill"][rows], rule.predict(data["z"][rows]))]


def case(count):
    rng = np.random.default_rng(count)
    train, test = draw(count, rng), draw(count, rng)
    everyone = np.full(len(train["ill"]), True)
    rules = {label: fit(train, everyone, label) for label in ("ill", "male", "ap")}
    answer = {"sources": count, "pool": scores(rules["ill"], test, everyone),
              "sex": auc(rules["male"], test, everyone, "male"),
              "view": auc(rules["ap"], test, everyone, "ap"), "at": []}
    for label, name in (("male", "sex"), ("ap", "view")):
        for value, within in ((False, "healthy"), (True, "ill")):
            rule = fit(train, train["ill"] == value, label)
            answer[f"{name}_{within}"] = auc(rule, test, test["ill"] == value, label)
    answer["age_r2"] = r2_score(test["t"], LinearRegression().fit(train["z"], train["t"]).predict(test["z"]))
    for source in range(count):
        here = test["source"] == source
        others = fit(train, train["source"] != source, "ill")
        answer["at"].append({"inside": scores(rules["ill"], test, here),
                             "left_out": scores(others, test, here),
                             "sex": auc(rules["male"], test, here, "male"),
                             "view": auc(rules["ap"], test, here, "ap")})
    return answer


def main():
    cases = [case(count) for count in (2, 5)]
    versions = {"numpy": np.__version__, "scikit-learn": sklearn.__version__}
    rounded = json.loads(json.dumps(cases), parse_float=lambda text: round(float(text), 6))
    json.dump({"made_by": "record_planted_sources.py", "versions": versions, "cases": rounded},
              sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
