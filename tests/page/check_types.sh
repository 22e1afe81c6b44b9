#!/usr/bin/env bash
# The scripts of the report page have the types that their comments say.
set -euo pipefail
cd "$(dirname "$0")/../../src/report/page"
if ! command -v tsc >/dev/null; then
  echo "skipped: tsc is not installed (node-typescript)"
  exit 77
fi
tsc --project .
