#!/usr/bin/env bash
# Sets up (Debian 12 or 13), builds the program, and runs jobs/shortcut.json on a planted shortcut, whose
# answer is known, with 2 MPI ranks. Everything it makes is in build/ and demo/. Given again, it goes
# on where it was. Arguments go to CMake, for example
#   jobs/demo.sh -DCMAKE_PREFIX_PATH=$HOME/libtorch
set -euo pipefail
cd "$(dirname "$0")/.."
source src/cmake/setup.sh

install_packages "${build_packages[@]}"

say "Building build/crossfold (the first time takes some minutes)"
tests=() # not needed here, but a build that has them keeps them
[ -e build/CMakeCache.txt ] || tests=(-DCROSSFOLD_TESTS=OFF)
configure release "${tests[@]}" "$@"
build release crossfold

if [ ! -e demo/shortcut.h5 ]; then
  say "Planting a shortcut: 3,000 samples of 3 classes from 3 sites; the site gives the class away."
  echo "1,000 more, from a new site, where it does not, are kept for scoring only."
  mkdir -p demo
  build/crossfold store synth shortcut demo/shortcut.h5 --seed 1
fi

say "Cross-validating on 2 ranks: 3 candidates, 10 folds, 5 seeds; what is done already is kept"
allow_mpi_here
oversubscribe=()
[ "$(physical_cores)" -ge 2 ] || oversubscribe=(--oversubscribe)
mpirun -n 2 "${oversubscribe[@]}" \
  build/crossfold run jobs/shortcut.json --store demo/shortcut.h5 --out demo/shortcut.run

say "The tables (again: build/crossfold report demo/shortcut.run)"
build/crossfold report demo/shortcut.run
echo
echo "How to read them: a head that leans on the site has a high task AUC, a high domain AUC (the site"
echo "can be read off its features) and a low oos AUC (it fails at a new site). The baseline does that."
echo "Disentangled heads give up some task AUC for a lower domain AUC; with lambda 1, oos AUC rises."
echo
echo "The same with pictures, as one page for a browser:"
echo "  build/crossfold report demo/shortcut.run --format html -o demo/shortcut.html"
