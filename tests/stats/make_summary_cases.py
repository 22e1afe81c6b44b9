#!/usr/bin/env python3
"""Writes summary_cases.json: summaries, corrected intervals and tests, and Holm's adjustment, by
numpy, scipy and mpmath.

scipy has no corrected test; its plain paired test (ttest_rel) has t = mean / (sd sqrt(1/n)), so
the corrected t is that one times sqrt(1/n) / sqrt(1/n + share). Student's t comes from mpmath's
incomplete beta function with 40 digits: scipy's own quantile is right to 1e-9 only.
Holm's adjusted p is found from the definition: the smallest level at which the step-down procedure
rejects that hypothesis.

    python3 make_summary_cases.py > summary_cases.json          (numpy 1.24.2, scipy 1.10.1, mpmath 1.2.1)
"""
import json
import sys

import mpmath
import numpy as np
import scipy
from scipy import stats


def t_upper_tail(t, freedom):
    """P(T > t) for t >= 0."""
    freedom, t = mpmath.mpf(freedom), mpmath.mpf(t)
    return mpmath.betainc(freedom / 2, mpmath.mpf(1) / 2, 0, freedom / (freedom + t**2),
                          regularized=True) / 2


def t_quantile(upper_tail, freedom):
    start = stats.t.isf(float(upper_tail), freedom)
    return float(mpmath.findroot(lambda t: t_upper_tail(t, freedom) - upper_tail, start))


def summary_case(name, values, share, confidence):
    defined = np.array([v for v in values if v is not None], dtype=np.float64)
    n = len(defined)
    expected = {"n": n, "undefined": len(values) - n, "mean": None, "sd": None, "median": None,
                "standard_error": None, "low": None, "high": None}
    if n >= 1:
        expected.update(mean=defined.mean(), median=float(np.median(defined)))
    if n >= 2:
        sd = defined.std(ddof=1)
        error = np.sqrt((1 / n + share) * sd**2)
        reach = error * t_quantile((1 - confidence) / 2, n - 1)
        expected.update(sd=sd, standard_error=error, low=defined.mean() - reach,
                        high=defined.mean() + reach)
    return {"name": name, "values": values, "test_share": share, "confidence": confidence,
            "expected": expected}


def paired_case(name, a, b, share):
    pairs = [(x, y) for x, y in zip(a, b) if x is not None and y is not None]
    first, second = (np.array(side, dtype=np.float64) for side in zip(*pairs))
    n = len(pairs)
    plain = stats.ttest_rel(first, second)
    t = plain.statistic * np.sqrt(1 / n) / np.sqrt(1 / n + share)
    difference = first - second
    return {"name": name, "a": a, "b": b, "test_share": share,
            "expected": {"n": n, "mean_difference": difference.mean(),
                         "standard_error": stats.sem(difference) * np.sqrt(1 + n * share),
                         "t": t, "p": float(2 * t_upper_tail(abs(t), n - 1))}}


def holm_rejects(p_values, level):
    """The hypotheses that Holm's procedure rejects at this level."""
    rejected = [False] * len(p_values)
    for step, index in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[index] * (len(p_values) - step) > level:
            break
        rejected[index] = True
    return rejected


def holm_case(name, p_values):
    levels = sorted({min(1.0, p * k) for p in p_values for k in range(1, len(p_values) + 1)} | {1.0})
    adjusted = [next((level for level in levels if holm_rejects(p_values, level)[i]), 1.0)
                for i in range(len(p_values))]
    return {"name": name, "p_values": p_values, "adjusted": adjusted}


def main():
    mpmath.mp.dps = 40
    generator = np.random.default_rng(2003)

    def scores(n, mean, sd):
        return generator.normal(mean, sd, n).tolist()

    with_gaps = scores(20, 0.8, 0.05)
    with_gaps[3] = with_gaps[11] = with_gaps[19] = None
    base = scores(50, 0.83, 0.02)
    better = [x + d for x, d in zip(base, scores(50, 0.004, 0.01))]
    far_better = [x + d for x, d in zip(base, scores(50, 0.2, 0.004))]
    gaps_a, gaps_b = scores(10, 0.7, 0.05), scores(10, 0.7, 0.05)
    gaps_a[2] = gaps_b[2] = gaps_b[7] = None
    summaries = [
        summary_case("fifty fits", base, 1 / 9, 0.95),
        summary_case("undefined ones left out", with_gaps, 0.25, 0.9),
        summary_case("two fits", scores(2, 0.5, 0.1), 0.5, 0.99),
        summary_case("one fit", [0.75], 1 / 9, 0.95),
        summary_case("nothing defined", [None, None], 1 / 9, 0.95),
        summary_case("nothing", [], 1 / 9, 0.95),
        summary_case("far from zero", [1e9 + x for x in scores(30, 0, 1)], 1 / 9, 0.95),
        summary_case("no correction", scores(9, 0.6, 0.1), 0.0, 0.95),
    ]
    pairs = [
        paired_case("a small difference", better, base, 1 / 9),
        paired_case("a large difference", far_better, base, 1 / 9),
        paired_case("the other way round", base, better, 1 / 9),
        paired_case("undefined on either side", gaps_a, gaps_b, 0.25),
        paired_case("two pairs", [0.5, 0.75], [0.25, 0.625], 1.0),
    ]
    holm = [
        holm_case("four candidates", [0.01, 0.04, 0.03, 0.005]),
        holm_case("equal ones", [0.02, 0.02, 0.02, 0.5, 0.5]),
        holm_case("none small", [0.4, 0.9, 0.6]),
        holm_case("zero and one", [1.0, 0.0, 0.25]),
        holm_case("one alone", [0.03]),
        holm_case("none at all", []),
        holm_case("twenty", generator.beta(0.4, 2.0, 20).tolist()),
    ]
    versions = {"numpy": np.__version__, "scipy": scipy.__version__,
                "mpmath": mpmath.__version__}
    print('{"made_by": "make_summary_cases.py",')
    print(f' "versions": {json.dumps(versions)},')
    for name, cases, end in (("summaries", summaries, ","), ("paired", pairs, ","), ("holm", holm, "}")):
        lines = ",\n  ".join(json.dumps(c, allow_nan=False) for c in cases)
        print(f' "{name}": [\n  {lines}\n ]{end}')


if __name__ == "__main__":
    sys.exit(main())
