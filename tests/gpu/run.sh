#!/usr/bin/env bash
# The checks that need a GPU, for a bare machine: a driver and bash are enough there.
#   tests/gpu/run.sh pack KIT   where the program is built (CROSSFOLD_CUDA, CROSSFOLD_BENCHMARKS): puts
#                               what is needed, with its shared libraries, into the folder KIT
#   KIT/run.sh [OUT]            on the machine with the GPU: runs it; reports go to OUT (default: .)
# Meant to take under five minutes on an H100, where nothing has run it yet. Where no GPU is visible, it
# says so and ends with code 2. KIT/run.sh rehearse [OUT] goes through all that needs none.
set -euo pipefail

pack() {
  local build kit=$1
  build=$(cd "$(dirname "$0")/../.." && pwd)/build
  mkdir -p "$kit/lib"
  cp "$build/tests/train/gpu_test" "$build/tests/bench/gpu_bench" "$kit/"
  cp "$build/libcrossfold_train_cuda.so" "$kit/lib/"
  cp "$0" "$kit/run.sh"
  cp "$(dirname "$0")/stacked_torch.py" "$kit/"
  local program
  for program in gpu_test gpu_bench; do
    ldd "$kit/$program" | awk '$3 ~ /^\// { print $3 } $1 ~ /^\/lib.*ld-linux/ { print $1 }'
  done | sort -u | xargs -I{} cp -L {} "$kit/lib/"
  strip "$kit"/gpu_test "$kit"/gpu_bench
  tar -C "$kit" -czf "$kit/lib.tar.gz" lib
  rm -r "${kit:?}/lib"
  du -sh "$kit"
}

# A program of the kit with the libraries that came along, the C library among them.
own() {
  local program=$1
  shift
  "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$kit/$program" "$@"
}

unpack() { # OUT: sets kit and lib
  kit=$(cd "$(dirname "$0")" && pwd)
  lib=$(mktemp -d)/lib
  tar -C "$(dirname "$lib")" -xzf "$kit/lib.tar.gz"
  mkdir -p "$1"
}

# The numbers of two runs of gpu_bench are the same; how long they took is not compared.
same_numbers() {
  local times='s/"seconds": [^,]*, "tflops": [^,]*, //'
  diff <(sed "$times" "$1") <(sed "$times" "$2") && return
  echo "the numbers of $1 and $2 differ"
  return 1
}

# beside_torch DEVICE SPLITS EPOCHS SCALE: the same fits by us and by stacked PyTorch models.
beside_torch() {
  local device=$1 data
  shift
  data=$(mktemp -d)
  own gpu_bench data "$data" "$1" "$3"
  own gpu_bench "$device" "$@" all | tee "$out/all_epochs.json" || status=1
  if python3 -c 'import numpy, torch' 2>/dev/null; then
    python3 "$kit/stacked_torch.py" "$data" --device "$device" --splits "$1" --epochs "$2" |
      tee "$out/stacked_torch.json" || status=1
  else
    echo "no PyTorch here: nothing to compare with"
  fi
  rm -r "$data"
}

check() {
  out=${1:-.}
  if ! command -v nvidia-smi >/dev/null || ! nvidia-smi -L | grep -q GPU; then
    echo "no GPU is visible here: nothing was checked"
    exit 2
  fi
  unpack "$out"
  nvidia-smi --query-gpu=name,driver_version,clocks.max.sm --format=csv | tee "$out/gpu.txt"
  echo "== each family of kernels, and whole cohorts, beside the twins"
  own gpu_test --gtest_output="xml:$out/gpu_test.xml" | tee "$out/gpu_test.txt" || status=1
  if command -v compute-sanitizer >/dev/null; then
    local tool
    for tool in memcheck racecheck; do
      echo "== $tool"
      compute-sanitizer --tool "$tool" --error-exitcode 1 --target-processes all \
        "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$kit/gpu_test" \
        --gtest_filter='Families.*' >"$out/$tool.txt" 2>&1 || status=1
      tail -2 "$out/$tool.txt"
    done
  fi
  echo "== table 3 of COVIDx size; means of two splits on the processor beside it"
  own gpu_bench cuda 50 | tee "$out/table3.json" || status=1
  own gpu_bench cuda 50 | tee "$out/table3_again.json" || status=1
  same_numbers "$out/table3.json" "$out/table3_again.json" || status=1
  own gpu_bench cuda 2 10 | tee "$out/two_splits_gpu.json" || status=1
  own gpu_bench cpu 2 10 | tee "$out/two_splits_cpu.json" || status=1
  echo "== 100 fits of 20 epochs, by us and by stacked PyTorch models"
  beside_torch cuda 50 20 1
  echo "== 2,000 fits"
  own gpu_bench cuda 1000 | tee "$out/sweep.json" || status=1
}

# The same steps where there is no GPU, as far as they go: the kit is whole, its programs start.
rehearse() {
  out=${1:-.}
  unpack "$out"
  own gpu_test | tail -3
  own gpu_bench cpu 1 2 0.05 | tee "$out/once.json"
  own gpu_bench cpu 1 2 0.05 > "$out/again.json"
  same_numbers "$out/once.json" "$out/again.json"
  beside_torch cpu 2 3 0.05
}

status=0
case ${1:-} in
  pack) pack "${2:?name the folder to pack into}" ;;
  rehearse) rehearse "${2:-}" ;;
  *) check "$@" ;;
esac
exit "$status"
