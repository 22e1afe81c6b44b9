#!/usr/bin/env python3
"""Compares what `crossfold export` wrote of a run with its results.h5 and artefacts, read by h5py.
Prints how many values it compared, or what differs and ends with 1.
usage: check_exports.py fits RUN FITS.csv
       check_exports.py curves RUN CURVES.csv
       check_exports.py mlflow RUN FITS.csv DIRECTORY
       check_exports.py places RUN SAMPLES.csv k-fold|hold-out|left-out
places: which fits results.h5 has, and how many samples each held out, beside the samples of the
store; SAMPLES.csv is what `crossfold store export` writes of it."""
import collections
import csv
import itertools
import hashlib
import json
import math
import os
import re
import sys

import h5py
import numpy as np

differences = []
compared = 0


def same(text, value):
    if isinstance(value, str):
        return text == value
    if math.isnan(value):
        return text == "nan"
    return text not in ("", "nan") and float(text) == value


def compare(where, text, value):
    global compared
    compared += 1
    if not same(text, value):
        differences.append(f"{where}: {text!r} instead of {value!r}")


def lines_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def groups_of(experiment):
    """Groups of scores with the prefix of their columns."""
    for name in ("in", "oos", "probe"):
        if name in experiment:
            yield name + ".", experiment[name]
    for name in experiment.get("sets", {}):
        yield f"sets.{name}.", experiment["sets"][name]
    for number in experiment.get("probes", {}):
        group = experiment["probes"][number]
        within = f".within.{group.attrs['within']}" if "within" in group.attrs else ""
        yield f"probes.{group.attrs['of']}{within}.", group


def numbers_of(experiment, row):
    """Column and value of every number of a fit."""
    for name, values in experiment.items():
        if isinstance(values, h5py.Dataset) and values.dtype.kind in "if" and name != "stop":
            yield name, float(values[row])
    stop = experiment["stop"]
    yield "stop", stop.attrs["levels"][stop[row]]
    for prefix, group in groups_of(experiment):
        levels = list(group.attrs["levels"])
        is_evaluated = group["samples"][row] > 0
        for name, values in group.items():
            if name in ("balanced_accuracy", "diagnostic_odds_ratio") and len(levels) != 2:
                continue
            if values.ndim == 1 and (is_evaluated or name in ("missing", "r2")):
                yield prefix + name, float(values[row])
            elif values.ndim == 2 and is_evaluated:
                for k, level in enumerate(levels):
                    yield f"{prefix}{name}.{level}", float(values[row][k])


def flat(settings, path=""):
    for key, value in settings.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield from flat(value, name)
        elif key not in ("name", "parameters"):
            yield name, value if isinstance(value, str) else json.dumps(value)


def check_fits(run, path):
    lines = {(line["experiment"], line["embedding"], line["candidate"], line["fit"]): line
             for line in lines_of(path)}
    done = 0
    with h5py.File(f"{run}/results.h5") as file:
        job = json.loads(file.attrs["job"])
        for index, experiment in file["experiments"].items():
            of = job["experiments"][int(index)]
            settings = {one["name"]: dict(flat(one)) for one in of["candidates"]}
            for row in range(len(experiment["fit"])):
                place = [experiment[name].asstr()[row] for name in ("embedding", "candidate", "fit")]
                line = lines[(of["name"], *place)]
                done += 1
                compare(f"{place} state", line["state"], "done")
                for name, value in numbers_of(experiment, row):
                    compare(f"{place} {name}", line[name], value)
                for name, value in settings[place[1]].items():
                    number = re.fullmatch(r"-?[0-9.e+-]+", value)
                    compare(f"{place} {name}", line[name], float(value) if number else value)
    if done != sum(line["state"] == "done" for line in lines.values()):
        differences.append(f"{done} fits in results.h5, not as many in {path}")


def rows_of(group, columns):
    """A dictionary for each fit."""
    values = [group[name].asstr()[:] if group[name].dtype.kind == "O" else group[name][:]
              for name in columns]
    return [dict(zip(columns, row)) for row in zip(*(column.tolist() for column in values))]


def check_complete(where, group, dimensions):
    """Every combination of what a fit may be, once; `dimensions`: column and its values."""
    found = sorted(tuple(row.values()) for row in rows_of(group, list(dimensions)))
    wanted = sorted(itertools.product(*dimensions.values()))
    compare(f"{where}: fits", str(found), str(wanted))
    compare(f"{where}@expected", str(group.attrs["expected"]), float(len(wanted)))
    for name in {"fold", "left_out", "source", "inner_fold"} - set(dimensions):
        compare(f"{where}: has a column {name}", str(name in group), "False")


SIZES = ["n_train", "n_validation", "n_test"]


def size(row):
    """n_train holds the validation samples too."""
    compare(f"{row} validation", str(row["n_validation"] < row["n_train"]), "True")
    return row["n_train"] + row["n_test"]


def check_places(run, path, scheme):
    with h5py.File(f"{run}/results.h5") as file:
        job = json.loads(file.attrs["job"])
        out = job.get("roles", {}).get("oos", {}).get("domain", [])
        sources = collections.Counter(line["domain"] for line in lines_of(path)
                                      if line["domain"] not in out)
        samples = sum(sources.values())
        splits = job["splits"]
        for index, experiment in file["experiments"].items():
            of = job["experiments"][int(index)]
            base = {"embedding": job["embeddings"], "candidate": [c["name"] for c in of["candidates"]],
                    "seed": range(splits["seeds"])}
            place = {"k-fold": {"fold": range(splits.get("folds", 0))}, "hold-out": {},
                     "left-out": {"left_out": sorted(sources)}}[scheme]
            check_complete(index, experiment, {**base, **place})
            held_out = collections.Counter()
            for row in rows_of(experiment, [*base, *place, *SIZES]):
                compare(f"{row} samples", str(size(row)), float(samples))
                if "left_out" in row:
                    compare(f"{row} held out", str(row["n_test"]), float(sources[row["left_out"]]))
                held_out[row["candidate"], row["seed"]] += row["n_test"]
            for key, tested in held_out.items():
                whole = tested == samples if scheme != "hold-out" else tested < samples / 2
                compare(f"{key} tested", str(whole), "True")
            if "source_out" in experiment:
                group = experiment["source_out"]
                check_complete(f"{index}/source_out", group, {**base, "source": sorted(sources)})
                for row in rows_of(group, ["source", *SIZES]):
                    compare(f"{row} samples", str(size(row)), float(samples))
                    compare(f"{row} held out", str(row["n_test"]), float(sources[row["source"]]))
            if "nested" in experiment:
                group = experiment["nested"]
                inner = range(of["sweep"]["nested"]["folds"])
                drawn = {**base, "candidate": sorted(set(group["candidate"].asstr()[:]))}
                check_complete(f"{index}/nested", group, {**drawn, **place, "inner_fold": inner})
                outer = {(row["seed"], row["fold"]): row["n_test"]
                         for row in rows_of(experiment, ["seed", "fold", "n_test"])}
                tested = collections.Counter()
                for row in rows_of(group, ["candidate", "seed", "fold", "inner_fold", *SIZES]):
                    rest = samples - outer[row["seed"], row["fold"]]
                    compare(f"{row} samples", str(size(row)), float(rest))
                    tested[row["candidate"], row["seed"], row["fold"]] += row["n_test"]
                for (candidate, seed, fold), count in tested.items():
                    compare(f"{candidate} seed {seed} fold {fold} tested", str(count),
                            float(samples - outer[seed, fold]))


def curves_of(run):
    """By fit, its learning curves as safetensors has them."""
    curves = {}
    with h5py.File(f"{run}/artefacts.h5") as index:
        for row, fit in enumerate(index["fit"].asstr()[:]):
            with open(f"{run}/{index['file'].attrs['levels'][index['file'][row]]}", "rb") as file:
                file.seek(index["offset"][row])
                document = file.read(index["bytes"][row])
            assert hashlib.sha256(document).hexdigest() == index["sha256"].asstr()[row]
            begin = 8 + int.from_bytes(document[:8], "little")
            header = json.loads(document[8:begin])
            curves[fit] = {name.removeprefix("curves."):
                           np.frombuffer(document[begin + entry["data_offsets"][0]:
                                                  begin + entry["data_offsets"][1]], "<f8")
                           for name, entry in header.items() if name.startswith("curves.")}
    return curves


def check_curves(run, path):
    epochs = {}
    for line in lines_of(path):
        epochs.setdefault((line["candidate"], line["fit"]), []).append(line)
    curves = curves_of(run)
    for (_, fit), lines in epochs.items():
        for name, values in curves[fit].items():
            if len(values) not in (0, len(lines)):
                differences.append(f"{fit} {name}: {len(lines)} lines, {len(values)} epochs")
            for epoch, value in enumerate(values):
                compare(f"{fit} {name} {epoch}", lines[epoch][name], float(value))
                compare(f"{fit} epoch", lines[epoch]["epoch"], float(epoch))
            if len(values) == 0 and any(line[name] for line in lines):
                differences.append(f"{fit} {name}: does not apply, but is not empty")
    fits_with_curves = {fit for fit, of in curves.items() if any(len(v) for v in of.values())}
    if fits_with_curves != {fit for _, fit in epochs}:
        differences.append(f"other fits in {path} than have learning curves")


# What MLflow demands of names and ids (mlflow.utils.validation).
NAME = re.compile(r"^[/\w.\- ]*$")
RUN_ID = re.compile(r"^[a-zA-Z0-9][\w\-]{0,255}$")
EXPERIMENT_ID = re.compile(r"^[a-zA-Z0-9][\w\-]{0,63}$")
# What it reads from meta.yaml (FileStore, mlflow.entities).
EXPERIMENT_KEYS = {"artifact_location": str, "creation_time": int, "experiment_id": str,
                   "last_update_time": int, "lifecycle_stage": str, "name": str}
RUN_KEYS = {"artifact_uri": str, "end_time": int, "entry_point_name": str, "experiment_id": str,
            "lifecycle_stage": str, "run_id": str, "run_name": str, "run_uuid": str,
            "source_name": str, "source_type": int, "source_version": str, "start_time": int,
            "status": int, "tags": list, "user_id": str}


def check_meta(path, keys):
    import yaml
    with open(f"{path}/meta.yaml") as file:
        meta = yaml.safe_load(file)
    found = {key: type(value) for key, value in meta.items()}
    if found != keys:
        differences.append(f"{path}/meta.yaml: {found}")
    if meta["lifecycle_stage"] != "active":
        differences.append(f"{path}/meta.yaml: not active")
    return meta


def files_of(folder):
    found = {}
    for name in os.listdir(folder):
        if not NAME.match(name) or len(name) > 250 or os.path.normpath(name) != name:
            differences.append(f"{folder}: MLflow refuses the name {name!r}")
        with open(f"{folder}/{name}") as file:
            found[name] = file.read()
    return found


def check_mlflow(run, fits, directory):
    lines = {}
    for line in lines_of(fits):
        if line["state"] != "missing":
            lines[(line["experiment"], line["candidate"], line["fit"])] = line
    with h5py.File(f"{run}/results.h5") as file:
        job = json.loads(file.attrs["job"])
    names = set()
    curves = curves_of(run)
    for experiment_id in os.listdir(directory):
        folder = f"{directory}/{experiment_id}"
        meta = check_meta(folder, EXPERIMENT_KEYS)
        names.add(meta["name"])
        if not EXPERIMENT_ID.match(experiment_id) or meta["experiment_id"] != experiment_id:
            differences.append(f"{folder}: another id than its folder, or none")
        for run_id in sorted(set(os.listdir(folder)) - {"meta.yaml"}):
            path = f"{folder}/{run_id}"
            if sorted(os.listdir(path)) != ["artifacts", "meta.yaml", "metrics", "params", "tags"]:
                differences.append(f"{path}: holds {os.listdir(path)}")
            one = check_meta(path, RUN_KEYS)
            if not RUN_ID.match(run_id) or {one["run_id"], one["run_uuid"]} != {run_id} \
                    or one["experiment_id"] != experiment_id or one["source_type"] != 4 \
                    or one["end_time"] < one["start_time"]:
                differences.append(f"{path}/meta.yaml: {one}")
            params, tags = files_of(f"{path}/params"), files_of(f"{path}/tags")
            metrics = files_of(f"{path}/metrics")
            line = lines.pop((params["experiment"], params["candidate"], tags["crossfold.fit"]))
            compare(path, f"{job['name']}/{params['experiment']}", meta["name"])
            compare(path, str(one["status"]), 3.0 if line["state"] == "done" else 4.0)
            compare(path, tags["mlflow.runName"], one["run_name"])
            check_values(path, line, params, metrics, curves.get(tags["crossfold.fit"], {}))
    if names != {f"{job['name']}/{of['name']}" for of in job["experiments"]}:
        differences.append(f"the experiments are {names}")
    for line in lines.values():
        differences.append(f"{line['fit']}: no run")


def check_values(path, line, params, metrics, curves):
    """Params and metrics against the fit's line: what is not empty stands in exactly one of them."""
    wanted = {name for name, value in line.items() if value} - {"fit", "state", "stop", "error"}
    found = set(params) | {name for name in metrics if not name.startswith("curves.")}
    if wanted != found:
        differences.append(f"{path}: {wanted ^ found} in one place alone")
    for name, value in params.items():
        compare(f"{path} {name}", value, line[name])
    for name, text in metrics.items():
        steps = [entry.split(" ") for entry in text.splitlines()]
        values = curves.get(name.removeprefix("curves."), []) if name.startswith("curves.") else None
        expected = [line[name]] if values is None else [repr(float(value)) for value in values]
        if [int(step) for _, _, step in steps] != list(range(len(expected))):
            differences.append(f"{path} {name}: steps {steps}")
        for (time, value, _), of in zip(steps, expected):
            int(time)
            compare(f"{path} {name}", value, float(of))


{"fits": check_fits, "curves": check_curves, "mlflow": check_mlflow,
 "places": check_places}[sys.argv[1]](*sys.argv[2:])
for difference in differences[:20]:
    print(difference)
print(f"{compared} values compared, {len(differences)} differences")
sys.exit(1 if differences or compared == 0 else 0)
