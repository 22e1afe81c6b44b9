#!/usr/bin/env bash
# Sets up (Debian 12), builds with warnings as errors, and runs every test; then the unit tests once
# more under the address and undefined-behaviour sanitizers. Arguments go to CMake, for example
#   tests/run.sh -DCMAKE_PREFIX_PATH=$HOME/libtorch
# Exit code 0: all passed. 1: a test failed, or the build. 2: something is missing to build with.
set -euo pipefail
cd "$(dirname "$0")/.."
source src/cmake/setup.sh

# The test programs that run under the sanitizers. Not among them: train_test, whose LibTorch sources
# take minutes to compile this way; mpi_test, where Open MPI itself leaks; those that run the program,
# which needs both. Nor are the tests of imaging_test on films of real patients: minutes each.
sanitized=(core_test job_test hdf5_test stats_test fleet_test data_test splits_test imaging_test
  plan_test results_test report_test)

install_packages "${build_packages[@]}" "${test_packages[@]}"

say "Building everything, warnings as errors"
configure release -DCROSSFOLD_TESTS=ON -DCROSSFOLD_WERROR=ON "$@"
build release all all_verify_interface_header_sets

say "Running all tests"
allow_mpi_here
status=0
ctest --preset release --parallel "$(nproc)" | tee build/ctest-output.txt || status=1

say "Building with sanitizers: ${sanitized[*]}"
# Warnings are errors in the release build; here GCC 12 raises false ones.
configure asan -DCROSSFOLD_TESTS=ON "$@"
build asan "${sanitized[@]}"

say "Running them (left out: train, mpi, what runs the program, tests marked slow, films of real patients)"
pattern=$(IFS='|'; echo "^(${sanitized[*]})\\.")
ctest --preset asan --parallel "$(nproc)" -R "$pattern" -LE slow \
  -E 'RealImages|PlantedDuplicates' || status=1

say "All tests of the release build again, in one line:"
grep 'tests passed' build/ctest-output.txt || status=1
exit "$status"
