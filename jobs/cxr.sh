#!/usr/bin/env bash
# Tables 1 to 3 on real chest X-rays: images -> lung masks -> texture embeddings of five
# preprocessings -> cross-validation -> tables.
#
#   jobs/cxr.sh IMAGES [WORK]
#
# IMAGES holds manifest.csv, the images that it names, and masks.csv with the lung masks of some of
# them (column v7), from which a U-Net learns to find the lungs in all; WORK (default: ./cxr) takes
# the model lungs.unet, the masks, the store cxr.h5 and the run directory cxr.run. Give it again to
# go on after an interruption.
# RANKS says how many MPI ranks to start (default: one a core); CROSSFOLD which program.
set -euo pipefail

usage() { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
{ [ $# -ge 1 ] && [ $# -le 2 ]; } || usage
root=$(cd "$(dirname "$0")/.." && pwd)
images=$1
work=${2:-cxr}
crossfold=${CROSSFOLD:-$root/build/crossfold}
ranks=${RANKS:-$(nproc)}
for file in manifest.csv masks.csv; do
  [ -f "$images/$file" ] || { echo "cxr.sh: $images/$file is missing" >&2; exit 3; }
done
[ -x "$crossfold" ] || { echo "cxr.sh: $crossfold is not built. run jobs/demo.sh first" >&2; exit 2; }

mkdir -p "$work"
if ! "$crossfold" store info "$work/cxr.h5" 2>/dev/null | grep texture/lung-crop >/dev/null; then
  if [ ! -f "$work/lungs.unet" ]; then
    "$crossfold" segment train "$images/masks.csv" --mask-column v7 \
      --manifest "$images/manifest.csv" --epochs 14 -o "$work/lungs.new.unet"
    mv "$work/lungs.new.unet" "$work/lungs.unet"
  fi
  "$crossfold" segment apply "$images/manifest.csv" --model "$work/lungs.unet" -o "$work/masks"
  # A mask without any lung cannot be cropped to; such images are named and left out.
  "$crossfold" embed "$images/manifest.csv" --store "$work/cxr.h5" --masks "$work/masks/masks.csv" \
    --extractor texture --preprocess raw,equalized,masked,masked-equalized,lung-crop --skip-bad
fi
launcher=()
if [ "$ranks" -gt 1 ]; then
  launcher=(mpirun -n "$ranks" --oversubscribe)
  [ "$(id -u)" != 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
"${launcher[@]}" "$crossfold" run "$root/jobs/cxr.json" --store "$work/cxr.h5" --out "$work/cxr.run"
"$crossfold" report "$work/cxr.run"
