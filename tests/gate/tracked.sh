# Sourced by the checks beside it. Goes to the top of the tree and lists its files.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

# tracked PATTERN...: the files of the project whose names match, one a line. In a copy without git,
# every file but those of build folders.
tracked() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -- "$@" | while IFS= read -r file; do
      [ ! -e "$file" ] || printf '%s\n' "$file" # deleted, not yet committed
    done
  else
    local pattern tests=()
    for pattern in "$@"; do tests+=(-o -name "$pattern"); done
    find . -path './build*' -prune -o -path ./demo -prune -o -type f \( "${tests[@]:1}" \) -print |
      sed 's|^\./||' | sort
  fi
}

# skip REASON: tells ctest that the check could not be made here.
skip() {
  echo "skipped: $1"
  exit 77
}
