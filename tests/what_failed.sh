# Sourced by tests/run.sh and tests/sanitizers/run.sh.
# shellcheck shell=bash

# what_failed BUILD: of each test that failed there, the lines that say why.
what_failed() {
  local results=$1/Testing/Temporary name
  [ -f "$results/LastTestsFailed.log" ] || return 0
  while IFS=: read -r _ name; do
    say "Failed: $name"
    awk -v name="$name" '/^[0-9]+\/[0-9]+ Testing: / { wanted = substr($0, index($0, "Testing: ") + 9) == name } wanted' \
      "$results/LastTest.log" >"$results/failed.txt"
    grep -a -A 8 'Failure$' "$results/failed.txt" | head -n 100 | grep . || tail -n 40 "$results/failed.txt"
  done <"$results/LastTestsFailed.log"
}
