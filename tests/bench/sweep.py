#!/usr/bin/env python3
"""A sweep of 10,000 short fits (200 lambdas x 50 splits): what it leaves on disk, how far its journal
lags behind training, and what kill -9 at random moments costs.

    tests/bench/sweep.py [--program build/crossfold] [--fits 10000] [--kills 20] [--ranks 2] [--seed 1]

Exit code 1 when a fit was lost, more than two cohorts a worker were trained again, or a table differs.
"""
import argparse
import json
import os
import pathlib
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

COHORT = 8
SPLITS = 50


def job(lambdas):
    return {
        "name": "sweep", "store": "s.h5", "seed": 1, "embeddings": ["synth/shortcut"], "cohort": COHORT,
        "experiments": [{
            "name": "task", "evaluate": ["in", "oos"], "probe": "domain",
            "candidates": [{"name": "d", "kind": "disentangled", "lambda": {
                "schedule": "exponential", "from": {"grid": [1 + i / 8 for i in range(lambdas)]},
                "to": 1}}]}],
        "splits": {"folds": 10, "seeds": SPLITS // 10, "validation": 0.1},
        "training": {"epochs": 2, "batch": 256}, "output": {"predictions": True, "curves": True}}


def recorded(run):
    """Ids of the fits that whole lines of the journal tell of."""
    try:
        lines = (run / "journal.jsonl").read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    return [json.loads(line)["fit"] for line in lines if b'"kind":"fit"' in line]


def finished(run):
    """Ids of the fits whose artefacts stand in a segment, by file: trained, recorded or not."""
    fits = {}
    for path in run.glob("segments/*/*.bin"):
        data, at, ids = path.read_bytes(), 24, []
        while at + 48 <= len(data) and data[at:at + 8] == b"artefact":
            length = struct.unpack_from("<Q", data, at + 8)[0]
            if at + 48 + length > len(data):
                break
            ids.append(data[at + 16:at + 32].hex())
            at += 48 + (length + 7) // 8 * 8
        fits[path] = ids
    return fits


class Sweep:
    def __init__(self, options, work):
        self.program = str(pathlib.Path(options.program).resolve())
        self.ranks = options.ranks
        self.work = work
        self.call("store", "synth", "shortcut", work / "s.h5", "--seed", "1")
        (work / "job.json").write_text(json.dumps(job(options.fits // SPLITS)))

    def call(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"crossfold {arguments[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self, run):
        environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1",
                       "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        return subprocess.Popen(
            ["mpirun", "--oversubscribe", "-n", str(self.ranks), self.program, "run",
             str(self.work / "job.json"), "--out", str(run)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env=environment)

    def report(self, run):
        return self.call("report", run, "--format", "json", "--fits")


def undisturbed(sweep, run):
    start, process, lags = time.monotonic(), sweep.start(run), []
    while process.poll() is None:
        time.sleep(0.5)
        done = sum(map(len, finished(run).values()))  # first: what comes meanwhile is no lag
        lags.append(done - len(recorded(run)))
    seconds = time.monotonic() - start
    if process.returncode != 0:
        sys.exit(f"the run ended with {process.returncode}")
    files = [path for path in run.rglob("*") if path.is_file()]
    kept = sum(path.stat().st_size for path in run.glob("segments/*/*.bin"))
    fits = len(recorded(run))
    print(f"{fits} fits in {seconds:.1f} s ({fits / seconds:.1f} a second, start and end included), "
          f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB, of which "
          f"{kept / 1e6:.1f} MB are artefacts")
    print(f"finished but not recorded, at {len(lags)} looks: at most {max(lags)} fits")
    return seconds


def kill_all(process):
    victims = subprocess.run(["ps", "-o", "pid=", "-s", str(process.pid)], capture_output=True,
                             text=True).stdout.split()
    for pid in victims:
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


def disturbed(sweep, run, kills, seconds, rng):
    """Kills everything at random moments of the run; the most cohorts a worker had started in vain."""
    good, worst = True, 0
    for kill in range(kills):
        before = recorded(run)
        process = sweep.start(run)
        time.sleep(1 + rng.uniform(0, seconds / kills))
        kill_all(process)
        after = recorded(run)
        safe = set(after)
        if after[:len(before)] != before or len(safe) != len(after):
            print(f"kill {kill}: a recorded fit was lost, or trained twice")
            good = False
        for path, ids in finished(run).items():
            vain = sum(fit not in safe for fit in ids)
            worst = max(worst, -(-vain // COHORT))
    process = sweep.start(run)
    if process.wait() != 0:
        good = False
    print(f"{kills} kills: at most {worst} cohorts of a worker were finished and not recorded")
    return good and worst <= 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="build/crossfold")
    parser.add_argument("--fits", type=int, default=10000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        sweep = Sweep(options, work)
        seconds = undisturbed(sweep, work / "whole")
        good = disturbed(sweep, work / "killed", options.kills, seconds, random.Random(options.seed))
        same = sweep.report(work / "whole") == sweep.report(work / "killed")
        print("the tables are", "identical" if same else "DIFFERENT")
        sys.exit(0 if good and same else 1)


main()
