#!/usr/bin/env python3
"""Writes share_cases.json: exact one-sided upper bounds of a binomial proportion, as scipy's
binomtest gives them (method "exact"), taken to 1e-15 by mpmath from the definition: the share at
which `found` or fewer of `of` have the probability 1 - confidence.

    python3 make_share_cases.py > share_cases.json
"""
import json

import mpmath
import scipy
from scipy import stats


def at_most(found, of, share):
    return mpmath.fsum(mpmath.binomial(of, k) * share**k * (1 - share)**(of - k)
                       for k in range(found + 1))


def case(found, of, confidence):
    start = stats.binomtest(found, of, alternative="less").proportion_ci(confidence, "exact").high
    tail = 1 - mpmath.mpf(confidence)
    bound = float(mpmath.findroot(lambda share: at_most(found, of, share) / tail - 1,
                                  (mpmath.mpf(start), mpmath.mpf(start) * mpmath.mpf("0.999"))))
    assert abs(bound - start) < 1e-9, (found, of, confidence, bound, start)
    return {"found": found, "of": of, "confidence": confidence, "largest_share": bound}


def main():
    mpmath.mp.dps = 40
    cases = [case(found, of, confidence)
             for found, of in ((0, 1), (0, 12), (0, 59), (0, 60), (0, 299), (1, 59), (5, 59),
                               (3, 10), (9, 10), (0, 10000), (17, 10000))
             for confidence in (0.95, 0.99)]
    versions = {"scipy": scipy.__version__, "mpmath": mpmath.__version__}
    print('{"made_by": "make_share_cases.py",')
    print(f' "versions": {json.dumps(versions)},')
    print(' "bounds": [\n  ' + ",\n  ".join(json.dumps(one) for one in cases) + "\n ]}")


if __name__ == "__main__":
    main()
