#!/usr/bin/env python3
"""Writes sobol_points.json: points of the Sobol sequence as whole numbers of 2^-32, and the centred
L2 discrepancy (squared: Hickernell 1998) of its first points, by scipy.

    python3 make_sobol_points.py > sobol_points.json          (scipy 1.10.1)
"""
import json
import sys

from scipy.stats import qmc


def digits(points):
    return [[int(coordinate * 2**32) for coordinate in point] for point in points]


def sobol(dimensions, count):
    return qmc.Sobol(dimensions, scramble=False, bits=32).random(count)


print(json.dumps({
    "first_of_8": digits(sobol(8, 17)),
    "point_1000_of_256": digits(sobol(256, 1001)[1000:])[0],
    "discrepancies": [{"dimensions": d, "points": n,
                       "centred": qmc.discrepancy(sobol(d, n), method="CD")}
                      for d, n in [(1, 16), (3, 100), (8, 4096)]],
}), file=sys.stdout)
