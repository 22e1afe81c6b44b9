#!/usr/bin/env python3
"""Compares every number of RUN/results.h5, read by h5py, with the line that RUN/journal.jsonl has
for its fit, column by column, by name. Says how many values it compared, or what differs.
usage: check_results.py RUN PLACES.csv
PLACES.csv: fit,experiment,embedding,candidate,seed,fold, as the job implies them."""
import csv
import json
import math
import sys

import h5py

run, places_file = sys.argv[1:]
with open(run + "/journal.jsonl") as lines:
    journal = {line["fit"]: line for line in map(json.loads, lines) if line["kind"] == "fit"}
with open(places_file) as table:
    places = list(csv.DictReader(table))

SCORES = ["auc", "acc", "accuracy", "balanced_accuracy", "diagnostic_odds_ratio", "samples",
          "undefined_aucs", "undefined_recalls"]
CLASS_SCORES = ["auc", "sensitivity", "specificity", "precision", "f1", "support"]
FACTS = {"n_train": ("n", "train"), "n_validation": ("n", "validation"), "n_test": ("n", "test"),
         "epochs": ("training", "epochs"),
         "learning_rate_drops": ("training", "learning_rate_drops"),
         "validation_loss": ("training", "validation_loss"),
         "validation_auc": ("training", "validation_auc"), "solves": ("solver", "solves"),
         "unconverged_solves": ("solver", "unconverged"),
         "worst_gradient": ("solver", "worst_gradient")}
SETS = ["in", "oos", "probe"]

differences = []
compared = 0


def same(found, expected):
    if expected == "nan":
        return math.isnan(found)
    if expected == "inf":
        return found == math.inf
    return found == expected


def compare(where, found, expected):
    global compared
    compared += 1
    if not same(found, expected):
        differences.append(f"{where}: {found!r} instead of {expected!r}")


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def texts(dataset):
    return [text(value) for value in dataset[()]]


def check_places(group, where, expected):
    columns = {name: texts(group[name]) for name in ("fit", "embedding", "candidate")}
    columns.update({name: [str(value) for value in group[name][()]] for name in ("seed", "fold")})
    for name, values in columns.items():
        compare(f"{where}/{name} rows", len(values), len(expected))
        for row, place in enumerate(expected):
            compare(f"{where}/{name}[{row}]", values[row], place[name])


def check_index(file):
    kept = {line["fit"]: line["artefacts"] for line in journal.values() if "artefacts" in line}
    files = [text(level) for level in file["file"].attrs["levels"]]
    encodings = [text(level) for level in file["encoding"].attrs["levels"]]
    fits = texts(file["fit"])
    compare("artefacts.h5 fits", sorted(fits), sorted(kept))
    for row, fit in enumerate(fits):
        place = kept[fit]
        compare(f"file[{row}]", files[file["file"][row]], "segments/" + place["segment"])
        compare(f"encoding[{row}]", encodings[file["encoding"][row]], "safetensors")
        compare(f"sha256[{row}]", texts(file["sha256"])[row], place["sha256"])
        for name in ("offset", "bytes"):
            compare(f"{name}[{row}]", file[name][row], place[name])


def check_scores(group, where, row, scores):
    for name in SCORES:
        compare(f"{where}/{name}[{row}]", group[name][row], scores[name])
    for name in CLASS_SCORES:
        column = group["class_" + name][row]
        compare(f"{where}/class_{name}[{row}] classes", len(column), len(scores["classes"]))
        for k, of_class in enumerate(scores["classes"]):
            compare(f"{where}/class_{name}[{row}][{k}]", column[k], of_class[name])


def check_probes(group, where, row, probes):
    """Those beside the label's in the whole pool."""
    compare(f"{where}: number", len(group), len(probes))
    for i, probe in enumerate(probes):
        columns = group[str(i)]
        compare(f"{where}/{i}@of", text(columns.attrs["of"]), probe["of"])
        compare(f"{where}/{i}@within", text(columns.attrs.get("within", "")),
                probe.get("within", ""))
        compare(f"{where}/{i}/missing[{row}]", columns["missing"][row], probe["missing"])
        compare(f"{where}/{i}: a number's", "r2" in columns, "r2" in probe)
        if "r2" in columns:
            compare(f"{where}/{i}/r2[{row}]", columns["r2"][row], probe.get("r2", "nan"))
        check_scores(columns, f"{where}/{i}", row, probe["scores"])


def check_experiment(group, index):
    where = f"experiments/{index}"
    planned = [place for place in places if place["experiment"] == text(group.attrs["name"])]
    compare(where + "@expected", group.attrs["expected"], len(planned))
    done = [p for p in planned if p["fit"] in journal and "error" not in journal[p["fit"]]]
    failed = [p for p in planned if p["fit"] in journal and "error" in journal[p["fit"]]]
    check_places(group, where, done)
    check_places(group["failed"], where + "/failed", failed)
    for row, place in enumerate(failed):
        compare(f"{where}/failed/error[{row}]", texts(group["failed/error"])[row],
                journal[place["fit"]]["error"])
    stops = [text(level) for level in group["stop"].attrs["levels"]]
    for row, place in enumerate(done):
        line = journal[place["fit"]]
        for name, (part, key) in FACTS.items():
            compare(f"{where}/{name}[{row}]", group[name][row], line[part][key])
        compare(f"{where}/stop[{row}]", stops[group["stop"][row]], line["training"]["stop"])
        compare(f"{where}/artefacts_sha256[{row}]", texts(group["artefacts_sha256"])[row],
                line.get("artefacts", {}).get("sha256", ""))
        for scored in SETS:
            if scored not in group:
                compare(f"{where}: {scored} in the journal", scored in line, False)
                continue
            check_scores(group[scored], f"{where}/{scored}", row, line[scored])
        compare(f"{where}: probes in the journal", "probes" in line, "probes" in group)
        if "probes" in group:
            check_probes(group["probes"], f"{where}/probes", row, line["probes"])
        named = list(group.get("sets", {}))
        compare(f"{where}/sets", len(named), len(line.get("sets", [])))
        for name, scores in zip(named, line.get("sets", [])):
            check_scores(group["sets"][name], f"{where}/sets/{name}", row, scores)
    known = set(FACTS) | {"fit", "embedding", "candidate", "seed", "fold", "stop", "failed",
                         "artefacts_sha256"}
    known |= set(SETS) | {"probes", "sets"}
    compare(where + ": columns nobody compared", sorted(set(group) - known), [])
    for scored in set(SETS) & set(group):
        known = set(SCORES) | {"class_" + name for name in CLASS_SCORES}
        compare(f"{where}/{scored}: columns nobody compared",
                sorted(set(group[scored]) - known), [])


with h5py.File(run + "/results.h5") as file:
    for index in file["experiments"]:
        check_experiment(file["experiments"][index], index)

with h5py.File(run + "/artefacts.h5") as file:
    check_index(file)

for difference in differences[:20]:
    print(difference)
print(f"{compared} values compared, {len(differences)} differ")
sys.exit(1 if differences else 0)
