#!/usr/bin/env python3
"""Writes student_cases.json: quantiles of Student's t by mpmath with 40 digits, started at scipy's.

    python3 make_student_cases.py > student_cases.json
"""
import json

import mpmath
import scipy
from scipy import stats


def upper_tail_of(t, freedom):
    """P(T > t)."""
    freedom, t = mpmath.mpf(freedom), mpmath.mpf(t)
    beyond = mpmath.betainc(freedom / 2, mpmath.mpf(1) / 2, 0, freedom / (freedom + t**2),
                            regularized=True) / 2
    return beyond if t >= 0 else 1 - beyond


def quantile(upper_tail, freedom):
    start = mpmath.mpf(stats.t.isf(upper_tail, freedom))
    # Relative to the tail: one of 1e-9 is to be met as well as one of a half.
    return float(mpmath.findroot(lambda t: mpmath.log(upper_tail_of(t, freedom) / upper_tail),
                                 (start, start * mpmath.mpf("1.001"))))


def main():
    mpmath.mp.dps = 40
    cases = [{"upper_tail": tail, "degrees_of_freedom": freedom, "t": quantile(tail, freedom)}
             for freedom in (1, 2, 3, 4, 9, 19, 49, 999)
             for tail in (0.9, 0.3, 0.05, 0.025, 2.5e-5, 1e-9)]
    versions = {"scipy": scipy.__version__, "mpmath": mpmath.__version__}
    print('{"made_by": "make_student_cases.py",')
    print(f' "versions": {json.dumps(versions)},')
    print(' "quantiles": [\n  ' + ",\n  ".join(json.dumps(case) for case in cases) + "\n ]}")


if __name__ == "__main__":
    main()
