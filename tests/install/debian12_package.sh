#!/usr/bin/env bash
# The package that this build makes, in a Debian 12 that has nothing else: it installs, and the program,
# its manual, completions and the demo's job work. Sizes are told. By hand, as root, with debootstrap and
# a complete build/: ten minutes, 2 GB.
#
#   tests/install/debian12_package.sh DIRECTORY
set -euo pipefail
[ $# = 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }
directory=$(realpath -m "$1")
cd "$(dirname "$0")/../.."
source tests/install/chroot.sh

cpack -G DEB -B build/package --config build/CPackConfig.cmake
package=$(find build/package -maxdepth 1 -name 'crossfold_*.deb' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2)
make_debian bookworm "$directory"
cp "$package" "$directory/root/crossfold.deb"
# Documentation is left out in a container's Debian; here the manual is what is tried.
rm -f "$directory/etc/dpkg/dpkg.cfg.d/docker"
in_debian "$directory" apt-get install -y -q --no-install-recommends man-db bash-completion
in_debian "$directory" apt-get install -y -q --no-install-recommends --reinstall /root/crossfold.deb |
  grep -E 'newly installed|Need to get|After this operation|^Setting up crossfold'

# shellcheck disable=SC2016 # for the inner shell
in_debian "$directory" bash -euc '
  crossfold --version
  man crossfold | head -n 8
  source /usr/share/bash-completion/bash_completion
  _completion_loader crossfold || true
  complete -p crossfold
  cd "$(mktemp -d)"
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  export OMPI_MCA_btl_vader_single_copy_mechanism=none
  crossfold store synth shortcut s.h5 --seed 1
  mpirun --oversubscribe -n 2 crossfold run /usr/share/crossfold/jobs/shortcut.json --store s.h5 --out demo.run
  crossfold report demo.run
  crossfold report demo.run --format csv >/root/demo.csv
  crossfold submit /usr/share/crossfold/jobs/shortcut.json --store s.h5 --cores-per-node 2 --dry-run | head -n 3
  crossfold submit /usr/share/crossfold/jobs/shortcut.json --store s.h5 --cores-per-node 2 --dry-run | bash -n
'
python3 tests/install/compare_tables.py tests/install/demo_debian12.csv "$directory/root/demo.csv" 0.002
ls -l "$package"
