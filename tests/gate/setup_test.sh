#!/usr/bin/env bash
# What jobs/demo.sh and tests/run.sh say on a machine where things are missing. Machines are played by
# functions that stand in for dpkg-query, apt-get and the like.
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch=$1 # a folder to configure in
failed=0

# expect CLAIM CODE OUTPUT COMMAND...: the command, in a shell of its own, ends with that code and
# says all lines of OUTPUT, in order.
expect() {
  local claim=$1 code=$2 wanted=$3 said got=0 line
  shift 3
  said=$("$@" 2>&1) || got=$?
  local rest=$said
  while IFS= read -r line; do
    case $rest in
      *"$line"*) rest=${rest#*"$line"} ;;
      *) got="$got, without the line: $line" ;;
    esac
  done <<<"$wanted"
  [ "$got" = "$code" ] && echo "ok: $claim" && return
  failed=1
  printf 'FAILED: %s\nexpected code %s, got %s. it said:\n%s\n' "$claim" "$code" "$got" "$said"
}

# shellcheck disable=SC2317 # called by expect
machine() { # DEBIAN ROOT COMMAND...: a machine on which libtorch-dev alone is not installed
  (
    source src/cmake/setup.sh
    local debian=$1 root=$2
    is_known_debian() { [ "$debian" = yes ]; }
    dpkg-query() { [ "${!#}" != libtorch-dev ] && echo installed; }
    as_root() { [ "$root" = yes ] && { [ "$1" = true ] || echo "as root: ${*: -1}"; }; }
    shift 2
    "$@"
  )
}

expect "on a known Debian it installs what is missing, and that only" 0 \
  "== Installing 1 packages: libtorch-dev
as root: libtorch-dev" \
  machine yes yes install_packages g++ libtorch-dev

expect "it installs nothing where nothing is missing" 0 "== All packages are there." \
  machine yes no install_packages g++ cmake

expect "without the right to install it says what to ask for, and goes on" 0 \
  "  apt-get install --no-install-recommends libtorch-dev
Going on with what is there." \
  machine yes no install_packages g++ libtorch-dev

expect "elsewhere it installs nothing" 0 \
  "== This is neither Debian 12 nor 13: nothing is installed, what is missing will be named." \
  machine no yes install_packages libtorch-dev

# shellcheck disable=SC2317 # called by expect
without_tools() { PATH=/nowhere machine no no require_tools; }
expect "it lists every tool that is missing" 2 \
  "a C++20 compiler, GCC 12 or newer (g++)
CMake 3.25 or newer (cmake)
Ninja (ninja-build)
Open MPI 4 (libopenmpi-dev, openmpi-bin)" \
  without_tools

expect "CMake lists every library that is missing, and how to name a place" 1 \
  "  fmt (libfmt-dev)
  HDF5 (libhdf5-dev)
cmake ... -DCMAKE_PREFIX_PATH=" \
  cmake -S . -B "$scratch" -G Ninja --fresh -DCROSSFOLD_TESTS=OFF -DCMAKE_DISABLE_FIND_PACKAGE_Torch=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON -DCMAKE_DISABLE_FIND_PACKAGE_HDF5=ON

exit "$failed"
