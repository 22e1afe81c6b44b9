#!/usr/bin/env python3
"""The study of jobs/shortcut.json the way one writes it in an afternoon: PyTorch's autograd,
torch.optim.AdamW, scikit-learn's logistic regression after every epoch, joblib over the fits. What
versus_python.sh measures the program against. Packages: python3-torch python3-sklearn python3-h5py
python3-joblib.

usage: plain_cv.py STORE --variant baseline|disentangled [--folds N] [--fits N] [--epochs N] [--jobs N]

Every fit runs all epochs (no plateau rule), so that both programs do the same work. Prints one line
of JSON: wall seconds of all fits, seconds of the training epochs alone, epochs, mean scores.
"""
import argparse
import json
import time

import h5py
import joblib
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from torch import nn
from torch.nn.functional import cross_entropy

BATCH = 256


class GradientReversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx, features, weight):
        ctx.weight = weight
        return features.clone()

    @staticmethod
    def backward(ctx, gradient):
        return -ctx.weight * gradient, None


def one_versus_rest_auc(labels, probabilities):
    present = [k for k in range(probabilities.shape[1]) if 0 < np.sum(labels == k) < len(labels)]
    return float(np.mean([roc_auc_score(labels == k, probabilities[:, k]) for k in present]))


def logistic_regression(features, labels):
    return LogisticRegression(max_iter=1000, multi_class="multinomial").fit(features, labels)


def solve_domain_head(head, features, labels):
    model = logistic_regression(features, labels)
    weights, biases = model.coef_, model.intercept_
    if len(biases) == 1:  # two domains: scikit-learn keeps the second one's half of the difference
        weights, biases = np.concatenate([-weights, weights]), np.concatenate([-biases, biases])
    head.weight.data = torch.from_numpy(weights).float()
    head.bias.data = torch.from_numpy(biases).float()


def fit(study, variant, seed, fold, folds, epochs):
    torch.manual_seed(1000 * seed + fold)
    z, classes, domains = study["z"], study["class"], study["domain"]
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    pool, held_out = list(splitter.split(z, classes))[fold]
    rows, validation = train_test_split(pool, test_size=0.1, stratify=classes[pool], random_state=seed)
    x, y, d = (torch.from_numpy(values[rows]) for values in (z, classes, domains))
    encoder = nn.Sequential(
        nn.Linear(z.shape[1], 256), nn.ReLU(), nn.BatchNorm1d(256),
        nn.Linear(256, 64), nn.ReLU(), nn.BatchNorm1d(64))
    class_head = nn.Linear(64, int(classes.max()) + 1)
    domain_head = nn.Linear(64, int(domains.max()) + 1)
    modules = [encoder, class_head] + ([domain_head] if variant == "disentangled" else [])
    optimizer = torch.optim.AdamW([p for m in modules for p in m.parameters()], lr=1e-3, amsgrad=True)

    started = time.perf_counter()
    for epoch in range(epochs):
        weight = 10 ** (1 - epoch / epochs)
        encoder.train()
        order = torch.randperm(len(x))
        for batch in order[: len(x) // BATCH * BATCH].split(BATCH):
            encoded = encoder(x[batch])
            loss = cross_entropy(class_head(encoded), y[batch])
            if variant == "disentangled":
                reversed_features = GradientReversal.apply(encoded, weight)
                loss = loss + cross_entropy(domain_head(reversed_features), d[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        encoder.eval()
        with torch.no_grad():
            if variant == "disentangled":
                solve_domain_head(domain_head, encoder(x).numpy(), domains[rows])
            cross_entropy(class_head(encoder(torch.from_numpy(z[validation]))),
                          torch.from_numpy(classes[validation])).item()
    trained = time.perf_counter() - started

    def encode(values):
        with torch.no_grad():
            return encoder(torch.from_numpy(values))

    with torch.no_grad():
        task = torch.softmax(class_head(encode(z[held_out])), 1).numpy()
    probe = logistic_regression(encode(z[pool]).numpy(), domains[pool])
    return {
        "train_s": trained,
        "task_auc": one_versus_rest_auc(classes[held_out], task),
        "domain_auc": one_versus_rest_auc(
            domains[held_out], probe.predict_proba(encode(z[held_out]).numpy())),
    }


def read(path):
    with h5py.File(path) as store:
        inside = store["samples/role"][:] == 0
        extractor = next(iter(store["embeddings"].values()))
        z = next(iter(extractor.values()))[:][inside]
        classes = store["samples/class"][:][inside].astype(np.int64)
        domains = store["samples/domain"][:][inside]
    return {"z": z, "class": classes,
            "domain": np.unique(domains, return_inverse=True)[1].astype(np.int64)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("--variant", required=True, choices=["baseline", "disentangled"])
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--fits", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    study = read(arguments.store)
    started = time.perf_counter()
    fits = joblib.Parallel(n_jobs=arguments.jobs)(
        joblib.delayed(fit)(study, arguments.variant, i // arguments.folds, i % arguments.folds,
                            arguments.folds, arguments.epochs)
        for i in range(arguments.fits))
    wall = time.perf_counter() - started
    print(json.dumps({
        "wall_s": wall,
        "train_s": sum(f["train_s"] for f in fits),
        "epochs": arguments.fits * arguments.epochs,
        "task_auc": float(np.mean([f["task_auc"] for f in fits])),
        "domain_auc": float(np.mean([f["domain_auc"] for f in fits]))}))


if __name__ == "__main__":
    main()
