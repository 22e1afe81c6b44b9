#!/usr/bin/env bash
# Every shell script can be parsed, is what it says it is (executable, or sourced by others), and
# passes shellcheck where that is installed.
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
if command -v shellcheck >/dev/null; then
  # SC2016: what is in single quotes here is meant for another shell.
  shellcheck -x -P SCRIPTDIR -e SC2016 "${scripts[@]}" || failed=1
  checked="and pass shellcheck"
fi
[ "$failed" = 0 ] && echo "${#scripts[@]} scripts parse ${checked:-; no shellcheck here}"
exit "$failed"
