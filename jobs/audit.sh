#!/usr/bin/env bash
# Audits the run that jobs/demo.sh leaves, then a copy of it in which one score was forged and its
# checksum repaired, as somebody would who wants not to be found. The copy stays in demo/.
set -euo pipefail
cd "$(dirname "$0")/.."
source src/cmake/setup.sh

run=demo/shortcut.run
if [ ! -e "$run/results.h5" ]; then
  echo "There is no finished demo in $run. Run jobs/demo.sh first."
  exit 2
fi

say "What can be believed of the demo? (a shortcut was planted in it, so confounding is to be found)"
build/crossfold audit "$run" --out demo/shortcut.audit || [ $? = 1 ]

say "A forger raises an AUC in the journal to 0.999, and repairs the line's checksum"
forged=demo/forged.run
rm -rf "$forged" # of an earlier time
cp -r "$run" "$forged"
number=$(grep -n -m 1 '"kind":"fit"' "$forged/journal.jsonl" | cut -d : -f 1)
line=$(sed -n "${number}p" "$forged/journal.jsonl" |
  sed -E 's/,"checksum":"[0-9a-f]{32}"\}$/}/; s/("in":\{[^{]*"auc":)0\.[0-9]+/\10.999/')
checksum=$(printf '%s' "$line" | sha256sum | cut -c 1-32)
{
  head -n $((number - 1)) "$run/journal.jsonl"
  printf '%s,"checksum":"%s"}\n' "${line%\}}" "$checksum"
  tail -n +$((number + 1)) "$run/journal.jsonl"
} >"$forged/journal.jsonl"

say "Every checksum fits. The audit of the forged copy:"
code=0
build/crossfold audit "$forged" --rules INT,REP || code=$?
if [ "$code" != 1 ]; then
  echo "The forgery was not found (exit code $code)."
  exit 1
fi
say "Found. The audit of the demo is in demo/shortcut.audit (audit.json, audit.txt)."
