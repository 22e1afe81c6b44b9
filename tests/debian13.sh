#!/usr/bin/env bash
# Debian 13 in a directory of its own: the last commit is cloned into it, and tests/run.sh and
# jobs/demo.sh are run there as on a fresh machine; then the demo's table is compared with the one that
# Debian 12 makes. By hand, as root, with debootstrap: an hour or two, 12 GB.
#
#   tests/debian13.sh DIRECTORY [ARGUMENT OF CMAKE...]
#
# Given again, it goes on in the same directory, with the last commit as it is then.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
directory=$(realpath -m "$1")
shift
cd "$(dirname "$0")/.."
source tests/install/chroot.sh

make_debian trixie "$directory"
in_debian "$directory" apt-get install -y -q --no-install-recommends git ca-certificates
if [ ! -e "$directory/root/crossfold" ]; then
  git clone --quiet "$PWD" "$directory/root/crossfold"
else
  git -C "$directory/root/crossfold" fetch --quiet "$PWD" HEAD
  git -C "$directory/root/crossfold" checkout --quiet FETCH_HEAD
fi

status=0
in_debian "$directory" bash /root/crossfold/tests/run.sh "$@" || status=1
in_debian "$directory" bash /root/crossfold/jobs/demo.sh
table=$directory/root/demo.csv
in_debian "$directory" /root/crossfold/build/crossfold report /root/crossfold/demo/shortcut.run \
  --format csv >"$table"
python3 tests/install/compare_tables.py tests/install/demo_debian12.csv "$table" 0.002 || status=1
in_debian "$directory" env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
  /root/crossfold/build/crossfold doctor || true # finds broken what a chroot has not
exit "$status"
