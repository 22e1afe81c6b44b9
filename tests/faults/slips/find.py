#!/usr/bin/env python3
"""Says which of the slips that plant.py planted the tests notice.

usage: find.py BUILD [--jobs N] [--seconds S] [--skip REGEX]

Runs every test of ctest once without any slip and notes which slips it reaches; then each slip against the tests that
reach it, the shortest first, until one fails or S seconds (120) have been spent on it. What is known stands in
slips-traced.jsonl and slips-found.json, so that a second call goes on, with more seconds if need be. Tests that fail
without a slip are named and not used. Exit code 0: all slips were found."""
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

SLIPS = pathlib.Path("slips.json")
TRACED = pathlib.Path("slips-traced.jsonl")
FOUND = pathlib.Path("slips-found.json")
# These look at the sources or build them once more, or need a cluster.
USUALLY_SKIPPED = r"^(gate|gpu|install|newcomer|package_deb|recipes|slurm)"


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
            passed, seconds = run(test, {"CROSSFOLD_SLIP_TRACE": str(note)}, test["limit"])
            reached = sorted({int(line) for line in note.read_text().split()}) if note.exists() else []
        with lock, TRACED.open("a") as file:
            traced = {"name": test["name"], "passed": passed, "seconds": seconds, "reached": reached}
            file.write(json.dumps(traced) + "\n")
            known.append(traced)
        if not passed:
            print(f"fails without a slip, and is not used: {test['name']}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, [test for test in tests if test["name"] not in done]))
    return [one for one in known if one["passed"]]


def look_for(slip, tests, traced, state, budget):
    """The name of a test that fails with it."""
    tried = state.setdefault("tried", [])
    spent = 0.0
    for one in sorted(traced, key=lambda of: of["seconds"]):
        if slip["number"] not in one["reached"] or one["name"] in tried or one["name"] not in tests:
            continue
        if spent > budget:
            break
        passed, seconds = run(tests[one["name"]], {"CROSSFOLD_SLIP": str(slip["number"])}, 60 + 8 * one["seconds"])
        spent += seconds
        tried.append(one["name"])
        if not passed:
            state["found"] = one["name"]
            return


def shown(slip):
    return f"{slip['number']:5} {slip['file']}:{slip['line'] + 1}  {slip['rule']}\n        {slip['new']}"


def summary(slips, states, traced):
    reached = {number for one in traced for number in one["reached"]}
    by_rule = {}
    for slip in slips:
        counts = by_rule.setdefault(slip["rule"], [0, 0])
        counts[0] += 1
        counts[1] += "found" in states[str(slip["number"])]
    for rule, (planted, found) in sorted(by_rule.items()):
        print(f"{rule:24} {found:4} of {planted:4}")
    missed = [slip for slip in slips if "found" not in states[str(slip["number"])]]
    print(f"{'all':24} {len(slips) - len(missed):4} of {len(slips):4}")
    for slip in missed:
        state = states[str(slip["number"])]
        left = sum(slip["number"] in one["reached"] for one in traced) - len(state["tried"])
        why = "no test reaches it" if slip["number"] not in reached else f"{left} tests not tried" if left > 0 else "missed"
        print(f"{shown(slip)}\n        {why}")
    return not missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--jobs", type=int, default=(os.cpu_count() or 1) + 2)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--skip", default=USUALLY_SKIPPED)
    arguments = parser.parse_args()
    slips = json.loads(SLIPS.read_text())
    tests = {test["name"]: test for test in tests_in(arguments.build, arguments.skip)}
    traced = trace(list(tests.values()), arguments.jobs)
    states = json.loads(FOUND.read_text()) if FOUND.exists() else {}
    lock = threading.Lock()

    def one(slip):
        state = states.setdefault(str(slip["number"]), {})
        if "found" not in state:
            look_for(slip, tests, traced, state, arguments.seconds)
        with lock:
            FOUND.write_text(json.dumps(states, indent=1) + "\n")

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        list(pool.map(one, slips))
    return 0 if summary(slips, states, traced) else 1


sys.exit(main())
