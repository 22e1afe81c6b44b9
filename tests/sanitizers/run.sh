#!/usr/bin/env bash
# Runs the unit tests under the address and undefined-behaviour sanitizers, with this project's libraries
# compiled anew and the tests' own objects as the release build has them (tests/run.sh makes that one; what is
# not there is built). Arguments go to CMake. Exit codes as those of tests/run.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
source src/cmake/setup.sh
source tests/what_failed.sh

# Not among them: train_test and what runs the program, which take longest here (README.md says how to run
# them). Nor the tests of imaging_test on films of real patients: minutes each; nor 64 ranks; nor means over
# so many fits or draws that the same code runs again and again.
sanitized=(core_test job_test hdf5_test stats_test fleet_test samples_test solve_test sweep_test manifest_test
  store_test imaging_test plan_test lockstep_test mpi_test results_test study_test report_test)
too_long='RealImages*:PlantedDuplicates*:DeviceCohort.MeansOfFiftyFits*:BootstrapBias.*'

install_packages "${build_packages[@]}" "${test_packages[@]}"

say "Building with sanitizers: ${sanitized[*]}"
configure release -DCROSSFOLD_TESTS=ON "$@"
build release "${sanitized[@]}" mpi_exit_probe
# Warnings are errors in the release build; here GCC 12 raises false ones. Each source is compiled alone, which
# the release build does not try where there is no ccache, nor does it look for shadowed names then.
configure asan -DCROSSFOLD_TESTS=ON -DCROSSFOLD_UNITY=OFF -DCMAKE_CXX_FLAGS=-Werror=shadow \
  -DCROSSFOLD_TEST_OBJECTS="$PWD/build" "$@"
build asan "${sanitized[@]}" mpi_exit_probe

say "Running them (left out: train_test, what runs the program, films of real patients, means of many fits)"
allow_mpi_here
status=0
rm -f build-asan/Testing/Temporary/LastTestsFailed.log
pattern=$(IFS='|'; echo "^(${sanitized[*]})(\\.|$)")
GTEST_FILTER="-$too_long" ctest --preset asan --parallel "$(nproc)" -R "$pattern" -E ranks_64 || status=1

what_failed build-asan
exit "$status"
