#!/usr/bin/env bash
# Sets up (Debian 12 or 13), builds with warnings as errors, and runs every test. Arguments go to CMake, for
# example
#   tests/run.sh -DCMAKE_PREFIX_PATH=$HOME/libtorch
# Exit code 0: all passed. 1: a test failed, or the build. 2: something is missing to build with.
set -euo pipefail
cd "$(dirname "$0")/.."
source src/cmake/setup.sh
source tests/what_failed.sh

install_packages "${build_packages[@]}" "${test_packages[@]}"

say "Building everything, warnings as errors"
configure release -DCROSSFOLD_TESTS=ON -DCROSSFOLD_WERROR=ON "$@"
build release all all_verify_interface_header_sets

say "Running all tests"
allow_mpi_here
status=0
rm -f build/Testing/Temporary/LastTestsFailed.log
# More at a time than there are cores: some wait most of the time.
ctest --preset release --parallel "$(($(nproc) + 2))" | tee build/ctest-output.txt || status=1

# Tests of a suite that could not be set up count as skipped.
if grep -a 'SetUpTestSuite or TearDownTestSuite' build/Testing/Temporary/LastTest.log | sort -u; then
  status=1
fi

what_failed build
exit "$status"
