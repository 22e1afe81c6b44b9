#!/usr/bin/env bash
# clang-tidy, warnings as errors, in sources and in the headers of the project that they include.
# tidy.sh FILE... looks at those sources. Without files it looks at what changed against the parent
# commit, a changed header through a source that includes it, if that is a handful: files that include
# LibTorch take minutes each and are left out then. CROSSFOLD_BUILD names the build folder (default:
# build).
set -euo pipefail
files=("$@")
for i in "${!files[@]}"; do files[i]=$(realpath "${files[i]}"); done
source "$(dirname "$0")/tracked.sh"

handful=10
build=${CROSSFOLD_BUILD:-build}
tidy=$(command -v clang-tidy-14 || command -v clang-tidy || true)
[ -n "$tidy" ] || skip "no clang-tidy here. install clang-tidy 14"
[ -f "$build/compile_commands.json" ] || skip "no $build/compile_commands.json. configure first"

commands=$(mktemp -d)
trap 'rm -rf "$commands"' EXIT
python3 tests/gate/commands_by_source.py "$build/compile_commands.json" >"$commands/compile_commands.json"

if [ ${#files[@]} -eq 0 ]; then
  git rev-parse -q --verify 'HEAD^' >/dev/null 2>&1 || skip "no parent commit to compare with"
  changed=(git diff --name-only --diff-filter=d 'HEAD^' --)
  mapfile -t files < <({
    "${changed[@]}" '*.cpp'
    while IFS= read -r header; do
      git grep -lE "[\"/]${header##*/}\"" -- "*/$(basename "$header" .h).cpp" 'src/*.cpp' 'tests/*.cpp' | head -1
    done < <("${changed[@]}" '*.h')
  } | grep -vE '^(src/train/reference|src/imaging/networks|tests/train)/' | sort -u | while IFS= read -r file; do
    if grep -qF "/$file\"" "$commands/compile_commands.json"; then echo "$file"; fi
  done)
  [ ${#files[@]} -gt 0 ] || skip "no C++ source changed, but for those that include LibTorch"
  [ ${#files[@]} -le $handful ] ||
    skip "${#files[@]} files changed, more than a handful. name some: tests/gate/tidy.sh FILE..."
fi
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" \
  "$tidy" -p "$commands" --quiet --warnings-as-errors='*' --extra-arg=-Wno-unknown-warning-option
echo "${#files[@]} files pass clang-tidy"
