#!/usr/bin/env python3
"""Records scikit-learn's nearest pairs for closest_pairs_test.cpp.

usage: record_closest_pairs.py > closest_pairs.json             (scikit-learn 1.2.1)

Features are uniform numbers of the generator in lcg.h, around a common offset, one row after the
other; each 40th row repeats the one three before it with a small change. Row i is of group i mod
60. Distances are those of the centred rows scaled to length one: sqrt(2 cosine_distances).
"""
import json
import sys

import numpy as np
from sklearn.metrics.pairwise import cosine_distances

N, DIM, GROUPS, KEPT, SECOND = 700, 9, 60, 50, 600
state = 11
x = np.empty((N, DIM))
for i in range(N):
    for d in range(DIM):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        x[i, d] = (state >> 40) / 2**24 + 8
        if i % 40 == 39:
            x[i, d] = x[i - 3, d] + (x[i, d] - 8) / 64
x = x.astype(np.float32).astype(np.float64)
group = np.arange(N) % GROUPS
distance = np.sqrt(2 * cosine_distances(x - x.mean(0)))


def nearest(pairs):
    pairs = sorted((distance[a, b], a, b) for a, b in pairs if group[a] != group[b])
    return {"compared": len(pairs), "pairs": [[int(a), int(b), d] for d, a, b in pairs[:KEPT]]}


json.dump({"within": nearest((a, b) for a in range(N) for b in range(a + 1, N)),
           "between": nearest((a, b) for a in range(SECOND) for b in range(SECOND, N))},
          sys.stdout, separators=(",", ":"))
sys.stdout.write("\n")
