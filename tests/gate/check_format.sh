#!/usr/bin/env bash
# Every C++ file is as clang-format leaves it. check_format.sh [FILE...]; without files: all.
set -euo pipefail
files=("$@")
source "$(dirname "$0")/tracked.sh"

format=$(command -v clang-format-14 || command -v clang-format || true)
[ -n "$format" ] || skip "no clang-format here. install clang-format 14"
version=$("$format" --version | sed 's/.*version \([0-9]*\).*/\1/')
[ "$version" = 14 ] || skip "clang-format $version formats otherwise than 14. install clang-format-14"

[ ${#files[@]} -gt 0 ] || mapfile -t files < <(tracked '*.cpp' '*.h' '*.cu')
if ! "$format" --dry-run -Werror "${files[@]}"; then
  echo "mend it with: clang-format -i FILE"
  exit 1
fi
echo "${#files[@]} files are as clang-format leaves them"
