#!/usr/bin/env python3
"""Records the cohorts of real runs for forecast_test.cpp: forecast_cases.json beside this script.

    make_forecast_cases.py PROGRAM

PROGRAM is a crossfold whose journals have cohort lines; it trains small jobs here, about half a minute long: on a machine that does nothing else.
Costs are those of src/plan/fit_cost.cpp, written down again.
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
    """Sessions of a run: lists of (kind, cost, seconds)."""
    facts = {"dim": json.loads((run / "plan.json").read_text())["embeddings"][0]["dim"]}
    training = json.loads((run / "job.json").read_text())["experiments"][0]["candidates"][0].get(
        "training", {})
    plateau = training.get("plateau", {"stop_after": 3, "patience": 10})
    facts["epochs"] = min(training.get("epochs", 1000),
                          plateau["stop_after"] * (plateau["patience"] + 1) + 5)
    sessions, fits = [], []
    for line in (run / "journal.jsonl").open():
        entry = json.loads(line)
        if entry["kind"] == "session" and entry["event"] == "start":
            sessions.append([])
        elif entry["kind"] == "fit" and "error" not in entry:
            fits.append(entry)
        elif entry["kind"] == "cohort":
            costs = [cost_of(fit, facts) for fit in fits]
            fits = []
            if costs:
                sessions[-1].append((costs[0][0], sum(c for _, c in costs), entry["seconds"]))
    return sessions


def case(name, workers, cohorts, pace=(None, None)):
    scale = 1e9  # costs in these units: short numbers
    return {"name": name, "workers": workers, "pace_before": [p and p * scale for p in pace],
            "cohorts": [[kind, round(cost / scale, 6), round(seconds, 6)]
                        for kind, cost, seconds in sorted(cohorts, key=lambda c: -c[1])]}


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
        demo = run("demo", "demo.run")[-1]
        cases.append(case("demo", 2, demo))
        cases.append(case("linear and network", 2, run("mix", "mix.run")[-1]))
        seconds = sum(c[2] for c in demo) / 2
        run("demo", "resumed.run", 0.4 * seconds)
        sessions = run("demo", "resumed.run")
        before = sessions[0]
        pace = (None, sum(c[2] for c in before) / sum(c[1] for c in before))
        cases.append(case("resumed", 2, sessions[-1], pace))
    draw = random.Random(7)
    tailed = [(kind, cost, s * draw.paretovariate(1.5)) for kind, cost, s in demo]
    cases.append(case("heavy tails (drawn)", 2, tailed))
    text = json.dumps(cases, indent=None, separators=(",", ":"))
    Path(__file__).with_name("forecast_cases.json").write_text(
        text.replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
