#!/usr/bin/env bash
# Every shell script can be parsed, and is what it says it is: executable, or sourced by others.
set -euo pipefail
source "$(dirname "$0")/tracked.sh"

failed=0
mapfile -t scripts < <(tracked '*.sh' '*.sbatch' '.ci/run' run)
for script in "${scripts[@]}"; do
  bash -n "$script" || failed=1
  read -r first <"$script" || true
  case $first in
    '#!'*) [ -x "$script" ] || { echo "$script: not executable, but starts with $first"; failed=1; } ;;
    '# Sourced by '*) ;;
    *) echo "$script: the first line is neither '#!...' nor '# Sourced by ...'"; failed=1 ;;
  esac
done
[ "$failed" = 0 ] && echo "${#scripts[@]} scripts parse"
exit "$failed"
