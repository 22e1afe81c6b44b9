#!/usr/bin/env python3
"""The fits of gpu_bench as PyTorch trains many small networks at once: their weights stacked, every layer
a batched product, one AdamW for all. What gpu_bench is compared with, on the same GPU, data and splits.

usage: stacked_torch.py DATA [--device cuda|cpu] [--splits N] [--epochs N]

DATA is what `gpu_bench data DATA` wrote. Trains a baseline and a disentangled fit on each split for all
epochs. It does less than crossfold does: the domain head takes twenty full-batch steps after each epoch
where crossfold solves it to convergence, and there is no plateau rule, probe or out-of-sample score.
Prints a line of JSON: device, fits, epochs, seconds, mean task AUC of both kinds.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch
from torch.nn.functional import cross_entropy

BATCH, HIDDEN, ENCODED, HEAD_STEPS = 256, 256, 64, 20


def affine(fits, inputs, outputs, device):
    bound = inputs**-0.5
    weight = torch.empty(fits, inputs, outputs, device=device).uniform_(-bound, bound)
    bias = torch.empty(fits, 1, outputs, device=device).uniform_(-bound, bound)
    return [weight.requires_grad_(), bias.requires_grad_()]


class Norm:
    """BatchNorm of each fit over its own batch; running statistics for evaluation."""

    def __init__(self, fits, units, device):
        self.scale = torch.ones(fits, 1, units, device=device, requires_grad=True)
        self.shift = torch.zeros(fits, 1, units, device=device, requires_grad=True)
        self.mean = torch.zeros(fits, 1, units, device=device)
        self.variance = torch.ones(fits, 1, units, device=device)

    def __call__(self, values, training):
        mean, variance = self.mean, self.variance
        if training:
            mean = values.mean(1, keepdim=True)
            variance = values.var(1, unbiased=False, keepdim=True)
            count = values.shape[1]
            with torch.no_grad():
                self.mean.lerp_(mean, 0.1)
                self.variance.lerp_(variance * count / (count - 1), 0.1)
        return (values - mean) * (variance + 1e-5).rsqrt() * self.scale + self.shift


class Networks:
    def __init__(self, fits, dim, classes, domains, device):
        self.first, self.second = affine(fits, dim, HIDDEN, device), affine(fits, HIDDEN, ENCODED, device)
        self.norms = [Norm(fits, HIDDEN, device), Norm(fits, ENCODED, device)]
        self.class_head = affine(fits, ENCODED, classes, device)
        self.domain_head = affine(fits, ENCODED, domains, device)

    def parameters(self):
        norms = [p for norm in self.norms for p in (norm.scale, norm.shift)]
        return self.first + self.second + self.class_head + self.domain_head + norms

    def encode(self, samples, training):
        hidden = self.norms[0](torch.baddbmm(self.first[1], samples, self.first[0]).relu(), training)
        return self.norms[1](torch.baddbmm(self.second[1], hidden, self.second[0]).relu(), training)


def head(layer, features):
    return torch.baddbmm(layer[1], features, layer[0])


def loss_of(logits, labels, reduction="mean"):
    """Mean over the samples, summed over the fits: the fits' gradients do not mix."""
    fits, samples, levels = logits.shape
    return cross_entropy(logits.reshape(-1, levels), labels.reshape(-1), reduction="sum") / samples


def train(data, rows, kind, epochs, device):
    """rows: [fits, samples] places of each fit's training samples."""
    z, classes, domains = data
    fits = rows.shape[0]
    networks = Networks(fits, z.shape[1], int(classes.max()) + 1, int(domains.max()) + 1, device)
    optimizer = torch.optim.AdamW(networks.parameters(), lr=1e-3, amsgrad=True)
    steps = rows.shape[1] // BATCH
    for _ in range(epochs):
        order = torch.rand(rows.shape, device=device).argsort(1)
        shuffled = rows.gather(1, order)
        for step in range(steps):
            batch = shuffled[:, step * BATCH : (step + 1) * BATCH]
            encoded = networks.encode(z[batch], training=True)
            loss = loss_of(head(networks.class_head, encoded), classes[batch])
            if kind == "disentangled":  # lambda 1: the gradient of the domain loss is turned around
                turned = 2 * encoded.detach() - encoded
                loss = loss + loss_of(head(networks.domain_head, turned), domains[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        if kind == "disentangled":
            solve_domain_heads(networks, z, rows, domains)
    return networks


def encode_all(networks, z, rows):
    with torch.no_grad():
        return torch.cat([networks.encode(z[part], training=False) for part in rows.split(2048, 1)], 1)


def solve_domain_heads(networks, z, rows, domains):
    features, labels = encode_all(networks, z, rows), domains[rows]
    solver = torch.optim.Adam(networks.domain_head, lr=0.05)
    for _ in range(HEAD_STEPS):
        loss = loss_of(head(networks.domain_head, features), labels)
        solver.zero_grad(set_to_none=True)
        loss.backward(inputs=networks.domain_head)
        solver.step()


def auc(labels, scores):
    """One class against the rest, ties counted one half; the mean over the classes that are there."""
    areas = []
    for k in range(scores.shape[1]):
        positive = labels == k
        if not 0 < positive.sum() < len(labels):
            continue
        values, places, counts = np.unique(scores[:, k], return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
        p = positive.sum()
        areas.append((ranks[positive].sum() - p * (p + 1) / 2) / (p * (len(labels) - p)))
    return float(np.mean(areas))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--splits", type=int, default=50)
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    read = lambda name, kind: np.fromfile(arguments.data / name, dtype=kind)
    classes, domains = (read(name, np.int32) for name in ("classes.i32", "domains.i32"))
    z = read("embedding.f32", np.float32).reshape(len(classes), -1)
    trained = [read(f"train_{i}.i32", np.int32) for i in range(arguments.splits)]
    held_out = [read(f"held_out_{i}.i32", np.int32) for i in range(arguments.splits)]
    shortest = min(map(len, trained))  # splits differ by a sample or two
    rows = torch.from_numpy(np.stack([t[:shortest] for t in trained]).astype(np.int64)).to(device)
    data = [torch.from_numpy(z).to(device)] + [
        torch.from_numpy(labels.astype(np.int64)).to(device) for labels in (classes, domains)]
    torch.manual_seed(1)
    means = []
    started = time.perf_counter()
    for kind in ("baseline", "disentangled"):
        networks = train(data, rows, kind, arguments.epochs, device)
        areas = []
        for i, places in enumerate(held_out):
            one = torch.from_numpy(places.astype(np.int64)).to(device).expand(arguments.splits, -1)
            with torch.no_grad():
                logits = head(networks.class_head, networks.encode(data[0][one], training=False))[i]
            areas.append(auc(classes[places], torch.softmax(logits.double(), 1).cpu().numpy()))
        means.append(float(np.mean(areas)))
    seconds = time.perf_counter() - started
    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    print(json.dumps({"device": name, "torch": torch.__version__, "fits": 2 * arguments.splits,
                      "epochs": 2 * arguments.splits * arguments.epochs, "seconds": round(seconds, 3),
                      "task_auc": [round(mean, 5) for mean in means]}))


if __name__ == "__main__":
    main()
