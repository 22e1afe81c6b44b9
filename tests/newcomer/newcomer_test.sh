#!/usr/bin/env bash
# The commands of README.md, from the top, as they stand, in a fresh copy of the tree that has been
# built. newcomer_test.sh BUILD_FOLDER [README.md]
#
# The blocks of sh are run, all of them in one shell that ends at the first error. One that begins with
# "# needs ..." is not run, and the test says so. A block of python that begins with "# NAME.py: ..." is
# saved under that name. Blocks that call python3 are not run where it lacks h5py or pandas. Told is
# the time of each.
set -euo pipefail
build=$(realpath "$1")
here=$(cd "$(dirname "$0")/../.." && pwd)
readme=$(realpath "${2:-$here/README.md}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "newcomer_test: $*" >&2; exit 1; }

# A fresh copy, with the program where jobs/demo.sh would have built it.
copy=$work/crossfold
mkdir -p "$copy/build" "$work/bin" "$work/blocks" "$work/home"
# shellcheck source=tests/gate/tracked.sh
(cd "$here" && source tests/gate/tracked.sh && tracked '*') >"$work/files"
tar -C "$here" -cf - -T "$work/files" | tar -xf - -C "$copy"
ln -s "$build/crossfold" "$build"/libcrossfold_*.so "$copy/build/"

for python in python3 /usr/bin/python3; do
  "$python" -c 'import h5py, pandas' 2>/dev/null || continue
  ln -s "$(command -v "$python")" "$work/bin/python3"
  break
done

# blocks/01.sh, blocks/02.python, ...: the blocks of sh and python, in order.
awk -v folder="$work/blocks" '
  /^```(sh|python)$/ { file = sprintf("%s/%02d.%s", folder, ++n, substr($0, 4)); printf "" > file; next }
  /^```/ { file = "" }
  file != "" { print > file }' "$readme"

# One script of them all. begin and end are what stands around each block.
cat >"$work/all.sh" <<'SCRIPT'
begin() { block=$1 begun=$(date +%s%N); exec 3>&1 >"$said" 2>&1; }
end() {
  exec >&3 2>&1
  printf '%s took %d ms\n' "$block" $((($(date +%s%N) - begun) / 1000000))
}
trap 'code=$?; [ $code = 0 ] || { cat "$said" >&3; echo "$block ends with $code" >&3; }' EXIT
SCRIPT
ran=0
for block in "$work"/blocks/*; do
  name=$(basename "$block")
  first=$(head -n 1 "$block")
  if [[ $name == *.python ]]; then
    file=$(sed -nE 's/^# ([a-z_]+\.py): .*/\1/p' <<<"$first")
    [ -n "$file" ] || fail "$name: a block of python has no name (a first line '# NAME.py: ...')"
    cp "$block" "$copy/$file"
  elif [[ $first == '# needs '* ]]; then
    echo "$name not run: ${first#\# }"
  elif grep -q python3 "$block" && [ ! -e "$work/bin/python3" ]; then
    echo "$name not run: needs python3-h5py and python3-pandas"
  else
    { echo "begin '$name: $(grep -v '^#' "$block" | head -n 1 | tr -d "'")'"; cat "$block"; echo end; } >>"$work/all.sh"
    ran=$((ran + 1))
  fi
done

# shellcheck source=src/cmake/setup.sh
source "$here/src/cmake/setup.sh"
allow_mpi_here
export OMPI_MCA_rmaps_base_oversubscribe=1 PATH="$work/bin:$PATH" HOME="$work/home" said="$work/said"
(cd "$copy" && bash -euo pipefail "$work/all.sh") || fail "a command of $(basename "$readme") fails"
echo "$ran blocks ran"
