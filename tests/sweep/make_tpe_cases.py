#!/usr/bin/env python3
"""Writes tpe_cases.json: the best of 128 candidates that Optuna finds, by seed, in four problems.

Branin's function (minimised, so its negative is the score) and the three recorded surfaces of
surfaces/: the mean over the 50 splits of each of 200 candidates on a grid of lambda.from, lambda.to
and the learning rate, interpolated linearly between the grid's points in the logarithms of the
three. Interpolated this way a surface has its maximum at a point of the grid, in a corner of eight
linear pieces, which is harder to find than a smooth one.

    tpe       TPESampler(multivariate=True, group=True): learns after every candidate
    batches   the same, with constant_liar=True, asked for 64 candidates before any is told
    random    RandomSampler

    python3 make_tpe_cases.py > tpe_cases.json                  (optuna 3.1.0, numpy 1.24.2)
"""
import json
import math
import pathlib
import re
import statistics
import sys
import warnings

import numpy as np
import optuna

CANDIDATES = 128
BATCH = 64
SEEDS = range(1, 11)


def branin(x, y):
    return -((y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
             + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


class Surface:
    def __init__(self, name):
        path = pathlib.Path(__file__).parent / "surfaces" / f"{name}.json"
        recorded = json.loads(path.read_text())
        points = [[float(v) for v in re.findall(r"=([0-9.e-]+)", c)] for c in recorded["candidates"]]
        self.axes = [sorted({p[i] for p in points}) for i in range(3)]
        self.table = np.empty([len(axis) for axis in self.axes])
        for point, scores in zip(points, recorded["scores"]):
            defined = [s for s in scores if s is not None]
            place = tuple(axis.index(v) for axis, v in zip(self.axes, point))
            self.table[place] = sum(defined) / len(defined) * 1e-5

    def __call__(self, *point):
        table = self.table
        for axis, value in zip(self.axes, point):
            i = max(0, min(len(axis) - 2, sum(a <= value for a in axis) - 1))
            t = math.log(value / axis[i]) / math.log(axis[i + 1] / axis[i])
            table = table[i] * (1 - t) + table[i + 1] * t
        return float(table)


def problems():
    yield "branin", [(-5, 10, False), (0, 15, False)], branin
    for name in ("shortcut_task", "shortcut_oos", "cxr_task"):
        surface = Surface(name)
        yield name, [(axis[0], axis[-1], True) for axis in surface.axes], surface


def sampler_of(kind, seed):
    if kind == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True,
                                      constant_liar=kind == "batches")


def best_of(kind, seed, axes, score):
    study = optuna.create_study(direction="maximize", sampler=sampler_of(kind, seed))

    def ask():
        trial = study.ask()
        return trial, [trial.suggest_float(f"x{i}", low, high, log=log)
                       for i, (low, high, log) in enumerate(axes)]

    batch = BATCH if kind == "batches" else 1
    for _ in range(CANDIDATES // batch):
        for trial, point in [ask() for _ in range(batch)]:
            study.tell(trial, score(*point))
    return study.best_value


def main():
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    cases = []
    for name, axes, score in problems():
        case = {"name": name, "axes": [{"low": low, "high": high, "log": log}
                                       for low, high, log in axes], "best": {}}
        # So that another reading of the surface is noticed.
        middle = [math.sqrt(a * b) if log else (a + b) / 2 for a, b, log in axes]
        case["middle"] = score(*middle)
        for kind in ("tpe", "batches", "random"):
            case["best"][kind] = [best_of(kind, seed, axes, score) for seed in SEEDS]
            print(name, kind, statistics.median(case["best"][kind]), file=sys.stderr)
        cases.append(case)
    print(json.dumps({"optuna": optuna.__version__, "candidates": CANDIDATES, "cases": cases},
                     indent=1))


if __name__ == "__main__":
    main()
