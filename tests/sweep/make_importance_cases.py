#!/usr/bin/env python3
"""Writes importance_cases.json: local marginal variances of PED-ANOVA (Watanabe, Bansal and Hutter 2023)
by scipy: (gamma'/gamma)^2 times the Pearson divergence of the density of the top set from that of the
baseline set, integrated adaptively over densities made of truncated normal distributions.

    /usr/bin/python3 make_importance_cases.py > importance_cases.json          (scipy 1.10.1)
"""
import json
import sys

import numpy as np
import scipy
from scipy import integrate, stats


def density(values, bandwidth):
    kernels = stats.truncnorm(-values / bandwidth, (1 - values) / bandwidth, loc=values, scale=bandwidth)
    return lambda x: kernels.pdf(x).mean()


def scott(values):
    spread = stats.iqr(values) / 1.349
    sd = values.std(ddof=1)
    return max(0.01, 1.059 * (min(sd, spread) if spread > 0 else sd) * len(values) ** -0.2)


def numeric(top, baseline, log):
    if log:
        top, baseline = np.log(top), np.log(baseline)
    low, high = baseline.min(), baseline.max()
    top, baseline = (top - low) / (high - low), (baseline - low) / (high - low)
    bandwidth = scott(top)
    p_top, p = density(top, bandwidth), density(baseline, bandwidth)
    return integrate.quad(lambda x: (p_top(x) / p(x) - 1) ** 2 * p(x), 0, 1, limit=400,
                          epsabs=1e-9, epsrel=1e-9)[0]


def categorical(top, baseline):
    return sum((top.count(v) / len(top) / (baseline.count(v) / len(baseline)) - 1) ** 2
               * baseline.count(v) / len(baseline) for v in set(baseline))


def variance(candidates, key, kind, gamma_top, gamma_baseline):
    have = [c for c in candidates if key in c["parameters"]]
    have.sort(key=lambda c: -c["score"])
    n_top, n = (int(np.ceil(g * len(have) - 1e-9)) for g in (gamma_top, gamma_baseline))
    values = [c["parameters"][key] for c in have]
    if kind == "categories":
        divergence = categorical(values[:n_top], values[:n])
    else:
        divergence = numeric(np.array(values[:n_top]), np.array(values[:n]), kind == "logarithmic")
    return {"key": key, "candidates": len(have), "top": n_top,
            "variance": (n_top / n) ** 2 * divergence}


def main():
    generator = np.random.default_rng(2023)
    kinds = {"lambda.from": "logarithmic", "training.weight_decay": "linear", "lambda.over": "categories",
             "lambda.schedule": "categories"}
    candidates = []
    for _ in range(160):
        start = float("%.6g" % 10 ** generator.uniform(-1, 2))
        parameters = {"lambda.from": start,
                      "training.weight_decay": float("%.6g" % generator.uniform(0, 0.1)),
                      "lambda.schedule": str(generator.choice(["constant", "exponential"]))}
        if parameters["lambda.schedule"] == "exponential":
            parameters["lambda.over"] = float(generator.choice([20, 40, 80, 200]))
        score = 0.8 - 0.05 * (np.log10(start) - 0.8) ** 2 + generator.normal(0, 0.01)
        if parameters["lambda.schedule"] == "exponential":
            score += 0.02 if parameters["lambda.over"] == 40 else 0.0
        candidates.append({"parameters": parameters, "score": float(score)})
    cases = []
    for top, baseline in [(0.1, 1.0), (0.25, 1.0), (0.1, 0.5)]:
        expected = [variance(candidates, key, kinds[key], top, baseline)
                    for key in ["lambda.from", "training.weight_decay", "lambda.schedule", "lambda.over"]]
        cases.append({"top": top, "baseline": baseline, "expected": expected})
    print('{"made_by": "make_importance_cases.py",')
    print(f' "versions": {json.dumps({"numpy": np.__version__, "scipy": scipy.__version__})},')
    for name, lines, end in (("candidates", candidates, ","), ("cases", cases, "}")):
        print(f' "{name}": [\n  ' + ",\n  ".join(json.dumps(one) for one in lines) + f"\n ]{end}")


if __name__ == "__main__":
    sys.exit(main())
