#!/usr/bin/env bash
# `crossfold embed` against a plain Python loop with cv2 and skimage (plain_embed.py): the same
# images, decoded, equalised and made into texture numbers, run in turn; on one core each, then on two.
#
#   tests/bench/versus_python_embed.sh MANIFEST.csv [REPEATS] [TIMES]
#
# Prints images a second, medians over the repeats (default 3), and ratios. Python is timed without
# its imports; the program by the whole command (reading the manifest, writing the store) and, behind
# it, by its own count of the embedding alone; where others use the machine, processor times are steadier.
# With two cores the program runs as one process of two threads and as two ranks of one. TIMES goes
# through the manifest so often (default 1), and the program's peak resident memory is printed for it.
# CROSSFOLD names the program (default: build/crossfold), PYTHON the interpreter (/usr/bin/python3, with
# Debian's python3-opencv and python3-skimage).
set -euo pipefail
manifest=$(realpath "${1:?usage: versus_python_embed.sh MANIFEST.csv [REPEATS] [TIMES]}")
repeats=${2:-3}
times=${3:-1}
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "${CROSSFOLD:-$here/../../build/crossfold}")
python=${PYTHON:-/usr/bin/python3}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

"$python" -c 'import cv2, skimage' 2>/dev/null || {
  echo "$python lacks cv2 or skimage. install python3-opencv python3-skimage, or name another one" \
    "in PYTHON" >&2
  exit 2
}
[ -x "$program" ] || { echo "no program at $program. build it, or name it in CROSSFOLD" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The rows so often, each with an id of its own and an absolute path.
"$python" - "$manifest" "$times" "$work/manifest.csv" <<'REPEAT'
import csv, os, sys
source, times, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rows = list(csv.DictReader(open(source, newline="")))
folder = os.path.dirname(source)
with open(target, "w", newline="") as lines:
    writer = csv.DictWriter(lines, ["id", *rows[0]])
    writer.writeheader()
    for time in range(times):
        for row in rows:
            image = os.path.join(folder, row["image"])
            writer.writerow({**row, "id": f"{row['image']}#{time}", "image": image})
REPEAT

# ours CORES COMMAND...: seconds of the whole command, its processor seconds, images a second while it
# embeds, peak KB.
ours() {
  rm -f "$work/s.h5"
  "$python" - "$@" embed "$work/manifest.csv" --store "$work/s.h5" --preprocess raw,equalized <<'TIME'
import os, re, resource, subprocess, sys, time
command = ["taskset", "-c", *sys.argv[1:]]
start = time.perf_counter()
ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
seconds = time.perf_counter() - start
if ended.returncode != 0:
    sys.exit(ended.stderr)
rate = re.search(r"images embedded in .* \((\S+) a second\)", ended.stderr).group(1)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(seconds, used.ru_utime + used.ru_stime, rate, used.ru_maxrss)
TIME
}
theirs() {
  taskset -c "$1" "$python" "$here/plain_embed.py" "$work/manifest.csv" --jobs "$2" --out "$work/x.npy" |
    "$python" -c 'import json, sys
run = json.load(sys.stdin)
print(run["seconds"], run["processor_seconds"])'
}

for _ in $(seq "$repeats"); do
  echo "one $(ours 0 "$program")"
  echo "python-one $(theirs 0 1)"
  echo "two $(ours 0,1 "$program")"
  echo "ranks $(ours 0,1 mpirun --oversubscribe -n 2 "$program")"
  echo "python-two $(theirs 0,1 2)"
done >"$work/times"
"$python" - "$work/times" "$work/manifest.csv" <<'PRINT'
import collections, csv, statistics, sys
images = sum(1 for _ in csv.DictReader(open(sys.argv[2], newline="")))
runs = collections.defaultdict(list)
for line in open(sys.argv[1]):
    name, *numbers = line.split()
    runs[name].append([float(number) for number in numbers])
rate = {name: statistics.median(images / run[0] for run in of) for name, of in runs.items()}
cpu = {name: statistics.median(run[1] for run in of) for name, of in runs.items()}
inner = {name: statistics.median(run[2] for run in runs[name]) for name in ("one", "two", "ranks")}
peak = max(run[3] for run in runs["one"])
print(f"{images} images, raw and equalised; images a second, medians of {len(runs['one'])}")
print(f"one core:  program {rate['one']:.0f} ({inner['one']:.0f}), python {rate['python-one']:.0f}: "
      f"{rate['one'] / rate['python-one']:.2f} ({inner['one'] / rate['python-one']:.2f}) times; "
      f"by processor time {cpu['python-one'] / cpu['one']:.2f} times")
for name, what in [("two", "2 threads"), ("ranks", "2 ranks  ")]:
    print(f"two cores: {what} {rate[name]:.0f} ({inner[name]:.0f}), python {rate['python-two']:.0f}: "
          f"{rate[name] / rate['python-two']:.2f} times; {rate[name] / rate['one']:.2f} "
          f"({inner[name] / inner['one']:.2f}) times one core")
print(f"peak resident memory on one core: {peak / 1024:.1f} MB")
PRINT
