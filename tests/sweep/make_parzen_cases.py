#!/usr/bin/env python3
"""Writes parzen_cases.json: densities of mixtures of kernels, by scipy.

A kernel around a number c is Beta(3, 3) moved to [c - r, c + r] with r = sqrt(7) times its
deviation, cut to [0, 1] and normalized; around an option of k it has 1 - p + p / k there and p / k
elsewhere, times k. The mixture holds the uniform density with its weight.

    python3 make_parzen_cases.py > parzen_cases.json            (numpy 1.24.2, scipy 1.10.1)
"""
import json
import math

import numpy as np
from scipy import stats

OPTIONS = 3


def kernel(x, centre, deviation):
    reach = math.sqrt(7) * deviation
    beta = stats.beta(3, 3, loc=centre - reach, scale=2 * reach)
    return beta.pdf(x) / (beta.cdf(1) - beta.cdf(0))


def choice(option, centre, probability):
    own = 1 - probability if option == centre else 0
    return OPTIONS * (own + probability / OPTIONS)


def main():
    """Dimensions: a number, a choice of three, and a number that exists only with option 0."""
    random = np.random.default_rng(1)
    kernels = []
    for _ in range(6):
        option = int(random.integers(OPTIONS))
        kernels.append({"point": [random.random(), (option + 0.5) / OPTIONS,
                                  random.random() if option == 0 else None],
                        "widths": [float(random.uniform(0.02, 0.6)), float(random.uniform(0.1, 0.9)),
                                   float(random.uniform(0.02, 0.6))],
                        "weight": float(random.uniform(0.5, 2))})
    uniform = 0.7
    cases = []
    for _ in range(40):
        option = int(random.integers(OPTIONS))
        point = [random.random(), (option + 0.5) / OPTIONS, random.random() if option == 0 else None]
        total, density = uniform, uniform
        for k in kernels:
            value = kernel(point[0], k["point"][0], k["widths"][0])
            value *= choice(option, int(k["point"][1] * OPTIONS), k["widths"][1])
            if point[2] is not None and k["point"][2] is not None:
                value *= kernel(point[2], k["point"][2], k["widths"][2])
            total += k["weight"]
            density += k["weight"] * value
        cases.append({"point": point, "density": density / total})
    print(json.dumps({"options": OPTIONS, "uniform": uniform, "kernels": kernels, "cases": cases},
                     indent=1))


if __name__ == "__main__":
    main()
