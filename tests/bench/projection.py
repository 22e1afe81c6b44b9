#!/usr/bin/env python3
"""Times UMAP and t-SNE of crossfold beside umap-learn and scikit-learn, one after the other on the
same points, and measures all maps by the same program.

    python3 tests/bench/projection.py build/tests/bench/projection_bench [POINTS [DIM [THREADS]]]

Points: 12 sheets of five dimensions in noise. umap-learn is seeded (else it is not reproducible, and
then it runs on one thread); its first call compiles, so a small map is made before the clock starts.
Needs Debian's umap-learn and python3-sklearn.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import umap
from sklearn.manifold import TSNE

warnings.filterwarnings("ignore")


def make_points(count, dim):
    generator = np.random.default_rng(0)
    sheet = generator.integers(0, 12, count)
    points = np.empty((count, dim))
    for k in range(12):
        corner = 1.2 * generator.normal(size=dim)
        axes = generator.normal(size=(5, dim)) / np.sqrt(5)
        rows = sheet == k
        points[rows] = (corner + generator.normal(size=(rows.sum(), 5)) @ axes
                        + 0.3 * generator.normal(size=(rows.sum(), dim)))
    return points.astype(np.float32)


def main():
    bench = sys.argv[1]
    count, dim, threads = (int(a) for a in (sys.argv[2:] + ["14042", "64", "2"][len(sys.argv) - 2:]))
    points = make_points(count, dim)
    folder = pathlib.Path(tempfile.mkdtemp())
    points.tofile(folder / "points.f32")

    def measure(method, name):
        line = subprocess.run([bench, method, folder / "points.f32", str(dim), str(threads),
                               folder / f"{name}.f32"], check=True, capture_output=True).stdout
        return json.loads(line)

    for method in ("umap", "tsne"):
        print(json.dumps({"by": "crossfold", **measure(method, method)}), flush=True)
    umap.UMAP(random_state=1, n_epochs=5).fit_transform(points[:500])
    others = {
        "umap-learn": lambda: umap.UMAP(random_state=1).fit_transform(points),
        "umap-learn, 500 epochs":
            lambda: umap.UMAP(random_state=1, n_epochs=500).fit_transform(points),
        "scikit-learn t-SNE": lambda: TSNE(init="pca", learning_rate="auto", random_state=1,
                                           n_jobs=threads).fit_transform(points)}
    for name, make in others.items():
        start = time.time()
        made = make()
        seconds = time.time() - start
        made.astype(np.float32).tofile(folder / f"{name}.f32")
        quality = measure("none", name)
        print(json.dumps({"by": name, "seconds": round(seconds, 2),
                          **{k: quality[k] for k in ("trustworthiness", "continuity",
                                                     "neighbors_kept")}}), flush=True)


if __name__ == "__main__":
    main()
