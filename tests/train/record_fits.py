#!/usr/bin/env python3
"""Records what PyTorch and scikit-learn make of a small study, for recorded_fits_test.cpp.

usage: record_fits.py > recorded_fits.json

The study is a job as a user writes it, in which every setting of a model is given once with a value
that is not its default, and one candidate gives them all. This program reads that job by itself,
draws initial weights and batches from crossfold's named streams (a second implementation, in
tests/core), and trains in float64: a plain loop over epochs and batches, torch.optim.AdamW, and
scikit-learn's logistic regression. Recorded of each fit: what happened in each epoch, why it ended,
and the predictions, features and scores of the model.

Training, validation, held-out, out-of-sample and unused rows come from different distributions, so
that a statistic taken over the wrong rows is far off.
"""
import copy, functools, json, math, os, sys, warnings
import numpy as np
import sklearn, torch
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "core"))
from make_random_streams import Stream

ROOT, SEED, FOLD = 2**63 + 5, 3, 2  # of the streams
DIM, CLASSES, DOMAINS, PROJECTIONS = 6, 3, 5, 6
UNIT = 64  # features are whole numbers of 1 / UNIT
PARTS = ["train"] * 8 + ["validation"] * 2 + ["test"] * 3 + ["oos"] * 2 + ["unused"]
ROWS = 8 * len(PARTS)
LOSS_TOLERANCE = 5e-5  # the test's; decisions that losses make are further apart
NEAR_TIE = 0.02  # of two log-odds: which one is larger may be a matter of rounding

PLATEAU = {"patience": 1, "factor": 0.5, "stop_after": 3, "min_improvement": 0.001}
TRAINING = {"epochs": 12, "batch": 20, "learning_rate": 0.002, "weight_decay": 0.1, "plateau": PLATEAU}


def trained(name, training=None, kind="baseline", **settings):
    return {"name": name, "kind": kind, **({"training": training} if training else {}), **settings}


def disentangled(name, schedule=None, training=None, **settings):
    if schedule is not None:
        settings["lambda"] = schedule
    return trained(name, training, "disentangled", **settings)


def lasting(**rule):
    """Epochs enough for the plateau rule to have the last word."""
    return {"epochs": 24, "plateau": rule}


EVERYTHING = disentangled(
    "everything", {"schedule": "sigmoid", "from": 0.1, "to": 1.5, "gamma": 4, "over": 6, "warm_up": 3},
    {"epochs": 17, "batch": 30, "learning_rate": 0.007, "weight_decay": 2, "model": "best",
     "plateau": {"patience": 0, "factor": 0.7, "stop_after": 5, "min_improvement": 0.02}},
    domain_head="still")

TASK = [
    trained("defaults of the job"),
    trained("epochs", {"epochs": 5}),
    trained("batch", {"batch": 30}),
    trained("one batch", {"batch": 500}),
    trained("learning rate", {"learning_rate": 0.01}),
    trained("weight decay", {"weight_decay": 8}),
    trained("no weight decay", {"weight_decay": 0}),
    trained("plateau", lasting()),
    trained("patience", lasting(patience=3)),
    trained("factor", lasting(factor=0.05)),
    trained("stop after", lasting(stop_after=1)),
    trained("min improvement", lasting(min_improvement=0.05)),
    trained("best model", {"epochs": 14, "model": "best", "learning_rate": 0.005}),
    disentangled("default schedule"),
    disentangled("ends", {"from": 3, "to": 0.2}),
    disentangled("ends and epochs", {"from": 3, "to": 0.2}, {"epochs": 7}),
    disentangled("over", {"from": 3, "to": 0.2, "over": 3.5}),
    disentangled("linear schedule", {"schedule": "linear", "from": 0, "to": 2}),
    disentangled("linear over", {"schedule": "linear", "from": 2, "to": 0.5, "over": 4}),
    disentangled("cosine", {"schedule": "cosine", "from": 2, "to": 0.25}),
    disentangled("cosine over", {"schedule": "cosine", "from": 0, "to": 1, "over": 5}),
    disentangled("sigmoid", {"schedule": "sigmoid", "from": 0, "to": 1}),
    disentangled("gamma", {"schedule": "sigmoid", "from": 0, "to": 1, "gamma": 3}),
    disentangled("step", {"schedule": "step", "from": 2, "every": 3}),
    disentangled("step factor", {"schedule": "step", "from": 2, "factor": 0.2, "every": 2}),
    disentangled("constant", {"schedule": "constant", "from": 0.6}, {"epochs": 7}),
    disentangled("table", {"schedule": "table", "values": [0, 2, 0.5, 1, 0.25, 3]}, {"epochs": 6}),
    disentangled("warm up", {"schedule": "constant", "from": 2, "warm_up": 4}),
    disentangled("head that stands still", {"schedule": "constant", "from": 1}, domain_head="still"),
    disentangled("decay of a trained head", {"schedule": "constant", "from": 1}, {"weight_decay": 10}),
    disentangled("decay of a still head", {"schedule": "constant", "from": 1}, {"weight_decay": 10},
                 domain_head="still"),
    disentangled("best disentangled", {"schedule": "constant", "from": 0.4},
                 {"epochs": 14, "model": "best", "learning_rate": 0.003}),
    disentangled("plateau disentangled", {"schedule": "constant", "from": 0.5}, lasting(patience=0)),
    EVERYTHING,
    {"name": "linear", "kind": "linear"},
    {"name": "weak c", "kind": "linear", "c": 0.002},
    {"name": "strong c", "kind": "linear", "c": 50},
]
FEW = [trained("baseline"), disentangled("disentangled", {"schedule": "constant", "from": 1}), EVERYTHING,
       {"name": "linear", "kind": "linear", "c": 0.05}]
EXPERIMENTS = [
    dict(name="task", evaluate=["in", "oos"], probe="domain", candidates=TASK),
    dict(name="standardized", evaluate=["in", "oos"], probe="domain", standardize="train", candidates=FEW),
    dict(name="probe of z", evaluate=["in", "oos"], probe="domain", probe_on="z", candidates=FEW),
    dict(name="probe of standardized z", evaluate=["in", "oos"], probe="domain", probe_on="z",
         standardize="train", candidates=FEW),
    dict(name="domain", target="domain", probe="class",
         candidates=[trained("baseline"), trained("best", {"model": "best", "learning_rate": 0.01}),
                     {"name": "linear", "kind": "linear"}]),
    dict(name="without validation", candidates=[
        trained("plateau without losses", lasting(patience=0)),
        trained("best without losses", {"model": "best"}),
        disentangled("disentangled", {"from": 2}), {"name": "linear", "kind": "linear"}]),
]


class Study:
    def __init__(self):
        rng = np.random.default_rng(20)
        self.part = np.array([PARTS[i % len(PARTS)] for i in range(ROWS)])
        self.class_label = rng.integers(0, CLASSES, ROWS)
        self.domain = np.where(rng.random(ROWS) < 0.5, self.class_label, rng.integers(0, 3, ROWS))
        # Two domains that the training samples lack, one of which nothing is fitted on.
        self.domain[np.flatnonzero(self.part == "validation")[::5]] = 3
        self.domain[np.flatnonzero(self.part == "test")[::6]] = 3
        self.domain[np.flatnonzero(self.part == "test")[1::11]] = 4
        scale, offset = 2.0 ** np.array([-2, -1, 0, 1, 2, 0]), np.array([0, 0.1, -0.2, 0.5, 0.8, -0.3])
        directions = rng.normal(size=(CLASSES + DOMAINS, DIM))
        noise = rng.normal(size=(ROWS, DIM))
        spread = {"train": 1, "validation": 1.2, "test": 2, "oos": 1.3, "unused": 400}
        shift = {"train": 0, "validation": 0.3, "test": -1, "oos": 0.5, "unused": 300}
        z = noise + 0.7 * directions[self.class_label] + 0.7 * directions[CLASSES + self.domain]
        for part in spread:
            z[self.part == part] = z[self.part == part] * spread[part] + shift[part]
        for part, factor in (("validation", 3), ("test", 6)):  # one sample far off
            z[np.flatnonzero(self.part == part)[3]] *= factor
        self.units = np.rint((z * scale + offset) * UNIT).astype(int)
        self.z = self.units / UNIT

    def rows(self, *parts):
        return np.flatnonzero(np.isin(self.part, parts))


STUDY = Study()


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, lam):
        ctx.lam = lam
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -ctx.lam * g, None


def lambda_at(schedule, t, epochs):
    """METHODS 5, formula by formula."""
    kind = schedule.get("schedule", "exponential")
    start, end = schedule.get("from", 10), schedule.get("to", 1)
    p = min(t / schedule.get("over", epochs), 1)
    value = {
        "exponential": lambda: start * (end / start) ** p,
        "linear": lambda: start + (end - start) * p,
        "cosine": lambda: end + (start - end) * (1 + math.cos(math.pi * p)) / 2,
        "sigmoid": lambda: start + (end - start) * (2 / (1 + math.exp(-schedule.get("gamma", 10) * p)) - 1),
        "step": lambda: start * schedule.get("factor", 0.5) ** (t // schedule.get("every", 10)),
        "constant": lambda: start,
        "table": lambda: schedule["values"][t],
    }[kind]()
    warm_up = schedule.get("warm_up", 0)
    return value * min(1, (t + 1) / warm_up) if warm_up else value


def softmax(logits):
    p = np.exp(logits - logits.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


def logistic(x, labels, levels, c=1.0):
    """Weights, intercepts of the levels that occur (METHODS 5), and probabilities of all levels.

    Newton's method on the whole Hessian until no entry of the gradient exceeds 1e-12. Where columns
    are few scikit-learn is asked as well; with 64 of them it takes minutes to such a minimum.
    """
    present, y = np.unique(labels, return_inverse=True)
    n, dim, k = len(x), x.shape[1] + 1, len(present)
    rows, onehot = np.hstack([x, np.ones((n, 1))]), np.eye(k)[y]
    penalty = np.append(np.ones(dim - 1), 0) / (c * n)

    def objective(theta):
        logits = rows @ theta.T
        largest = logits.max(1)
        losses = largest + np.log(np.exp(logits - largest[:, None]).sum(1)) - (logits * onehot).sum(1)
        return losses.mean() + (penalty * theta**2).sum() / 2

    theta = np.zeros((k, dim))
    for _ in range(200):
        p = softmax(rows @ theta.T)
        gradient = (p - onehot).T @ rows / n + penalty * theta
        if np.abs(gradient).max() < 1e-12:
            break
        hessian = np.empty((k, dim, k, dim))
        for a in range(k):
            for b in range(k):
                weight = p[:, a] * ((a == b) - p[:, b])
                hessian[a, :, b, :] = rows.T @ (rows * weight[:, None]) / n + (a == b) * np.diag(penalty)
        step = np.linalg.lstsq(hessian.reshape(k * dim, k * dim), gradient.ravel(), rcond=1e-13)[0].reshape(k, dim)
        length = 1.0
        while length > 1e-6 and objective(theta - length * step) > objective(theta) + 1e-14:
            length /= 2
        theta = theta - length * step
    assert np.abs(gradient).max() < 1e-10, np.abs(gradient).max()

    def probabilities(z):
        p = np.zeros((len(z), levels))
        p[:, present] = softmax(np.hstack([z, np.ones((len(z), 1))]) @ theta.T)
        return p

    if dim <= 10 and k > 2:  # it keeps two levels in another way
        model = LogisticRegression(C=c, solver="newton-cg", multi_class="multinomial", tol=1e-10, max_iter=10000)
        difference = np.abs(model.fit(x, labels).predict_proba(x) - probabilities(x)[:, present]).max()
        assert difference < 1e-5, difference
    return theta[:, :-1], theta[:, -1] - theta[:, -1].mean(), probabilities


def log_odds(p):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip(np.log(p) - np.log1p(-p), -1e9, 1e9)


def scores(p, labels):
    """Mean one-versus-rest AUC, mean recall, and how much near ties can move the first."""
    aucs, slack, recalls = [], 0, []
    named = p.argmax(1)
    for k in range(p.shape[1]):
        positive, negative = p[labels == k, k], p[labels != k, k]
        if len(positive):
            recalls.append((named[labels == k] == k).mean())
        if len(positive) and len(negative):
            difference = positive[:, None] - negative[None, :]
            aucs.append((np.sign(difference) / 2 + 0.5).mean())
            apart = np.abs(log_odds(positive)[:, None] - log_odds(negative)[None, :])
            slack += ((difference != 0) & (apart < NEAR_TIE)).mean()
    top = np.sort(p, axis=1)
    undecided = int((top[:, -1] - top[:, -2] < NEAR_TIE * top[:, -1]).sum())
    return dict(auc=float(np.mean(aucs)), auc_slack=float(slack / len(aucs)), acc=float(np.mean(recalls)),
                undecided=undecided)


def draw(stream, inputs, outputs):
    bound = 1 / math.sqrt(inputs)
    numbers = [-bound + 2 * bound * stream.uniform() for _ in range(inputs * outputs + outputs)]
    layer = torch.nn.Linear(inputs, outputs).double()
    as_float = torch.tensor(numbers, dtype=torch.float32).double()  # crossfold's are float32
    with torch.no_grad():
        layer.weight.copy_(as_float[:inputs * outputs].view(outputs, inputs))
        layer.bias.copy_(as_float[inputs * outputs:])
    return layer


@functools.cache
def initial_layers(classes, domains):
    """Hidden, encoded, class head, domain head, in this order from the stream `init`."""
    stream = Stream(ROOT, "init", SEED, FOLD)
    return [draw(stream, *size) for size in ((DIM, 256), (256, 64), (64, classes), (64, domains)) if size[1]]


@functools.cache
def random_signs(count):
    stream = Stream(0, "signs", 0, 0)
    return np.array([1.0 if stream.u32() % 2 else -1.0 for _ in range(PROJECTIONS * count)]).reshape(PROJECTIONS, count)


def merged(training):
    own = {"model": "last", **TRAINING, **training}
    own["plateau"] = {**PLATEAU, **training.get("plateau", {})}
    return own


class Fit:
    def __init__(self, experiment, candidate):
        self.experiment, self.candidate = experiment, candidate
        self.validated = experiment["name"] != "without validation" and candidate["kind"] != "linear"
        self.train = STUDY.rows("train") if self.validated else STUDY.rows("train", "validation")
        self.validation = STUDY.rows("validation") if self.validated else np.array([], dtype=int)
        self.others, self.test = STUDY.rows("train", "validation"), STUDY.rows("test")
        self.oos = STUDY.rows("oos") if "oos" in experiment.get("evaluate", ["in"]) else np.array([], dtype=int)
        by_domain = experiment.get("target", "class") == "domain"
        self.target, self.levels = (STUDY.domain, DOMAINS) if by_domain else (STUDY.class_label, CLASSES)
        z = STUDY.z
        if experiment.get("standardize") == "train":
            z = (z - z[self.train].mean(0)) / z[self.train].std(0)
        self.z = z
        self.x = torch.from_numpy(z)
        self.decisions = []  # by how much each one was decided

    def run(self):
        result = dict(name=self.candidate["name"])
        if self.candidate["kind"] == "linear":
            predict = logistic(self.z[self.others], self.target[self.others], self.levels,
                               self.candidate.get("c", 1.0))[2]
            result.update(stop="closed form", epochs=0)
            p = {"held_out": predict(self.z[self.test]), "oos": predict(self.z[self.oos]) if len(self.oos) else None}
            features = self.z
        else:
            result.update(self.train_network())
            with torch.no_grad():
                encoded = self.encoder(self.x)
                p_all = torch.softmax(self.class_head(encoded), 1).numpy()
            features = encoded.numpy()
            p = {"held_out": p_all[self.test], "oos": p_all[self.oos] if len(self.oos) else None}
            kept = features[np.concatenate([STUDY.rows("train", "validation", "test"), self.oos])]
            result["features"] = self.projected(kept)
            if self.experiment.get("probe_on") == "z":
                features = self.z
        for name, values in p.items():
            if values is not None:
                result[name] = values.round(6).ravel().tolist()
        result["scores"] = scores(p["held_out"], self.target[self.test])
        if "probe" in self.experiment:
            by_domain = self.experiment["probe"] == "domain"
            probed, levels = (STUDY.domain, DOMAINS) if by_domain else (STUDY.class_label, CLASSES)
            predict = logistic(features[self.others], probed[self.others], levels)[2]
            result["probe"] = scores(predict(features[self.test]), probed[self.test])
        return result

    @staticmethod
    def projected(features):
        flat = features.ravel()
        return dict(norm=float(np.linalg.norm(flat)), products=(random_signs(len(flat)) @ flat).tolist())

    def train_network(self):
        settings = merged(self.candidate.get("training", {}))
        reversing = self.candidate["kind"] == "disentangled"
        head_learns = self.candidate.get("domain_head", "trained") == "trained"
        present, columns = np.unique(STUDY.domain[self.train], return_inverse=True)
        layers = copy.deepcopy(initial_layers(self.levels, len(present) if reversing else 0))
        norms = [torch.nn.BatchNorm1d(256).double(), torch.nn.BatchNorm1d(64).double()]
        self.encoder = torch.nn.Sequential(layers[0], torch.nn.ReLU(), norms[0], layers[1], torch.nn.ReLU(), norms[1])
        self.class_head, domain_head = layers[2], layers[3] if reversing else None
        parameters = [*self.encoder.parameters(), *self.class_head.parameters()]
        if reversing and head_learns:
            parameters += domain_head.parameters()
        rate = settings["learning_rate"]
        optimizer = torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.999), eps=1e-8, amsgrad=True,
                                      weight_decay=settings["weight_decay"])
        cross_entropy = torch.nn.functional.cross_entropy
        x, y = self.x[self.train], torch.from_numpy(self.target[self.train])
        d = torch.from_numpy(columns)
        order = Stream(ROOT, "order", SEED, FOLD)
        size = min(settings["batch"], len(self.train))
        curves = dict(train_class_loss=[], train_domain_loss=[], validation_loss=[], learning_rate=[])
        curves["lambda"] = []
        best_for_rule, best_for_model, kept = math.inf, math.inf, None
        stale = strikes = 0
        stop = "epochs"
        for epoch in range(settings["epochs"]):
            lam = lambda_at(self.candidate.get("lambda", {}), epoch, settings["epochs"]) if reversing else 0
            self.encoder.train()
            shuffled = order.shuffled(len(self.train))
            sums, batches = [0.0, 0.0], len(shuffled) // size
            for b in range(batches):
                i = shuffled[b * size:(b + 1) * size]
                encoded = self.encoder(x[i])
                class_loss = cross_entropy(self.class_head(encoded), y[i])
                loss = class_loss
                sums[0] += float(class_loss)
                if reversing:
                    domain_loss = cross_entropy(domain_head(Reverse.apply(encoded, lam)), d[i])
                    sums[1] += float(domain_loss)
                    loss = loss + domain_loss
                self.encoder.zero_grad(), self.class_head.zero_grad()
                if reversing:
                    domain_head.zero_grad()
                loss.backward()
                optimizer.step()
            curves["train_class_loss"].append(sums[0] / batches)
            curves["learning_rate"].append(rate)
            self.encoder.eval()
            if reversing:
                curves["train_domain_loss"].append(sums[1] / batches)
                curves["lambda"].append(lam)
                with torch.no_grad():
                    weights, intercepts, _ = logistic(self.encoder(x).numpy(), columns, len(present))
                    domain_head.weight.copy_(torch.from_numpy(weights))
                    domain_head.bias.copy_(torch.from_numpy(intercepts))
            if not self.validated:
                continue
            with torch.no_grad():
                logits = self.class_head(self.encoder(self.x[self.validation]))
                loss = float(cross_entropy(logits, torch.from_numpy(self.target[self.validation])))
            curves["validation_loss"].append(loss)
            if settings["model"] == "best" and math.isfinite(best_for_model):
                self.decisions.append(abs(loss - best_for_model))
            if settings["model"] == "best" and loss < best_for_model:
                best_for_model = loss
                kept = copy.deepcopy((self.encoder.state_dict(), self.class_head.state_dict()))
            rule = settings["plateau"]
            if math.isfinite(best_for_rule):
                self.decisions.append(abs(loss - best_for_rule + rule["min_improvement"]))
            if loss < best_for_rule - rule["min_improvement"]:
                best_for_rule, stale = loss, 0
                continue
            stale += 1
            if stale > rule["patience"]:
                stale, strikes = 0, strikes + 1
                if strikes == rule["stop_after"]:
                    stop = "plateau"
                    break
                rate *= rule["factor"]
                for group in optimizer.param_groups:
                    group["lr"] = rate
        result = dict(epochs=epoch + 1, stop=stop, drops=strikes,
                      curves={name: [round(v, 12) for v in values] for name, values in curves.items()})
        if self.validated:
            result["validation_loss"] = best_for_model if kept else loss
        if kept:
            self.encoder.load_state_dict(kept[0])
            self.class_head.load_state_dict(kept[1])
        if self.validated:
            with torch.no_grad():
                p = torch.softmax(self.class_head(self.encoder(self.x[self.validation])), 1).numpy()
            result["validation"] = scores(p, self.target[self.validation])
        return result


def schedules():
    """Lambda at every epoch, of schedules that no fit above goes through to their end."""
    listed = [({}, 200), ({"from": 0.5, "to": 8, "over": 60.5}, 90), ({"warm_up": 7}, 20)]
    for kind in ("linear", "cosine", "sigmoid"):
        listed += [({"schedule": kind, "from": 10, "to": 1}, 25), ({"schedule": kind, "from": 0, "to": 3, "over": 8.25}, 25),
                   ({"schedule": kind, "from": 2, "to": 0, "over": 40, "warm_up": 5}, 25)]
    listed += [({"schedule": "sigmoid", "from": 0, "to": 1, "gamma": 2.5}, 20),
               ({"schedule": "step", "from": 4}, 35), ({"schedule": "step", "from": 4, "factor": 1.5, "every": 4, "warm_up": 3}, 18),
               ({"schedule": "constant", "from": 3}, 5), ({"schedule": "constant", "from": 3, "warm_up": 9}, 12),
               ({"schedule": "table", "values": [3, 1, 4, 1, 5, 9, 2, 6], "warm_up": 4}, 8)]
    return [dict(schedule=schedule, epochs=epochs, values=[lambda_at(schedule, t, epochs) for t in range(epochs)])
            for schedule, epochs in listed]


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    job = dict(name="recorded", store="recorded.h5", seed=ROOT, embeddings="recorded/z", training=TRAINING,
               experiments=EXPERIMENTS)
    fits, closest = [], math.inf
    for experiment in EXPERIMENTS:
        results = []
        for candidate in experiment["candidates"]:
            fit = Fit(experiment, candidate)
            results.append(fit.run())
            decided = min(fit.decisions, default=math.inf)
            closest = min(closest, decided)
            print(f"{experiment['name']}: {candidate['name']}: {results[-1]['epochs']} epochs, "
                  f"{results[-1]['stop']}, decided by {decided:.4f}, {results[-1]['scores']}, "
                  f"probe {results[-1].get('probe')}", file=sys.stderr)
        fits.append(results)
    record = dict(made_with=f"PyTorch {torch.__version__}, scikit-learn {sklearn.__version__}", job=job,
                  stream=dict(seed=SEED, fold=FOLD), unit=UNIT, part=STUDY.part.tolist(), classes=STUDY.class_label.tolist(),
                  domains=STUDY.domain.tolist(), features=STUDY.units.ravel().tolist(), fits=fits, schedules=schedules())
    json.dump(record, sys.stdout, separators=(",", ":"))
    print()
    if closest < 2 * LOSS_TOLERANCE:
        sys.exit(f"a decision hangs on {closest}: another program may decide otherwise")


if __name__ == "__main__":
    main()
