#!/usr/bin/env bash
# The top level holds what it should, no more and no less. check_layout.sh [NAME...] pretends that
# these names are there as well.
set -euo pipefail
pretended=("$@")
source "$(dirname "$0")/tracked.sh"

expected=$(LC_ALL=C sort <<'NAMES'
.ci
.clang-format
.clang-tidy
.gitignore
CMakeLists.txt
CMakePresets.json
LICENSE
README.md
data-schemas
include
jobs
slurm
src
tests
NAMES
)
found=$({ tracked '*'; printf '%s\n' "${pretended[@]}"; } | cut -d/ -f1 | sed '/^$/d' | LC_ALL=C sort -u)
if ! diff <(echo "$expected") <(echo "$found") >/dev/null; then
  echo "the top level is not as it should be (< is missing, > is one too many):"
  diff <(echo "$expected") <(echo "$found") | grep '^[<>]'
  exit 1
fi
echo "the top level is as it should be"
