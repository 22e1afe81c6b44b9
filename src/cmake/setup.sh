# Sourced by jobs/demo.sh and tests/run.sh: what both need before they can build, and how to build.
# shellcheck shell=bash disable=SC2034 # its lists are for those

# Packages of Debian 12 and 13. libopenblas-dev: without it LibTorch gets the reference BLAS, 30 times slower.
build_packages=(
  g++ cmake ninja-build git pkg-config
  libtorch-dev libopenblas-dev libdnnl-dev libopenmpi-dev openmpi-bin libhdf5-dev libopencv-dev libdcmtk-dev
  libjpeg62-turbo-dev libcairo2-dev libfreetype-dev fonts-liberation2 zlib1g-dev
  libboost-dev libcli11-dev libfmt-dev librandom123-dev libspdlog-dev libssl-dev libutf8proc-dev nlohmann-json3-dev
)
test_packages=(libgtest-dev libgmock-dev clang-format clang-tidy hdf5-tools libvalijson-dev python3-h5py python3-pandas python3-yaml dcmtk
  poppler-utils chromium chromium-driver python3-selenium node-typescript
  slurm-wlm munge shellcheck mandoc lintian)

say() { printf '\n== %s\n' "$*"; }

is_known_debian() {
  [ -r /etc/os-release ] && (. /etc/os-release && [ "${ID:-}" = debian ] && [[ ${VERSION_ID:-} = 1[23] ]])
}

# missing_packages PACKAGE...: those that are not installed, one a line.
missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

# as_root COMMAND...: runs it, or fails where this user may not.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    sudo "$@"
  else
    return 1
  fi
}

# install_packages PACKAGE...: on Debian 12 and 13, what is not there yet. Elsewhere, or without the right
# to install, goes on: the tools are looked for next, the libraries when CMake runs.
install_packages() {
  local missing
  if ! is_known_debian; then
    say "This is neither Debian 12 nor 13: nothing is installed, what is missing will be named."
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  if [ ${#missing[@]} -eq 0 ]; then
    say "All packages are there."
    return
  fi
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  if ! as_root true; then
    echo "This needs root or sudo. Ask someone who has it to run"
    echo "  apt-get install --no-install-recommends ${missing[*]}"
    echo "Going on with what is there."
    return
  fi
  as_root env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -q &&
    exec apt-get install -y -q --no-install-recommends "$@"' sh "${missing[@]}" && return
  say "apt-get could not install them: see above."
  exit 2
}

# require_tools: ends with 2 and a list where programs that the build needs are missing.
require_tools() {
  local missing=()
  command -v "${CXX:-c++}" >/dev/null || missing+=("a C++20 compiler, GCC 12 or newer (g++)")
  command -v cmake >/dev/null || missing+=("CMake 3.25 or newer (cmake)")
  command -v ninja >/dev/null || missing+=("Ninja (ninja-build)")
  command -v mpirun >/dev/null || missing+=("Open MPI 4 (libopenmpi-dev, openmpi-bin)")
  [ ${#missing[@]} -eq 0 ] && return
  say "Missing (in brackets: the package of Debian):"
  printf '  %s\n' "${missing[@]}"
  exit 2
}

# configure PRESET [CMAKE_ARGUMENT...]: ends with 2 where libraries are missing; CMake lists them.
configure() {
  local preset=$1
  shift
  require_tools
  if ! cmake --preset "$preset" -Wno-dev "$@"; then
    say "CMake could not set up the build: see above. Libraries in unusual places are named by"
    echo "  $0 -DCMAKE_PREFIX_PATH=\"/path/to/libtorch;/path/to/others\""
    exit 2
  fi
}

# compile_jobs: how many compilers at once: one a core, as far as 2 GB of memory for each allow.
compile_jobs() {
  local cores memory_kb by_memory
  cores=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo 2>/dev/null || true)
  by_memory=$((${memory_kb:-2000000} / 2000000))
  [ "$by_memory" -ge 1 ] || by_memory=1
  echo $((by_memory < cores ? by_memory : cores))
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  cmake --build --preset "$preset" --parallel "$(compile_jobs)" ${1:+--target "$@"}
}

# Open MPI refuses to run as root unless told twice, and in a container that forbids processes to
# read each other's memory it complains at each message unless told not to try.
allow_mpi_here() {
  export OMPI_MCA_btl_vader_single_copy_mechanism=none
  [ "$(id -u)" = 0 ] || return 0
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
}

# physical_cores: what mpirun counts as slots: cores, not hardware threads, that this process may use.
physical_cores() {
  local usable physical
  usable=$(nproc)
  physical=$(lscpu -p=CORE,SOCKET 2>/dev/null | grep -v '^#' | sort -u | wc -l)
  [ "$physical" -ge 1 ] || physical=$usable
  echo $((usable < physical ? usable : physical))
}
