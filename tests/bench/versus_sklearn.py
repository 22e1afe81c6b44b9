#!/usr/bin/env python3
"""Logistic regression of the program against scikit-learn's, one thread each, at equal accuracy.

usage: versus_sklearn.py CROSSFOLD LOGISTIC_BENCH [REPEATS]

Both fit the domain of planted COVIDx data (`crossfold store synth covidx`) from a cold start:
[11,374 x 64] x 5 and [12,638 x 1,024] x 5. Equal accuracy: class probabilities within 1e-4 of the
exact solution (newton-cg, tol 1e-10, float64). scikit-learn runs lbfgs and newton-cg on float32 and
float64 features at several tolerances; its fastest setting that reaches the accuracy counts.
Packages: python3-sklearn python3-h5py; run it with OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1, once
more with OPENBLAS_CORETYPE=SkylakeX.
"""
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import h5py
import numpy as np
from sklearn.linear_model import LogisticRegression

ACCURACY = 1e-4


def planted(program, folder, dim, rows):
    path = f"{folder}/covidx{dim}.h5"
    subprocess.run([program, "--quiet", "store", "synth", "covidx", path, "--dim", str(dim)], check=True,
                   stdout=subprocess.DEVNULL)
    with h5py.File(path) as store:
        inside = np.flatnonzero(store["samples/role"][:] == 0)[:rows]
        features = store["embeddings/synth/covidx"][:][inside]
        domains = np.unique(store["samples/domain"][:][inside], return_inverse=True)[1]
    return features, domains.astype(np.int32)


def seconds_of(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def ours(bench, folder, features, labels):
    features.tofile(f"{folder}/x"), labels.tofile(f"{folder}/y")
    levels = int(labels.max()) + 1
    out = subprocess.run([bench, f"{folder}/x", f"{folder}/y", str(features.shape[1]), str(levels),
                          f"{folder}/p", "3"], check=True, capture_output=True, text=True).stdout
    return json.loads(out), np.fromfile(f"{folder}/p").reshape(-1, levels)


def main():
    program, bench = sys.argv[1:3]
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        for rows, dim in [(11374, 64), (12638, 1024)]:
            features, labels = planted(program, folder, dim, rows)
            exact = LogisticRegression(solver="newton-cg", multi_class="multinomial", tol=1e-10,
                                       max_iter=10000).fit(features.astype(np.float64), labels)
            exact = exact.predict_proba(features.astype(np.float64))
            settings = [(solver, dtype, tol) for solver in ("lbfgs", "newton-cg")
                        for dtype in ("float32", "float64") for tol in (1e-4, 1e-5, 1e-6)]
            best = None
            for solver, dtype, tol in settings:
                x = features.astype(dtype)
                model = LogisticRegression(solver=solver, multi_class="multinomial", tol=tol, max_iter=10000)
                seconds, _ = seconds_of(lambda: model.fit(x, labels))
                error = np.abs(model.predict_proba(features.astype(np.float64)) - exact).max()
                print(f"  [{rows} x {dim}] x 5 {solver:9} {dtype} tol {tol:.0e}: {seconds:.3f} s, "
                      f"probabilities off by {error:.1e}", flush=True)
                if error <= ACCURACY and (best is None or seconds < best[0]):
                    best = (seconds, solver, dtype, tol)
            _, solver, dtype, tol = best
            x = features.astype(dtype)
            theirs, mine = [], []
            for _ in range(repeats):
                result, probabilities = ours(bench, folder, features, labels)
                mine.append(result["seconds"])
                model = LogisticRegression(solver=solver, multi_class="multinomial", tol=tol, max_iter=10000)
                theirs.append(seconds_of(lambda: model.fit(x, labels))[0])
            error = np.abs(probabilities - exact).max()
            print(f"[{rows} x {dim}] x 5: program {statistics.median(mine):.4f} s (off by {error:.1e}, "
                  f"gradient {result['gradient']:.1e}, {result['steps']} steps), scikit-learn {solver} {dtype} "
                  f"tol {tol:.0e} {statistics.median(theirs):.4f} s: "
                  f"{statistics.median(theirs) / statistics.median(mine):.1f} times", flush=True)


if __name__ == "__main__":
    main()
