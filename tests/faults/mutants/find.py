#!/usr/bin/env python3
"""Says which of the mutants that plant.py planted the tests notice.

usage: find.py BUILD [--jobs N] [--seconds S] [--skip REGEX]

Runs every test of ctest once without any mutant and notes which mutants it reaches; then each mutant against the tests that
reach it, the shortest first, until one fails or S seconds (120) have been spent on it. What is known stands in
mutants-traced.jsonl and mutants-found.json, so that a second call goes on, with more seconds if need be. Tests that fail
without a mutant are named and not used. Exit code 0: all mutants were found."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

MUTANTS = pathlib.Path("mutants.json")
TRACED = pathlib.Path("mutants-traced.jsonl")
FOUND = pathlib.Path("mutants-found.json")
# These look at the sources or build them once more, or need a cluster.
USUALLY_SKIPPED = r"^(gate|gpu|install|newcomer|recipes|slurm)"


def tests_in(build, skip):
    listed = json.loads(subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, check=True, capture_output=True,
                                       text=True).stdout)["tests"]
    for test in listed:
        properties = {one["name"]: one["value"] for one in test.get("properties", [])}
        if "command" in test and not properties.get("DISABLED") and not re.search(skip, test["name"]):
            yield {"name": test["name"], "command": test["command"], "folder": properties.get("WORKING_DIRECTORY", build),
                   "environment": dict(pair.split("=", 1) for pair in properties.get("ENVIRONMENT", [])),
                   "skipped": properties.get("SKIP_RETURN_CODE"), "limit": float(properties.get("TIMEOUT", 1500))}


def run(test, environment, limit):
    """Whether it passed, and in how many seconds. Its whole process group ends with it."""
    start = time.monotonic()
    child = subprocess.Popen(test["command"], cwd=test["folder"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, start_new_session=True,
                             env={**os.environ, **test["environment"], **environment})
    try:
        code = child.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        code = child.wait() or 1
    return code in (0, test["skipped"]), time.monotonic() - start


def trace(tests, jobs):
    known = [json.loads(line) for line in TRACED.read_text().splitlines()] if TRACED.exists() else []
    done = {one["name"] for one in known}
    lock = threading.Lock()

    def one(test):
        with tempfile.TemporaryDirectory() as folder:
            note = pathlib.Path(folder) / "reached"
            passed, seconds = run(test, {"CROSSFOLD_MUTANT_TRACE": str(note)}, test["limit"])
            reached = sorted({int(line) for line in note.read_text().split()}) if note.exists() else []
        with lock, TRACED.open("a") as file:
            traced = {"name": test["name"], "passed": passed, "seconds": seconds, "reached": reached}
            file.write(json.dumps(traced) + "\n")
            known.append(traced)
        if not passed:
            print(f"fails without a mutant, and is not used: {test['name']}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, [test for test in tests if test["name"] not in done]))
    return [one for one in known if one["passed"]]


def look_for(mutant, tests, traced, state, budget):
    """The name of a test that fails with it."""
    tried = state.setdefault("tried", [])
    spent = 0.0
    for one in sorted(traced, key=lambda of: of["seconds"]):
        if mutant["number"] not in one["reached"] or one["name"] in tried or one["name"] not in tests:
            continue
        if spent > budget:
            break
        passed, seconds = run(tests[one["name"]], {"CROSSFOLD_MUTANT": str(mutant["number"])}, 60 + 8 * one["seconds"])
        spent += seconds
        tried.append(one["name"])
        if not passed:
            state["found"] = one["name"]
            return


def shown(mutant):
    return f"{mutant['number']:5} {mutant['file']}:{mutant['line'] + 1}  {mutant['rule']}\n        {mutant['new']}"


def summary(mutants, states, traced):
    reached = {number for one in traced for number in one["reached"]}
    by_rule = {}
    for mutant in mutants:
        counts = by_rule.setdefault(mutant["rule"], [0, 0])
        counts[0] += 1
        counts[1] += "found" in states[str(mutant["number"])]
    for rule, (planted, found) in sorted(by_rule.items()):
        print(f"{rule:24} {found:4} of {planted:4}")
    missed = [mutant for mutant in mutants if "found" not in states[str(mutant["number"])]]
    print(f"{'all':24} {len(mutants) - len(missed):4} of {len(mutants):4}")
    for mutant in missed:
        state = states[str(mutant["number"])]
        left = sum(mutant["number"] in one["reached"] for one in traced) - len(state["tried"])
        why = "no test reaches it" if mutant["number"] not in reached else f"{left} tests not tried" if left > 0 else "missed"
        print(f"{shown(mutant)}\n        {why}")
    return not missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--jobs", type=int, default=(os.cpu_count() or 1) + 2)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--skip", default=USUALLY_SKIPPED)
    arguments = parser.parse_args()
    mutants = json.loads(MUTANTS.read_text())
    tests = {test["name"]: test for test in tests_in(arguments.build, arguments.skip)}
    traced = trace(list(tests.values()), arguments.jobs)
    states = json.loads(FOUND.read_text()) if FOUND.exists() else {}
    lock = threading.Lock()

    def one(mutant):
        state = states.setdefault(str(mutant["number"]), {})
        if "found" not in state:
            look_for(mutant, tests, traced, state, arguments.seconds)
        with lock:
            FOUND.write_text(json.dumps(states, indent=1) + "\n")

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        list(pool.map(one, mutants))
    return 0 if summary(mutants, states, traced) else 1


sys.exit(main())
