#!/usr/bin/env python3
"""Records PyTorch's parameters after three epochs for network_training_test.cpp.

usage: record_network_training.py > network_training.json

Data, weights and batches come from formulas that the test repeats bit by bit. Of every parameter and
buffer its norm and its products with PROJECTIONS vectors of random signs are recorded: the root mean
square of their differences from the test's own is the norm of the difference of the tensors.
"""
import json, sys, warnings
import numpy as np
import sklearn, torch
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_class_weight

SAMPLES, DIM, CLASSES, DOMAINS, BATCH, EPOCHS, PROJECTIONS = 150, 12, 3, 4, 16, 3, 16
SEXES, MISSING = 2, -1  # of a second adversary, unknown for one sample in four
LAMBDAS = [0.5, 1.0, 2.0]


class Lcg:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return self.state >> 40

    def uniform(self):
        return self.next() / 2**24

    def array(self, scale, *shape):
        return np.array([(self.uniform() - 0.5) * scale for _ in range(int(np.prod(shape)))]).reshape(shape)


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, lam):
        ctx.lam = lam
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -ctx.lam * g, None


def fill(layer, lcg, scale):
    with torch.no_grad():
        for p in (layer.weight, layer.bias):
            p.copy_(torch.from_numpy(lcg.array(scale, *p.shape)).float())


def solve(head, features, labels):
    """The domain head at the minimum, as scikit-learn finds it in float64; intercepts centred."""
    model = LogisticRegression(C=1, solver="newton-cg", multi_class="multinomial", tol=1e-10, max_iter=10000)
    model.fit(features.double().numpy(), labels)
    w, b = model.coef_, model.intercept_
    if len(b) == 1:  # scikit-learn keeps half the difference of two levels
        w, b = np.vstack([-w, w]), np.concatenate([-b, b])
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(w))
        head.bias.copy_(torch.from_numpy(b - b.mean()))


def run(kind):
    lcg = Lcg(1)
    x = torch.from_numpy(lcg.array(4, SAMPLES, DIM)).float()
    y = torch.tensor([lcg.next() % CLASSES for _ in range(SAMPLES)])
    d = torch.tensor([lcg.next() % DOMAINS for _ in range(SAMPLES)])
    enc = torch.nn.Sequential(torch.nn.Linear(DIM, 256), torch.nn.ReLU(), torch.nn.BatchNorm1d(256),
                              torch.nn.Linear(256, 64), torch.nn.ReLU(), torch.nn.BatchNorm1d(64))
    fc, fd = torch.nn.Linear(64, CLASSES), torch.nn.Linear(64, DOMAINS)
    for layer, scale in ((enc[0], 0.5), (enc[3], 0.125), (fc, 0.25), (fd, 0.25)):
        fill(layer, lcg, scale)
    sex = torch.tensor([MISSING if lcg.next() % 4 == 0 else lcg.next() % SEXES for _ in range(SAMPLES)])
    fs = torch.nn.Linear(64, SEXES)
    fill(fs, lcg, 0.25)
    # What is told apart, by which head, and how much stronger than the schedule its reversal is.
    adversaries = dict(baseline=[], weighted=[], several=[(d, fd, 1), (sex, fs, 3)]).get(kind, [(d, fd, 1)])
    params = [*enc.parameters(), *fc.parameters()]
    if kind != "still":
        params += [p for _, head, _ in adversaries for p in head.parameters()]
    opt = torch.optim.AdamW(params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, amsgrad=True)
    ce = torch.nn.functional.cross_entropy
    # Each pair of class and domain counts alike: PyTorch's weighted cross-entropy over the pairs.
    pair = (y * DOMAINS + d).numpy()
    balanced = dict(zip(np.unique(pair), compute_class_weight("balanced", classes=np.unique(pair), y=pair)))
    weight = torch.tensor([balanced[p] for p in pair]).float()
    losses = []
    for epoch in range(EPOCHS):
        enc.train()
        order = [(37 * j + 11 * epoch) % SAMPLES for j in range(SAMPLES)]
        for b in range(0, SAMPLES - BATCH + 1, BATCH):
            i = order[b:b + BATCH]
            h = enc(x[i])
            loss = ce(fc(h), y[i])
            if kind == "weighted":
                loss = (ce(fc(h), y[i], reduction="none") * weight[i]).sum() / weight[i].sum()
            row = [float(loss)]
            for labels, head, times in adversaries:
                domain = ce(head(Reverse.apply(h, times * LAMBDAS[epoch])), labels[i], ignore_index=MISSING)
                row.append(float(domain))
                loss = loss + domain
            losses.append(row if adversaries else row + [0.0])
            opt.zero_grad()
            loss.backward()
            opt.step()
        enc.eval()
        if kind in ("solved", "still", "several"):
            with torch.no_grad():
                for labels, head, _ in adversaries:
                    known = labels != MISSING
                    solve(head, enc(x[known]), labels[known].numpy())
    names = ["hidden", None, "hidden_norm", "encoded", None, "encoded_norm"]
    tensors = {}
    for index, layer in enumerate(enc):
        for key, value in layer.state_dict().items():
            if key != "num_batches_tracked":
                tensors[f"encoder.{names[index]}.{key}"] = value
    heads = [("class_head", [fc])] + ([("domain_head", [head for _, head, _ in adversaries])] if adversaries else [])
    for name, parts in heads:
        for key in ("weight", "bias"):
            tensors[f"{name}.{key}"] = torch.cat([part.state_dict()[key] for part in parts])
    recorded = {}
    for name, value in tensors.items():
        flat = value.double().numpy().ravel()
        signs = Lcg(2)
        products = [float(sum(v if signs.next() % 2 else -v for v in flat)) for _ in range(PROJECTIONS)]
        recorded[name] = dict(norm=float(np.linalg.norm(flat)), products=products)
    more = dict(weights=weight.tolist()) if kind == "weighted" else {}
    return dict(kind=kind, losses=losses, tensors=recorded, **more)


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    json.dump(dict(made_with=f"PyTorch {torch.__version__}, scikit-learn {sklearn.__version__}",
                   cases=[run(kind) for kind in ("baseline", "disentangled", "solved", "still", "several", "weighted")]), sys.stdout)
    print()


if __name__ == "__main__":
    main()
