#!/bin/bash
# With nvcc hidden, CMake leaves the kernels for GPUs out or says what it lacks; where nvcc is, it takes it.
#
#   configure_test.sh CMAKE COMPILER
set -euo pipefail
cmake="$1" compiler="$2"
here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

fail() { echo "configure_test: $*" >&2; cat "$work/log" >&2; exit 1; }

# configure NAME [ARGUMENTS ...]: the exit code is CMake's.
configure() {
  local name=$1
  shift
  "$cmake" -G Ninja -S "$here/configure" -B "$work/$name" -DCMAKE_CXX_COMPILER="$compiler" "$@" > "$work/log" 2>&1
}

# The same where no nvcc is found: not on the path, not where NVIDIA puts it, not by name.
without_nvcc() {
  local path=$PATH directory hidden=/usr/local/cuda/bin
  while directory="$(dirname "$(PATH=$path command -v nvcc)")" && [ "$directory" != . ]; do
    [ "$directory" != "$(dirname "$compiler")" ] || { echo "nvcc is beside the compiler: it cannot be hidden"; exit 77; }
    hidden="$hidden;$directory"
    path="$(tr ':' '\n' <<< "$path" | grep -vxF "$directory" | paste -sd:)"
  done
  env -u CUDACXX -u CUDA_PATH PATH="$path" bash -euc "$(declare -f configure)"'; configure "$@"' _ "$@" \
    "-DCMAKE_IGNORE_PATH=$hidden"
}
export -f configure
export cmake here work compiler

says() { tr '\n' ' ' < "$work/log" | tr -s ' ' | grep -qF -- "$1" || fail "CMake does not say: $1"; }

without_nvcc auto -DCROSSFOLD_CUDA=AUTO || fail "AUTO needs nvcc"
says "Kernels for GPUs: FALSE"
! without_nvcc on -DCROSSFOLD_CUDA=ON || fail "ON does without nvcc"
says "CROSSFOLD_CUDA is ON, and nvcc is not found. Version 12 or newer is needed: name it with CUDACXX=/path/to/nvcc, or leave CROSSFOLD_CUDA out."
! configure word -DCROSSFOLD_CUDA=yes || fail "takes any word"
says "CROSSFOLD_CUDA is yes. It is one of AUTO, ON, OFF."
configure off -DCROSSFOLD_CUDA=OFF || fail "OFF fails"
! grep -q 'Kernels for GPUs: TRUE' "$work/log" || fail "OFF builds them"

if ! command -v nvcc > /dev/null && [ ! -x /usr/local/cuda/bin/nvcc ]; then
  echo "no nvcc is here: that it is taken was not checked"
  exit 0
fi
configure found -DCROSSFOLD_CUDA=AUTO || fail "AUTO fails beside nvcc"
says "Kernels for GPUs: TRUE"
