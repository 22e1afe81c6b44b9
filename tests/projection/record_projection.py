#!/usr/bin/env python3
"""Records what scipy, umap-learn and scikit-learn make of the points of test_points.h.

    python3 record_projection.py > projection_cases.json
    (numpy 1.24.2, scipy 1.10.1, scikit-learn 1.2.1, umap-learn 0.5.3)

Points: five curved sheets, close to each other; uniform numbers of the generator in
test_points.h, one row after the other. Each 50th row repeats the one before it. The map of the
quality's case is columns 0 and 3, without these rows (scikit-learn breaks ties anyhow). Five epochs of the serial layout are
taken at a learning rate of 0.1: at 1, umap-learn's rounding (fastmath) grows to whole units within
five epochs, and no other program, nor its own code without the compiler, arrives at its map.
Qualities of maps are means over five seeds, k = 15.
"""
import json
import sys
import warnings

import numpy as np
import scipy
import scipy.sparse
import sklearn
import umap
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.manifold._t_sne import _joint_probabilities_nn
from umap.layouts import optimize_layout_euclidean
from umap.umap_ import (find_ab_params, fuzzy_simplicial_set, make_epochs_per_sample,
                        smooth_knn_dist)

warnings.filterwarnings("ignore")
N, DIM, CLUSTERS, K = 400, 12, 5, 15


def make_points():
    state = 7

    def uniform():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 40) / 2**24

    x = np.empty((N, DIM))
    for i in range(N):
        u, v = uniform(), uniform()
        for d in range(DIM):
            corner = 0.5 if (i % CLUSTERS) == d % CLUSTERS else 0.0
            sheet = 2 * u if d % 3 == 0 else 2 * v if d % 3 == 1 else 4 * u * (1 - v)
            x[i, d] = corner + sheet + uniform() * 0.75
        if i % 50 == 49:
            x[i] = x[i - 1]
    return x.astype(np.float32)


def rounded(values, digits=9):
    return [float(f"%.{digits}g" % v) for v in np.asarray(values, dtype=np.float64).ravel()]


def nearest(x, k):
    """Others by (distance, index)."""
    distance = cdist(x.astype(np.float64), x.astype(np.float64))
    np.fill_diagonal(distance, -1)
    index = np.array([np.lexsort((np.arange(len(x)), row))[1:k + 1] for row in distance])
    return index, np.take_along_axis(distance, index, 1)


def quality_of(x, y, k=K):
    index, on_map = nearest(x, k)[0], nearest(y, k)[0]
    kept = np.mean([len(set(a) & set(b)) / k for a, b in zip(index, on_map)])
    return [trustworthiness(x, y, n_neighbors=k), trustworthiness(y, x, n_neighbors=k), kept]


def mean_quality(x, make):
    return rounded(np.mean([quality_of(x, make(seed)) for seed in range(5)], axis=0))


def umap_case(x):
    index, distance = nearest(x, K - 1)
    own = np.arange(N)[:, None]
    indices = np.hstack([own, index]).astype(np.int32)
    distances = np.hstack([np.zeros((N, 1)), distance]).astype(np.float32)
    sigma, rho = smooth_knn_dist(distances, float(K))
    graph, _, _ = fuzzy_simplicial_set(x, K, np.random.RandomState(0), "euclidean",
                                       knn_indices=indices, knn_dists=distances)
    graph = graph.tocsr()
    graph.sort_indices()
    degree = np.asarray(graph.sum(axis=0)).ravel()
    laplacian = np.eye(N) - graph.toarray() / np.sqrt(np.outer(degree, degree))
    values, vectors = np.linalg.eigh(laplacian)
    edges = graph.tocoo()
    a, b = find_ab_params(1.0, 0.1)
    start = vectors[:, 1:3]  # as umap-learn scales it
    start = (10 * (start - start.min(0)) / np.ptp(start, axis=0)).astype(np.float32)
    moved = start.copy()  # both ends of an edge are moved in it
    state = np.array([12345, 67890, 424242], dtype=np.int64)
    map5 = optimize_layout_euclidean(
        moved, moved, edges.row, edges.col, 5, N,
        make_epochs_per_sample(edges.data, 5), a, b, state, parallel=False, move_other=True,
        initial_alpha=0.1)
    return {
        "rho": rounded(rho), "sigma": rounded(sigma),
        "begin": graph.indptr.tolist(), "target": graph.indices.tolist(),
        "weight": rounded(graph.data),
        "eigenvalues": rounded(values[:4]), "spectral": rounded(vectors[:, 1:3]),
        "curve": rounded([a, b], 12),
        "curves": [[d, *rounded(find_ab_params(1.0, d), 12)] for d in (0.0, 0.25, 0.5, 0.99)],
        "start": rounded(start), "state": [12345, 67890, 424242], "five_epochs": rounded(map5),
        "quality": mean_quality(x, lambda seed: umap.UMAP(
            n_neighbors=K, min_dist=0.1, n_epochs=500, random_state=seed).fit_transform(x)),
    }


def tsne_case(x):
    few = x[:120]
    index, distance = nearest(few, 30)
    graph = scipy.sparse.csr_matrix((distance.ravel()**2, index.ravel(),
                                     np.arange(0, 120 * 30 + 1, 30)), shape=(120, 120))
    joint = _joint_probabilities_nn(graph, 10.0, 0).tocsr()
    joint.sort_indices()
    starts, divergences = [], []
    for seed in range(5):  # one start ends in this or that valley by the last bit of a sum
        start = 1e-4 * np.random.RandomState(seed).normal(size=(200, 2))
        exact = TSNE(method="exact", init=start.copy(), learning_rate="auto", perplexity=50)
        starts.append(rounded(start))
        divergences.append(exact.fit(x[:200].astype(np.float64)).kl_divergence_)
    return {
        "begin": joint.indptr.tolist(), "target": joint.indices.tolist(),
        "weight": rounded(joint.data),
        "starts": starts, "divergences": rounded(divergences),
        "quality": mean_quality(x, lambda seed: TSNE(
            init="pca", learning_rate="auto", random_state=seed).fit_transform(x)),
    }


def main():
    x = make_points()
    index, distance = nearest(x, K)
    pca = PCA(2, svd_solver="full").fit(x.astype(np.float64))
    once = x[np.arange(N) % 50 != 49]
    recorded = {
        "made_by": "record_projection.py",
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__,
                     "scikit-learn": sklearn.__version__, "umap-learn": umap.__version__},
        "neighbors": {"index": index.ravel().tolist(), "distance": rounded(distance)},
        "quality": rounded(quality_of(once, once[:, [0, 3]])),
        "pca": {"map": rounded(pca.transform(x.astype(np.float64))),
                "variance": rounded(pca.explained_variance_),
                "total": float(x.astype(np.float64).var(axis=0, ddof=1).sum())},
        "umap": umap_case(x),
        "tsne": tsne_case(x),
    }
    print("{" + ",\n ".join(f"{json.dumps(k)}: {json.dumps(v, allow_nan=False)}"
                            for k, v in recorded.items()) + "}")


if __name__ == "__main__":
    sys.exit(main())
