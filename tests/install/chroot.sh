# Sourced by what needs a Debian of its own in a directory. Both need root, the first debootstrap too.
# shellcheck shell=bash

# debian_mirror: from where this machine has its own packages.
debian_mirror() {
  grep -rhoE '^(deb|URIs:).*https?://[^ ]+/debian' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    grep -oE 'https?://[^ ]+/debian' | sed -n '1s|/debian$||p'
}

# make_debian SUITE DIRECTORY: a minimal Debian with its security updates. One that is there is kept.
make_debian() {
  local suite=$1 directory=$2 mirror
  [ -e "$directory/etc/debian_version" ] && return
  mirror=${DEBIAN_MIRROR:-$(debian_mirror)}
  [ -n "$mirror" ] || { echo "name a mirror: DEBIAN_MIRROR=http://... (before /debian)" >&2; return 1; }
  debootstrap --variant=minbase "$suite" "$directory" "$mirror/debian"
  cat >"$directory/etc/apt/sources.list" <<SOURCES
deb $mirror/debian $suite main
deb $mirror/debian-security $suite-security main
SOURCES
  in_debian "$directory" apt-get update -q
}

# in_debian DIRECTORY COMMAND...: the command inside, in mounts that end with it.
in_debian() {
  local directory=$1
  shift
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount bash -c 'set -e
    for place in proc sys dev; do
      mount --rbind "/$place" "$0/$place"
    done
    exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8 \
      DEBIAN_FRONTEND=noninteractive "$@"' "$directory" "$@"
}
