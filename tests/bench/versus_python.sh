#!/usr/bin/env bash
# The program against a plain PyTorch + scikit-learn one (plain_cv.py): the same store, the same
# number of fits and epochs, run in turn; first on one core each, then on all cores each.
#
#   tests/bench/versus_python.sh STORE [REPEATS]
#
# Prints, for each variant, medians over the repeats (default 5) and their ratio. Python runs with
# the BLAS kernels that OpenBLAS chooses by itself and with those for AVX-512
# (OPENBLAS_CORETYPE=SkylakeX); the ratio that counts is the one against the faster.
# CROSSFOLD names the program (default: build/crossfold), PYTHON the interpreter, EPOCHS the epochs of
# a fit (default 5).
set -euo pipefail
store=${1:?usage: versus_python.sh STORE [REPEATS]}
repeats=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
program=${CROSSFOLD:-$here/../../build/crossfold}
python=${PYTHON:-python3}
epochs=${EPOCHS:-5}
cores=$(nproc)
folds=10

"$python" -c 'import torch, sklearn, h5py, joblib' 2>/dev/null || {
  echo "$python lacks torch, sklearn, h5py or joblib. install python3-torch python3-sklearn" \
    "python3-h5py python3-joblib, or name another one in PYTHON" >&2
  exit 2
}
[ -x "$program" ] || { echo "no program at $program. build it, or name it in CROSSFOLD" >&2; exit 2; }
store=$(realpath "$store")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
embedding=$("$program" store info "$store" --json | "$python" -c '
import json, sys
print(json.load(sys.stdin)["embeddings"][0]["name"])')

# write_job VARIANT SEEDS: folds x seeds fits that run all their epochs.
write_job() {
  cat >"$work/$1.json" <<JOB
{"name": "versus", "store": "$store", "embeddings": "$embedding",
 "experiments": [{"name": "task", "probe": "domain", "candidates": [{"kind": "$1"}]}],
 "splits": {"folds": $folds, "seeds": $2},
 "training": {"epochs": $epochs, "plateau": {"patience": $epochs}},
 "output": {"predictions": false, "curves": false}}
JOB
}

# ours VARIANT WORKERS: seconds of all fits by the program's own count.
ours() {
  rm -rf "$work/run"
  "$program" --quiet run "$work/$1.json" --out "$work/run" --workers "$2" >/dev/null
  "$python" - "$work/run/provenance.json" <<'READ'
import json, sys
print(sum(session["end"]["seconds"] for session in json.load(open(sys.argv[1]))["sessions"]))
READ
}

# theirs VARIANT JOBS [CORETYPE]
theirs() {
  env ${3:+OPENBLAS_CORETYPE=$3} OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 \
    "$python" "$here/plain_cv.py" "$store" --variant "$1" --folds $folds --fits $folds \
    --epochs "$epochs" --jobs "$2" |
    "$python" -c 'import json, sys; print(json.load(sys.stdin)["wall_s"])'
}

echo "$folds fits of $epochs epochs each, probe included; seconds a fit and epoch, medians of $repeats"
for variant in baseline disentangled; do write_job "$variant" 1; done
for jobs in 1 $([ "$cores" -gt 1 ] && echo "$cores"); do
  for variant in baseline disentangled; do
    : >"$work/times"
    for _ in $(seq "$repeats"); do
      {
        echo "ours $(ours "$variant" "$jobs")"
        echo "python $(theirs "$variant" "$jobs")"
        echo "python-avx512 $(theirs "$variant" "$jobs" SkylakeX)"
      } >>"$work/times"
    done
    "$python" - "$work/times" "$variant" "$jobs" $((folds * epochs)) <<'PRINT'
import collections, statistics, sys
times = collections.defaultdict(list)
for line in open(sys.argv[1]):
    name, seconds = line.split()
    times[name].append(float(seconds))
variant, jobs, epochs = sys.argv[2], sys.argv[3], int(sys.argv[4])
medians = {name: statistics.median(values) / epochs for name, values in times.items()}
faster = min(medians["python"], medians["python-avx512"])
print(f"{variant:13} {jobs} core(s): program {medians['ours']:.4f}, python {medians['python']:.4f}, "
      f"with AVX-512 kernels {medians['python-avx512']:.4f}: {faster / medians['ours']:.1f} times")
PRINT
  done
done
