#!/usr/bin/env bash
# CPack makes both packages, lintian finds no error in them, and what is inside finds its libraries
# without a path of its own. debian_packages_test.sh CPACK BUILD_FOLDER
set -euo pipefail
cpack="$1" build="$2"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
fail() { echo "debian_packages_test: $*" >&2; exit 1; }
for tool in lintian dpkg-deb dpkg-shlibdeps; do
  command -v "$tool" > /dev/null || { echo "skipped: no $tool here"; exit 77; }
done

(cd "$build" && "$cpack" -G DEB -B "$work") > "$work/cpack.log" 2>&1 || { cat "$work/cpack.log"; exit 1; }
packages=("$work"/crossfold*.deb)
[ ${#packages[@]} = 2 ] || fail "made ${packages[*]}"
lintian --fail-on error --allow-root "${packages[@]}" || fail "lintian finds errors"
dpkg-deb -x "$work"/crossfold_*.deb "$work/root"
"$work/root/usr/bin/crossfold" --version || fail "the packaged program does not start"
for package in "${packages[@]}"; do
  echo "$(basename "$package"): $(stat -c %s "$package") bytes, depends on $(dpkg-deb -f "$package" Depends)"
done
