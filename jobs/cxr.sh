#!/usr/bin/env bash
# Tables 1 to 3 on real chest X-rays: images -> texture embeddings -> cross-validation -> tables.
#
#   jobs/cxr.sh IMAGES [WORK]
#
# IMAGES holds manifest.csv and the images that it names; WORK (default: ./cxr) takes the store
# cxr.h5 and the run directory cxr.run. Give it again to go on after an interruption.
# RANKS says how many MPI ranks to start (default: one a core); CROSSFOLD which program.
set -euo pipefail

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 1 ] && [ $# -le 2 ] || usage
root=$(cd "$(dirname "$0")/.." && pwd)
images=$1
work=${2:-cxr}
crossfold=${CROSSFOLD:-$root/build/crossfold}
ranks=${RANKS:-$(nproc)}
[ -f "$images/manifest.csv" ] || { echo "cxr.sh: $images/manifest.csv is missing" >&2; exit 3; }
[ -x "$crossfold" ] || { echo "cxr.sh: $crossfold is not built. run jobs/demo.sh first" >&2; exit 2; }

mkdir -p "$work"
if [ ! -f "$work/cxr.h5" ]; then
  "$crossfold" embed "$images/manifest.csv" --store "$work/cxr.h5" \
    --extractor texture --preprocess raw,equalized
fi
launcher=()
if [ "$ranks" -gt 1 ]; then
  launcher=(mpirun -n "$ranks" --oversubscribe)
  [ "$(id -u)" != 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
"${launcher[@]}" "$crossfold" run "$root/jobs/cxr.json" --store "$work/cxr.h5" --out "$work/cxr.run"
"$crossfold" report "$work/cxr.run"
