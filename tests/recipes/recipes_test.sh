#!/usr/bin/env bash
# The recipes for containers and package managers: their steps are shell that runs, with stand-ins for
# what needs root or the network, and name every library of the build. recipes_test.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
source src/cmake/setup.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
complain() { echo "recipes_test: $*" >&2; failed=1; }

grep -q '^VERSION_ID="12"' /etc/os-release || { echo "skipped: the recipes' steps are for Debian 12"; exit 77; }

# Stand-ins: each writes down how it was called.
mkdir -p "$work/bin"
for tool in apt-get cmake cpack crossfold; do
  # shellcheck disable=SC2016
  printf '#!/bin/sh\necho "%s $*" >>"$calls"\n' "$tool" >"$work/bin/$tool"
done
cat >>"$work/bin/cmake" <<'STANDIN'
case $* in *--build*) mkdir -p build && : >build/crossfold_0.1.0_amd64.deb ;; esac
STANDIN
printf '#!/bin/sh\necho none\n' >"$work/bin/dpkg-query" # nothing is installed yet
for tool in c++ ninja mpirun; do printf '#!/bin/sh\n' >"$work/bin/$tool"; done
chmod +x "$work"/bin/*

# steps FILE: the shell of a recipe, with a root of its own.
steps() {
  case $1 in
    *.def) awk '/^%/ { on = $1 == "%post" } /^Bootstrap:/ { on = 0 } on && !/^%/' "$1" ;;
    *) sed -e ':a' -e '/\\$/ { N; s/\\\n//; ta' -e '}' "$1" | sed -n 's/^RUN //p' ;;
  esac | sed -e "s|cd /crossfold$|cd $work/tree|; s| /crossfold.deb| $work/root/crossfold.deb|g; s|/var/lib/apt|$work/root/apt|g"
}

for recipe in slurm/crossfold.def slurm/Dockerfile; do
  mkdir -p "$work/tree" "$work/root"
  cp -r src "$work/tree/"
  calls=$work/calls.$(basename "$recipe")
  export calls
  : >"$calls"
  steps "$recipe" >"$work/steps.sh"
  bash -n "$work/steps.sh" || complain "$recipe: its steps cannot be parsed"
  (cd "$work/tree" && PATH="$work/bin:$PATH" CXX=c++ bash -eu "$work/steps.sh") >"$work/said" 2>&1 ||
    { complain "$recipe: its steps fail"; cat "$work/said"; }
  rm -rf "$work/tree" "$work/root"
done
grep -v -e '--version' "$work/calls.crossfold.def" | sort >"$work/a"
grep -v -e '--version' "$work/calls.Dockerfile" | sort >"$work/b"
diff "$work/a" "$work/b" || complain "the two container recipes do different things"
expected=("apt-get install -y -q --no-install-recommends ${build_packages[*]} dpkg-dev file"
  "cmake --preset release -Wno-dev -DCROSSFOLD_TESTS=OFF" "cmake --build --preset release"
  "cpack -D CPACK_COMPONENTS_ALL=program" "crossfold.deb")
for line in "${expected[@]}"; do
  grep -qF -- "$line" "$work/a" || complain "the container recipes do not run: $line"
done

# Each package of the build and what Spack and conda-forge call it ("-": comes with another one).
names='g++:cxx:compiler
cmake:cmake:cmake
ninja-build:ninja:ninja
git:-:-
pkg-config:pkgconfig:pkg-config
libtorch-dev:py-torch:libtorch
libopenblas-dev:-:-
libdnnl-dev:onednn:onednn
libopenmpi-dev:openmpi:openmpi
openmpi-bin:openmpi:openmpi
libhdf5-dev:hdf5:hdf5
libopencv-dev:opencv:libopencv
libdcmtk-dev:dcmtk:dcmtk
libjpeg62-turbo-dev:jpeg:libjpeg-turbo
libcairo2-dev:cairo:cairo
libfreetype-dev:freetype:freetype
fonts-liberation2:liberation-fonts:liberation
zlib1g-dev:zlib-api:zlib
libboost-dev:boost:libboost-headers
libcli11-dev:cli11:cli11
libfmt-dev:fmt:fmt
librandom123-dev:random123:random123
libspdlog-dev:spdlog:spdlog
libssl-dev:openssl:openssl
libutf8proc-dev:utf8proc:libutf8proc
nlohmann-json3-dev:nlohmann-json:nlohmann_json'
spack=slurm/packages/spack/package.py conda=slurm/packages/conda-forge/meta.yaml
for package in "${build_packages[@]}"; do
  line=$(grep "^$package:" <<<"$names") || { complain "$package has no name in Spack and conda-forge here"; continue; }
  IFS=: read -r _ in_spack in_conda <<<"$line"
  [ "$in_spack" = - ] || grep -qE "\"$in_spack([@\" ])" $spack || complain "$spack lacks $in_spack ($package)"
  [ "$in_conda" = - ] || grep -qE "(- |\"|folder: |compiler\(\")$in_conda( |$|\")|$in_conda\(" $conda ||
    complain "$conda lacks $in_conda ($package)"
done
version=$(sed -nE 's/^project\(crossfold VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
grep -q "set version = \"$version\"" $conda || complain "$conda is of another version than $version"
python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' $spack || complain "$spack is no Python"
if /usr/bin/python3 -c 'import yaml' 2>/dev/null; then
  # As conda-build renders it: jinja2's statements and expressions, then YAML.
  sed -E 's/^\{%.*%\}$//; s/\{\{ *[a-z]+\("([a-z]+)"\) *\}\}/\1/; s/\{\{ *version *\}\}/'"$version"'/; s/ +# \[.*\]$//' $conda |
    /usr/bin/python3 -c 'import sys, yaml; yaml.safe_load(sys.stdin)["requirements"]["host"][0]' ||
    complain "$conda is no YAML"
else
  echo "$conda not parsed: needs python3-yaml"
fi
[ "$failed" = 0 ] && echo "the recipes' steps run, and name every library"
exit "$failed"
