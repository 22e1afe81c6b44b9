#!/usr/bin/env python3
"""Records the cohorts of real runs for forecast_test.cpp: forecast_cases.json beside this script.

    make_forecast_cases.py PROGRAM

PROGRAM is a crossfold whose journals have cohort lines; it trains small jobs here, about a minute long: on a machine that does nothing else.
Costs are those of src/plan/fit_cost.cpp, written down again.
"""
import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
from scipy import stats

WIDTH1, WIDTH2, PASSES, NEWTON = 256, 64, 60, 4


def job(name, experiments, **more):
    return {"name": name, "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
            "experiments": experiments, "splits": {"folds": 5, "seeds": 3}, "cohort": 4, **more}


def networks(count):
    return [{"kind": "baseline"}] + [
        {"kind": "disentangled", "name": f"d{i}",
         "lambda": {"schedule": "constant", "from": 0.25 * 2**i}} for i in range(count)]


LINEAR = [{"kind": "linear", "name": f"c{i}", "c": 10.0**i} for i in range(-2, 3)]
TASK = {"name": "task", "evaluate": ["in", "oos"], "probe": "domain"}
JOBS = {
    "demo": job("demo", [{**TASK, "candidates": networks(2)}], splits={"folds": 10, "seeds": 5}),
    "mix": job("mix", [{**TASK, "candidates": networks(3) + LINEAR}]),
    "race": job("race", [{**TASK, "candidates": [
        {"kind": "disentangled", "name": "d",
         "lambda": {"schedule": "constant", "from": {"log": [0.05, 20]}},
         "training": {"learning_rate": {"log": [0.0003, 0.01]}}}],
        "sweep": {"candidates": 24, "race": {"rungs": [3, 6, 10], "indifference": 0.01}}}]),
}


def cost_of(fit, facts):
    n, dim, classes, domains = fit["n"]["train"], facts["dim"], 3, 3
    if fit["training"]["epochs"] == 0:
        return 0, PASSES * 4 * n * dim * classes
    epoch = 2 * n * (2 * dim * WIDTH1 + 3 * WIDTH1 * WIDTH2 + 3 * WIDTH2 * (classes + domains))
    if fit["solver"]["solves"] > 1:  # disentangled: more than the probe's
        newton = n * WIDTH2 * WIDTH2 * domains * (domains + 1)
        epoch += 2 * n * (dim * WIDTH1 + WIDTH1 * WIDTH2) + NEWTON * newton
    return 1, facts["epochs"] * epoch


def read(run):
    """Sessions of a run: lists of (stage, kind, cost, seconds), and the stage lines."""
    facts = {"dim": json.loads((run / "plan.json").read_text())["embeddings"][0]["dim"]}
    training = json.loads((run / "job.json").read_text())["experiments"][0]["candidates"][0].get(
        "training", {})
    plateau = training.get("plateau", {"stop_after": 3, "patience": 10})
    facts["epochs"] = min(training.get("epochs", 1000),
                          plateau["stop_after"] * (plateau["patience"] + 1) + 5)
    sessions, stages, fits = [], [], []
    for line in (run / "journal.jsonl").open():
        entry = json.loads(line)
        if entry["kind"] == "session" and entry["event"] == "start":
            sessions.append([])
        elif entry["kind"] == "stage":
            stages.append(entry)
        elif entry["kind"] == "fit" and "error" not in entry:
            fits.append(entry)
        elif entry["kind"] == "cohort":
            costs = [cost_of(fit, facts) for fit in fits]
            fits = []
            if costs:
                sessions[-1].append((entry.get("stage", len(stages) - 1 if stages else 0),
                                     costs[0][0], sum(c for _, c in costs), entry["seconds"]))
    return sessions, stages


def going_on(scores, trained, rungs, splits, entered, risk, indifference, stay):
    """As expected_going_on() of src/sweep/race_outlook.cpp, by scipy."""
    names = sorted(scores)
    leader = max(names, key=lambda name: numpy.mean(scores[name]))
    lives = {name: 1.0 for name in names}
    previous, numbers = trained, []
    for rung in (r for r in rungs if r > trained):
        quantile = stats.t.isf(risk * (rung - previous) / splits / (entered - 1), rung - 1)
        for name in names:
            if name == leader or name in stay:
                continue
            behind = numpy.array(scores[leader]) - numpy.array(scores[name])
            sd = max(behind.std(ddof=1), indifference)
            limit = quantile * sd / rung**0.5 * (1 - rung / splits) ** 0.5 - indifference
            spread = sd * (1 / trained - 1 / rung) ** 0.5
            lives[name] = min(lives[name],
                              stats.t.cdf((limit - behind.mean()) / spread, trained - 1))
        numbers.append(sum(lives.values()))
        previous = rung
    return numbers


def aucs_of(predictions):
    """By candidate and split the mean AUC of each class against the rest, of the held-out fold."""
    rows = {}
    for line in csv.DictReader(predictions.splitlines()):
        if line["set"] == "in":
            of = rows.setdefault((line["candidate"], line["seed"], line["fold"]), {})
            of.setdefault(line["class"], []).append(
                (float(line["probability"]), line["truth"] == line["class"]))
    found = {}
    for (candidate, *split), classes in rows.items():
        aucs = []
        for pairs in classes.values():
            score, positive = (numpy.array(column) for column in zip(*pairs))
            n, ranks = positive.sum(), stats.rankdata(score)
            aucs.append((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(ranks) - n)))
        found.setdefault(candidate, {})[tuple(split)] = float(numpy.mean(aucs))
    return found


def to_come(stages, aucs, at, splits, rungs, cost, risk=0.05, indifference=0.01):
    """As ForeseeingRule of src/study."""
    stage = stages[at]
    entered = stages[0]["living"]
    if at == 0:
        numbers = [entered * 0.6 ** (i + 1) for i in range(len(rungs))]
    else:
        gone = {one["candidate"] for s in stages[:at + 1] for one in s["given_up"]}
        stay = {s["leader"] for s in stages[:at + 1] if s["leader_stays"]}
        trained = stages[at - 1]["splits"]
        # whoever was given up now has just these splits
        seen = next(aucs[one["candidate"]] for one in stage["given_up"]
                    if len(aucs[one["candidate"]]) == trained)
        scores = {name: [of[split] for split in sorted(seen)] for name, of in aucs.items()
                  if name.startswith("d[") and name not in gone}
        assert len(scores) == stage["living"]
        numbers = going_on(scores, trained, rungs, splits, entered, risk, indifference, stay)
    ends = [r for r in rungs + [splits] if r >= stage["splits"]]
    expected = sum(n * (b - a) for n, a, b in zip(numbers, ends, ends[1:]))
    return [0, min(expected, stage["fits_at_most"] - stage["fits"]) * cost]


def case(name, workers, cohorts, pace=(None, None), expected=None):
    numbers = sorted({c[0] for c in cohorts})
    scale = 1e9  # costs in these units: short numbers
    stages = []
    for number in numbers:
        part = sorted((c for c in cohorts if c[0] == number), key=lambda c: -c[2])
        stages.append({"to_come": [x / scale for x in expected(number)] if expected else [0, 0],
                       "cohorts": [[c[1], round(c[2] / scale, 6), round(c[3], 6)] for c in part]})
    return {"name": name, "workers": workers, "pace_before": [p and p * scale for p in pace],
            "stages": stages}


def main():
    program = os.path.abspath(sys.argv[1])
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)

        def run(name, out, seconds=None):
            (here / f"{name}.json").write_text(json.dumps(JOBS[name]))
            process = subprocess.Popen([program, "-q", "run", f"{name}.json", "--out", out,
                                        "--workers", "2"], cwd=here)
            if seconds:
                time.sleep(seconds)
                process.send_signal(signal.SIGTERM)
            process.wait()
            return read(here / out)

        subprocess.run([program, "store", "synth", "shortcut", here / "s.h5", "--scale", "0.5",
                        "--seed", "1"], check=True)
        demo = run("demo", "demo.run")[0][-1]
        cases.append(case("demo", 2, demo))
        cases.append(case("linear and network", 2, run("mix", "mix.run")[0][-1]))
        cohorts, stages = run("race", "race.run")
        each = sum(c[2] for c in cohorts[-1]) / max(s["fits"] for s in stages)
        aucs = aucs_of(subprocess.run([program, "export", here / "race.run", "predictions"],
                                      stdout=subprocess.PIPE, text=True).stdout)
        cases.append(case("race", 2, cohorts[-1], expected=lambda at: to_come(
            stages, aucs, at, 15, [3, 6, 10], each)))
        seconds = sum(c[3] for c in demo) / 2
        run("demo", "resumed.run", 0.4 * seconds)
        sessions = run("demo", "resumed.run")[0]
        before = sessions[0]
        pace = (None, sum(c[3] for c in before) / sum(c[2] for c in before))
        cases.append(case("resumed", 2, sessions[-1], pace))
    draw = random.Random(7)
    tailed = [(0, k, cost, s * draw.paretovariate(1.5)) for _, k, cost, s in demo]
    cases.append(case("heavy tails (drawn)", 2, tailed))
    text = json.dumps(cases, indent=None, separators=(",", ":"))
    Path(__file__).with_name("forecast_cases.json").write_text(
        text.replace('{"name"', '\n{"name"').replace('{"to_come"', '\n {"to_come"') + "\n")


if __name__ == "__main__":
    main()
