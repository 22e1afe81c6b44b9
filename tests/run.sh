#!/usr/bin/env bash
# Sets up (Debian 12), builds with warnings as errors, and runs every test; then the tests of the modules
# once more under the address and undefined-behaviour sanitizers, and those of the modules with threads
# under the thread sanitizer. Arguments go to CMake, for example
#   tests/run.sh -DCMAKE_PREFIX_PATH=$HOME/libtorch
# Exit code 0: all passed. 1: a test failed, or the build. 2: something is missing to build with.
set -euo pipefail
cd "$(dirname "$0")/.."
source src/cmake/setup.sh

# The test programs that run under the sanitizers. Not among them: those that run the program, whose
# MPI leaks by itself, and of which the modules' tests see all parts but src/cli. Nor are tests marked
# slow and those of imaging_test on films of real patients: minutes each.
address=(core_test job_test hdf5_test stats_test site_test fleet_test data_test splits_test imaging_test
  plan_test train_test results_test report_test)
thread=(core_test fleet_test results_test)
slow_there='RealImages|PlantedDuplicates'

# run_sanitized PRESET TEST_PROGRAM...: builds and runs them; sets status to 1 where one fails.
run_sanitized() {
  local preset=$1 pattern
  shift
  say "Building for the preset $preset: $*"
  # Warnings are errors in the release build; here GCC 12 raises false ones.
  configure "$preset" -DCROSSFOLD_TESTS=ON "${cmake_arguments[@]}"
  build "$preset" "$@"
  say "Running them (left out: what runs the program, tests marked slow, films of real patients)"
  pattern=$(IFS='|'; echo "^($*)\\.")
  ctest --preset "$preset" --parallel "$(nproc)" -R "$pattern" -LE slow -E "$slow_there" || status=1
}

cmake_arguments=("$@")
install_packages "${build_packages[@]}" "${test_packages[@]}"

say "Building everything, warnings as errors"
configure release -DCROSSFOLD_TESTS=ON -DCROSSFOLD_WERROR=ON "$@"
build release all all_verify_interface_header_sets

say "Running all tests"
allow_mpi_here
status=0
ctest --preset release --parallel "$(nproc)" | tee build/ctest-output.txt || status=1

run_sanitized asan "${address[@]}"
run_sanitized tsan "${thread[@]}"

say "All tests of the release build again, in one line:"
grep 'tests passed' build/ctest-output.txt || status=1
exit "$status"
