#!/usr/bin/env bash
# Sets up (Debian 12 or 13), builds with warnings as errors, and runs every test; then the unit tests once
# more under the address and undefined-behaviour sanitizers. Arguments go to CMake, for example
#   tests/run.sh -DCMAKE_PREFIX_PATH=$HOME/libtorch
# Exit code 0: all passed. 1: a test failed, or the build. 2: something is missing to build with.
set -euo pipefail
cd "$(dirname "$0")/.."
source src/cmake/setup.sh

# The test programs that also run under the sanitizers, with this project's libraries compiled anew and
# their own objects as they are. Not among them: train_test and what runs the program, which take longest
# there (tests/sanitizers/README.md says how to run them). Nor the tests of imaging_test on films of real
# patients: minutes each; nor 64 ranks; nor means over so many fits or draws that the same code runs again
# and again.
sanitized=(core_test job_test hdf5_test stats_test fleet_test samples_test solve_test sweep_test manifest_test
  store_test imaging_test plan_test lockstep_test mpi_test results_test study_test report_test)
too_long='RealImages*:PlantedDuplicates*:DeviceCohort.MeansOfFiftyFits*:BootstrapBias.*'

# what_failed BUILD: of each test that failed there, the lines that say why.
what_failed() {
  local results=$1/Testing/Temporary name
  [ -f "$results/LastTestsFailed.log" ] || return 0
  while IFS=: read -r _ name; do
    say "Failed: $name"
    awk -v name="$name" '/^[0-9]+\/[0-9]+ Testing: / { wanted = substr($0, index($0, "Testing: ") + 9) == name } wanted' \
      "$results/LastTest.log" >"$results/failed.txt"
    grep -a -A 8 'Failure$' "$results/failed.txt" | head -n 100 | grep . || tail -n 40 "$results/failed.txt"
  done <"$results/LastTestsFailed.log"
}

install_packages "${build_packages[@]}" "${test_packages[@]}"

say "Building everything, warnings as errors"
configure release -DCROSSFOLD_TESTS=ON -DCROSSFOLD_WERROR=ON "$@"
build release all all_verify_interface_header_sets

say "Running all tests"
allow_mpi_here
status=0
rm -f {build,build-asan}/Testing/Temporary/LastTestsFailed.log
# More at a time than there are cores: some wait most of the time.
ctest --preset release --parallel "$(($(nproc) + 2))" | tee build/ctest-output.txt || status=1

# Tests of a suite that could not be set up count as skipped.
if grep -a 'SetUpTestSuite or TearDownTestSuite' build/Testing/Temporary/LastTest.log | sort -u; then
  status=1
fi

say "Building with sanitizers: ${sanitized[*]}"
# Warnings are errors in the release build; here GCC 12 raises false ones.
configure asan -DCROSSFOLD_TESTS=ON -DCROSSFOLD_TEST_OBJECTS="$PWD/build" "$@"
build asan "${sanitized[@]}" mpi_exit_probe

say "Running them (left out: train_test, what runs the program, films of real patients, means of many fits)"
pattern=$(IFS='|'; echo "^(${sanitized[*]})(\\.|$)")
GTEST_FILTER="-$too_long" ctest --preset asan --parallel "$(nproc)" -R "$pattern" -E ranks_64 || status=1

what_failed build
what_failed build-asan
say "All tests of the release build again, in one line:"
grep 'tests passed' build/ctest-output.txt || status=1
exit "$status"
