#!/bin/bash
# What `cmake --install` brings works from another place, without the source tree, and other programs
# can link its modules.
#
#   install_test.sh CMAKE BUILD_FOLDER COMPILER
set -euo pipefail
cmake="$1" build="$2" compiler="$3"
here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
prefix="$work/prefix"

fail() { echo "install_test: $*" >&2; exit 1; }

"$cmake" --install "$build" --prefix "$prefix" > "$work/install.log" || { cat "$work/install.log"; exit 1; }
program="$prefix/bin/crossfold"
for file in share/man/man1/crossfold.1.gz share/bash-completion/completions/crossfold \
  share/zsh/site-functions/_crossfold share/fish/vendor_completions.d/crossfold.fish \
  share/crossfold/data-schemas/job.schema.json share/crossfold/jobs/shortcut.json \
  share/crossfold/slurm/run.sbatch.in share/doc/crossfold/copyright \
  share/doc/crossfold/README.md share/doc/crossfold/src/METHODS.md share/doc/crossfold/jobs/running.md; do
  [ -s "$prefix/$file" ] || fail "$file is missing"
done

# The parts that need LibTorch are found beside it: the reference engine trains.
cd "$work"
"$program" store synth shortcut s.h5 --scale 0.05 --dim 8 --seed 1
cat > job.json << 'JOB'
{"name": "installed", "store": "s.h5", "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "candidates": [{"kind": "baseline"}]}],
 "splits": {"folds": 2, "seeds": 1}, "training": {"epochs": 2, "batch": 32}}
JOB
"$program" run job.json --engine reference --out installed.run 2> run.log || { cat run.log; exit 1; }
"$program" report installed.run | grep -q baseline || fail "the installed program made no table"
"$program" submit job.json --cores-per-node 2 --dry-run > batch.sh
grep -q '^#SBATCH' batch.sh || fail "the installed program has no batch script"
if command -v shellcheck > /dev/null; then
  shellcheck -e SC2016 batch.sh || fail "the batch script does not pass shellcheck"
fi
case "$(ldd "$program" "$prefix"/lib*/crossfold/*.so "$prefix"/lib/*/crossfold/*.so 2> /dev/null)" in
  *"$build"*) fail "something installed still looks into the build folder" ;;
esac

# Without its parts, as where someone copied the program's file alone, it trains on cores.
mkdir -p alone/bin
cp "$program" alone/bin/
alone/bin/crossfold run job.json --out alone.run 2> run.log || { cat run.log; exit 1; }
for asked in "--device cuda" "--engine reference"; do
  # shellcheck disable=SC2086 # two words
  ! alone/bin/crossfold run job.json $asked --out refused.run 2> run.log || fail "$asked needs a part"
  [ ! -e refused.run ] || fail "$asked was refused too late: there is a run directory"
  grep -qE 'no GPU can be used|libcrossfold_train_torch.so cannot be loaded' run.log ||
    { cat run.log; fail "$asked does not say what is missing"; }
done

# As a shell and man find them below the prefix.
bash -euc 'source "$1"; complete -p crossfold' _ "$prefix/share/bash-completion/completions/crossfold" |
  grep -q crossfold || fail "bash completes nothing"
if command -v mandoc > /dev/null; then
  gzip -dc "$prefix/share/man/man1/crossfold.1.gz" | mandoc -Tlint || fail "mandoc finds faults in the man page"
fi
if command -v man > /dev/null; then
  MANPATH="$prefix/share/man" man -P cat crossfold 2> /dev/null | grep -q 'crossfold' || fail "there is no man page"
fi

if ! { "$cmake" -G Ninja -S "$here/example" -B example -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" &&
  "$cmake" --build example; } > example.log 2>&1; then
  cat example.log
  exit 1
fi
example/example | grep -qx 'AUC 1, converged' || fail "the example printed: $(example/example)"
