#!/usr/bin/env python3
"""Writes what whole_study_test.cpp compares the program with: a small study's inputs, and every fit of
it computed a second time by PyTorch, scikit-learn and scipy from nothing but the folds.

usage: /usr/bin/python3 make_study.py inputs               writes manifest.csv, sharp.npy, blurred.npy
       crossfold store import ... ; crossfold plan job.json --splits folds.csv
       /usr/bin/python3 make_study.py expected             reads folds.csv, writes expected.json

Initial weights and batch order come from the streams of METHODS 5, made here by the Philox of
tests/core/make_random_streams.py; the folds are checked before they are used: they part the pool, no
patient stands on two sides.
"""
import csv, json, math, pathlib, sys, warnings
import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "core"))

CLASSES, DOMAINS, SETS = ["normal", "pneumonia", "covid19"], ["a", "b"], {"sharp": 6, "blurred": 5}
LEVELS = sorted(CLASSES)  # as the store orders them


def make_inputs():
    rng = np.random.default_rng(7)
    rows, sharp, blurred = [], [], []
    center = {"sharp": rng.normal(size=(3, 6)) * 1.2, "blurred": rng.normal(size=(3, 5)) * 0.8}
    site = {"sharp": rng.normal(size=(3, 6)), "blurred": rng.normal(size=(3, 5))}
    for patient in range(50):
        oos = patient >= 40
        class_label = int(rng.integers(3))
        domain = 2 if oos else int(rng.random() < (0.25, 0.5, 0.75)[class_label])
        for image in range(int(rng.integers(1, 3))):
            rows.append([f"image{len(rows):02d}.png", CLASSES[class_label], (DOMAINS + ["c"])[domain],
                         f"p{(patient * 17) % 50:02d}", "oos" if oos else "in"])
            for name, target in (("sharp", sharp), ("blurred", blurred)):
                target.append(center[name][class_label] + site[name][domain] + rng.normal(size=SETS[name]))
    order = rng.permutation(len(rows))
    with open(HERE / "manifest.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "class", "domain", "patient_id", "role"])
        writer.writerows(rows[i] for i in order)
    np.save(HERE / "sharp.npy", np.array(sharp, dtype=np.float32)[order])
    np.save(HERE / "blurred.npy", np.array(blurred, dtype=np.float32)[order])


def solve(x, y, levels, c=1.0):
    """Weights [levels, D] and intercepts of METHODS 5's regression by Newton's method on the whole
    Hessian (intercepts centred); no column for an absent level. check_solver compares it with
    scikit-learn's, which takes a hundred times as long to get to the same minimum."""
    present = np.unique(y)
    x = np.hstack([np.asarray(x, dtype=np.float64), np.ones((len(y), 1))])
    n, dim, k = x.shape[0], x.shape[1], len(present)
    truth = (y[:, None] == present).astype(float)
    penalty = np.append(np.full(dim - 1, 1 / (c * n)), 0.0)
    w = np.zeros((k, dim))

    def loss_of(w):
        logits = x @ w.T
        top = logits.max(axis=1)
        return float((top + np.log(np.exp(logits - top[:, None]).sum(axis=1)) - (logits * truth).sum(axis=1)).mean()
                     + (penalty * w**2).sum() / 2)

    for _ in range(100):
        p = softmax(x @ w.T)
        gradient = ((p - truth).T @ x) / n + penalty * w
        if np.abs(gradient).max() < 1e-11:
            break
        hessian = np.zeros((k, dim, k, dim))
        for i in range(k):
            for j in range(k):
                weight = p[:, i] * ((i == j) - p[:, j]) / n
                hessian[i, :, j, :] = x.T @ (weight[:, None] * x) + (i == j) * np.diag(penalty)
        step = np.linalg.lstsq(hessian.reshape(k * dim, k * dim), gradient.ravel(), rcond=1e-14)[0].reshape(k, dim)
        scale = 1.0
        while scale > 1e-10 and loss_of(w - scale * step) > loss_of(w):
            scale /= 2
        w = w - scale * step
    weights, intercepts = np.zeros((levels, dim - 1)), np.full(levels, -np.inf)
    weights[present], intercepts[present] = w[:, :-1], w[:, -1] - w[:, -1].mean()
    return weights, intercepts


def check_solver(x, y, levels):
    from sklearn.linear_model import LogisticRegression
    model = LogisticRegression(C=1.0, solver="newton-cg", multi_class="multinomial", tol=1e-10, max_iter=10000)
    theirs = model.fit(np.asarray(x, dtype=np.float64), y).predict_proba(np.asarray(x, dtype=np.float64))
    w, b = solve(x, y, levels)
    assert np.abs(softmax(x.astype(float) @ w.T + b) - theirs).max() < 1e-6, "two programs, one minimum"


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def scores(p, y):
    from sklearn.metrics import roc_auc_score, recall_score
    aucs = [roc_auc_score(y == k, p[:, k]) for k in range(p.shape[1]) if 0 < (y == k).sum() < len(y)]
    found = p.argmax(axis=1)
    recalls = [(found[y == k] == k).mean() for k in range(p.shape[1]) if (y == k).any()]
    return {"auc": float(np.mean(aucs)), "acc": float(np.mean(recalls)), "accuracy": float((found == y).mean())}


class Network:
    """Encoder, heads and optimiser of METHODS 4 and 5."""

    def __init__(self, root, seed, fold, dim, classes, domains):
        import torch
        from make_random_streams import Stream
        stream = Stream(root, "init", seed, fold)

        def fill(layer):
            bound = 1 / math.sqrt(layer.in_features)
            with torch.no_grad():
                for p in (layer.weight, layer.bias):
                    p.copy_(torch.tensor([-bound + 2 * bound * stream.uniform() for _ in range(p.numel())],
                                         dtype=torch.float64).float().reshape(p.shape))

        self.encoder = torch.nn.Sequential(torch.nn.Linear(dim, 256), torch.nn.ReLU(), torch.nn.BatchNorm1d(256),
                                           torch.nn.Linear(256, 64), torch.nn.ReLU(), torch.nn.BatchNorm1d(64))
        self.class_head = torch.nn.Linear(64, classes)
        self.domain_head = torch.nn.Linear(64, domains) if domains else None
        for layer in (self.encoder[0], self.encoder[3], self.class_head, self.domain_head):
            if layer is not None:
                fill(layer)
        layers = [self.encoder, self.class_head] + ([self.domain_head] if domains else [])
        self.optimiser = torch.optim.AdamW([p for layer in layers for p in layer.parameters()], lr=1e-3,
                                           betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, amsgrad=True)
        self.order = Stream(root, "order", seed, fold)

    def encode(self, x):
        import torch
        self.encoder.eval()
        with torch.no_grad():
            return self.encoder(torch.from_numpy(x))

    def probabilities(self, x):
        import torch
        with torch.no_grad():
            return softmax(self.class_head(self.encode(x)).double().numpy())


def train(job, kind, network, x, y, d, fit, validation):
    import torch

    class Reverse(torch.autograd.Function):
        @staticmethod
        def forward(ctx, values, lam):
            ctx.lam = lam
            return values.view_as(values)

        @staticmethod
        def backward(ctx, gradient):
            return -ctx.lam * gradient, None

    settings, ce = job["training"], torch.nn.functional.cross_entropy
    xt, yt, dt = (torch.from_numpy(v[fit]) for v in (x, y, d))
    best, stale, drops, losses = math.inf, 0, 0, []
    lam = next(c.get("lambda", {}).get("from", 0) for c in job["experiments"][1]["candidates"] if c["kind"] == kind)
    for epoch in range(settings["epochs"]):
        network.encoder.train()
        order = network.order.shuffled(len(fit))
        batch = min(settings["batch"], len(fit))
        for b in range(0, len(fit) - batch + 1, batch):
            i = order[b:b + batch]
            h = network.encoder(xt[i])
            loss = ce(network.class_head(h), yt[i])
            if network.domain_head is not None:
                loss = loss + ce(network.domain_head(Reverse.apply(h, lam)), dt[i])
            network.optimiser.zero_grad()
            loss.backward()
            network.optimiser.step()
        if network.domain_head is not None:
            w, b = solve(network.encode(x[fit]).double().numpy(), d[fit], len(DOMAINS))
            with torch.no_grad():
                network.domain_head.weight.copy_(torch.from_numpy(w))
                network.domain_head.bias.copy_(torch.from_numpy(b))
        p = network.probabilities(x[validation])
        loss = float(-np.log(p[np.arange(len(validation)), y[validation]]).mean())
        losses.append(loss)
        if loss < best - settings["plateau"].get("min_improvement", 1e-6):
            best, stale = loss, 0
            continue
        stale += 1
        if stale > settings["plateau"]["patience"]:
            stale, drops = 0, drops + 1
            if drops == settings["plateau"]["stop_after"]:
                break
            for group in network.optimiser.param_groups:
                group["lr"] *= settings["plateau"].get("factor", 0.1)
    return losses


def read_folds(ids, pool, group):
    """{(experiment, seed, fold): (test, validation)} of rows, after a look at whether they are folds."""
    parts = {}
    row_of = {name: row for row, name in enumerate(ids)}
    with open(HERE / "folds.csv", newline="") as file:
        for line in csv.DictReader(file):
            key = line["experiment"], int(line["seed"]), int(line["fold"])
            parts.setdefault(key, {"test": [], "validation": []})[line["part"]].append(row_of[line["id"]])
    for experiment, seed in {key[:2] for key in parts}:
        folds = [v for k, v in parts.items() if k[:2] == (experiment, seed)]
        assert sorted(r for f in folds for r in f["test"]) == pool, "the folds part the pool"
        for f in folds:
            rest = [r for r in pool if r not in f["test"] and r not in f["validation"]]
            sides = [{group[r] for r in side} for side in (f["test"], f["validation"], rest)]
            assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2]), "patients"
    return parts


def corrected(values, share):
    """Nadeau and Bengio's standard error and 95 % interval, by scipy."""
    from scipy import stats
    n, se = len(values), math.sqrt((1 / len(values) + share) * np.var(values, ddof=1))
    low, high = stats.t.interval(0.95, n - 1, loc=np.mean(values), scale=se)
    return {"mean": np.mean(values), "sd": np.std(values, ddof=1), "se_corrected": se, "ci95_low": low,
            "ci95_high": high}


def paired_tests(rows, score, reference, others, share):
    """The corrected paired t-tests of one family, with Holm's adjustment."""
    from scipy import stats
    tests = []
    for name in others:
        d = np.array(rows[name][score]) - np.array(rows[reference][score])
        se = math.sqrt((1 / len(d) + share) * np.var(d, ddof=1))
        tests.append({"candidate": name, "score": score, "difference": d.mean(), "t": d.mean() / se,
                      "p": 2 * stats.t.sf(abs(d.mean() / se), len(d) - 1)})
    largest = 0.0
    for step, test in enumerate(sorted(tests, key=lambda t: t["p"])):
        largest = max(largest, min(1.0, (len(tests) - step) * test["p"]))
        test["p_holm"] = largest
    return tests


def rounded(value):
    return [rounded(v) for v in value] if isinstance(value, (list, np.ndarray)) else round(float(value), 5)


def main():
    import torch
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    job = json.loads((HERE / "job.json").read_text())
    with open(HERE / "manifest.csv", newline="") as file:
        samples = list(csv.DictReader(file))
    ids = [s["id"] for s in samples]
    y_all = np.array([LEVELS.index(s["class"]) for s in samples])
    d_all = np.array([DOMAINS.index(s["domain"]) if s["domain"] in DOMAINS else -1 for s in samples])
    pool = [r for r, s in enumerate(samples) if s["role"] == "in"]
    oos = [r for r, s in enumerate(samples) if s["role"] == "oos"]
    folds = read_folds(ids, pool, [s["patient_id"] for s in samples])
    x = np.load(HERE / "sharp.npy")
    check_solver(x[pool], y_all[pool], len(LEVELS))
    check_solver(x[pool], d_all[pool], len(DOMAINS))
    fits = []
    for experiment in job["experiments"]:
        of_class = experiment.get("target", "class") == "class"
        target, levels = (y_all, LEVELS) if of_class else (d_all, DOMAINS)
        for embedding in job["embeddings"]:
            x = np.load(HERE / (embedding.split("/")[1] + ".npy"))
            for candidate in experiment["candidates"]:
                for seed in range(job["splits"]["seeds"]):
                    for fold in range(job["splits"]["folds"]):
                        parts = folds[experiment["name"], seed, fold]
                        test, kind = parts["test"], candidate["kind"]
                        validation = [] if kind == "linear" else parts["validation"]
                        others = [r for r in pool if r not in test]
                        fit = [r for r in others if r not in validation]
                        made = {"experiment": experiment["name"], "embedding": embedding,
                                "candidate": candidate.get("name", kind), "seed": seed, "fold": fold,
                                "epochs": 0, "n_train": len(others), "n_validation": len(validation),
                                "n_test": len(test)}
                        if kind == "linear":
                            w, b = solve(x[others], target[others], len(levels), candidate.get("c", 1.0))
                            features, probabilities = (lambda v: v), (lambda v: softmax(v.astype(float) @ w.T + b))
                        else:
                            network = Network(job["seed"], seed, fold, x.shape[1], len(levels),
                                              len(DOMAINS) if kind == "disentangled" else 0)
                            losses = train(job, kind, network, x, y_all, d_all, fit, validation)
                            made["epochs"], made["validation_losses"] = len(losses), rounded(losses)
                            features = lambda v: network.encode(v).double().numpy()
                            probabilities = network.probabilities
                            rows = pool + oos
                            made["feature_norms"] = rounded(np.linalg.norm(features(x[rows[::9]]), axis=1))
                        p = probabilities(x[test])
                        made["in"], made["p_in"] = scores(p, target[test]), rounded(p)
                        if "oos" in experiment.get("evaluate", []):
                            p = probabilities(x[oos])
                            made["oos"], made["p_oos"] = scores(p, target[oos]), rounded(p)
                        if "probe" in experiment:
                            w, b = solve(features(x[others]), d_all[others], len(DOMAINS))
                            made["probe_auc"] = scores(softmax(features(x[test]).astype(float) @ w.T + b),
                                                       d_all[test])["auc"]
                        fits.append(made)
    tables = []
    for experiment in job["experiments"]:
        for embedding in job["embeddings"]:
            rows = {}
            for f in fits:
                if (f["experiment"], f["embedding"]) == (experiment["name"], embedding):
                    row = rows.setdefault(f["candidate"], {"share": []})
                    row["share"].append(f["n_test"] / f["n_train"])
                    found = {"auc": f["in"]["auc"], "acc": f["in"]["acc"], "probe": f.get("probe_auc")}
                    for name, value in found.items():
                        if value is not None:
                            row.setdefault(name, []).append(value)
            names = list(rows)
            share = float(np.mean(rows[names[0]]["share"]))
            kept = [s for s in ("auc", "acc", "probe") if s in rows[names[0]]]
            tables.append({"experiment": experiment["name"], "embedding": embedding,
                           "rows": {n: {s: corrected(rows[n][s], share) for s in kept} for n in names},
                           "tests": [t for s in kept for t in paired_tests(rows, s, names[0], names[1:], share)]})
    expected = {"made_with": f"PyTorch {torch.__version__}, scikit-learn {__import__('sklearn').__version__}, "
                             f"scipy {__import__('scipy').__version__}", "fits": fits, "tables": tables}
    (HERE / "expected.json").write_text(json.dumps(expected, separators=(",", ":")).replace('{"experiment"', '\n{"experiment"') + "\n")


if __name__ == "__main__":
    make_inputs() if sys.argv[1:] == ["inputs"] else main()
