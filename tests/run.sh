#!/usr/bin/env bash
# Sets up (Debian 12), builds with warnings as errors, and runs every test; then the unit tests once
# more under the address and undefined-behaviour sanitizers. Arguments go to CMake, for example
#   tests/run.sh -DCMAKE_PREFIX_PATH=$HOME/libtorch
# Exit code 0: all passed. 1: a test failed, or the build. 2: something is missing to build with.
set -euo pipefail
cd "$(dirname "$0")/.."
source src/cmake/setup.sh

# The modules whose tests run under the sanitizers. Not among them: train, whose LibTorch sources take
# minutes to compile this way; mpi, where Open MPI itself leaks; cli, which needs both.
sanitized=(core job hdf5 stats fleet data imaging plan results report)

install_packages "${build_packages[@]}" "${test_packages[@]}"

say "Building everything, warnings as errors"
configure release -DCROSSFOLD_TESTS=ON -DCROSSFOLD_WERROR=ON "$@"
build release all all_verify_interface_header_sets

say "Running all tests"
allow_mpi_here
status=0
ctest --preset release --parallel "$(nproc)" | tee build/ctest-output.txt || status=1

say "Building the tests of ${sanitized[*]} with sanitizers"
configure asan -DCROSSFOLD_TESTS=ON -DCROSSFOLD_WERROR=ON "$@"
build asan "${sanitized[@]/%/_test}"

say "Running them under the sanitizers (left out: train, mpi, cli, and tests marked slow)"
pattern=$(IFS='|'; echo "^(${sanitized[*]})_test\\.")
ctest --preset asan --parallel "$(nproc)" -R "$pattern" -LE slow || status=1

say "All tests of the release build again, in one line:"
grep 'tests passed' build/ctest-output.txt || status=1
exit "$status"
