#!/usr/bin/env bash
# lost_host_test.sh CROSSFOLD HOLD_WRITES: two hosts, made of namespaces on this machine, run one job; the network
# cable of one is pulled in the middle. The run must say so and end, by survivors or for a resume, and the resumed
# run's table must be the undisturbed one's. Exit code 77: cannot be tried here.
set -euo pipefail
crossfold=$1
hold_writes=$2 # tests/cli/hold_writes.cpp: keeps a run from ending before the cable is pulled
skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*"; cat "$work"/*.log 2>/dev/null; exit 1; }
for tool in ip nsenter unshare mpirun; do command -v "$tool" >/dev/null || skip "$tool is not there"; done
unshare --net --uts --mount --pid --fork true 2>/dev/null || skip "needs root: hosts are made of namespaces"

work=$(mktemp -d)
holders=()
cleanup() {
  for holder in "${holders[@]}"; do kill -9 "$holder" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
subnet=10.94.0

# A host is a process that sleeps in namespaces of its own; all its processes end with it.
make_host() { # NAME ADDRESS
  setsid unshare --net --uts --ipc --mount --pid --fork --propagation private sh -c '
    hostname "$1" && mount -t proc proc /proc && mount -t tmpfs tmpfs /dev/shm &&
    ip link set lo up && : > "$2/$1.up" && while :; do sleep 1000000 & wait $!; done' \
    holder "$1" "$work" </dev/null >"$work/$1.log" 2>&1 &
  local outer=$! tries=0
  disown
  until [ -e "$work/$1.up" ]; do sleep 0.05; tries=$((tries + 1)); [ $tries -lt 200 ] || fail "host $1 did not start"; done
  local holder
  read -r holder _ <"/proc/$outer/task/$outer/children" || true # it has no line break
  holders+=("$holder")
  echo "$holder" >"$work/$1.pid"
  nsenter -t "$head" -n ip link add "v-$1" type veth peer name eth0 netns "$holder" || skip "no veth network here"
  nsenter -t "$head" -n ip link set "v-$1" master br0 up
  nsenter -t "$holder" -n ip addr add "$2/24" dev eth0
  nsenter -t "$holder" -n ip link set eth0 up
}

# The head, where mpirun runs, has only a network and a name of its own: it must see the hosts' pids.
setsid unshare --net --uts sh -c 'hostname head && ip link set lo up && exec sleep 1000000' </dev/null >/dev/null 2>&1 &
head=$!
disown
holders+=("$head")
until [ "$(cat "/proc/$head/comm")" = sleep ]; do sleep 0.01; done
nsenter -t "$head" -n ip link add br0 type bridge 2>/dev/null || skip "no bridge network here"
nsenter -t "$head" -n ip addr add "$subnet.1/24" dev br0
nsenter -t "$head" -n ip link set br0 up
make_host h1 "$subnet.11"
make_host h2 "$subnet.12"
printf '127.0.0.1 localhost\n%s.1 head\n%s.11 h1\n%s.12 h2\n' "$subnet" "$subnet" "$subnet" >"$work/hosts"
for host in h1 h2; do nsenter -t "$(cat "$work/$host.pid")" -m mount --bind "$work/hosts" /etc/hosts; done
# Instead of ssh: AGENT HOST COMMAND...
printf '#!/bin/sh\nh=$1\nshift\nexec nsenter -t "$(cat %s/$h.pid)" -n -u -i -m -p -w -- sh -c "$*"\n' "$work" >"$work/agent"
chmod +x "$work/agent"

run() { # OPTIONS OF MPIRUN... : the job on both hosts, into $out
  nsenter -t "$head" -n -u unshare --mount sh -c 'mount --bind "$1" /etc/hosts && shift && exec "$@"' sh "$work/hosts" \
    mpirun --mca plm rsh --mca plm_rsh_agent "$work/agent" --mca plm_rsh_no_tree_spawn 1 \
    --mca oob_tcp_if_include "$subnet.0/24" --mca btl_tcp_if_include "$subnet.0/24" \
    --mca orte_tmpdir_base "$work" --oversubscribe -H h1:2,h2:2 -n 4 "$@" \
    -x LD_PRELOAD="$hold_writes" -x HOLD_FILE=/journal.jsonl -x HOLD_AFTER=6 -x HOLD_TEXT=undefined_aucs -x HOLD_RELEASE="$out.release" \
    "$crossfold" run "$work/job.json" --out "$out" --lost-after 5s
}
fits() { grep -c '"kind":"fit"' "$out/journal.jsonl" 2>/dev/null || true; }
report() { "$crossfold" report "$1" --format json --fits; }

"$crossfold" store synth shortcut "$work/s.h5" --scale 0.2 --dim 16 --seed 3 >/dev/null
cat >"$work/job.json" <<'JOB'
{"name": "small", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
   "candidates": [{"kind": "baseline"}, {"kind": "disentangled", "lambda": {"from": {"grid": [1, 10]}}}]}],
 "splits": {"folds": 4, "seeds": 3},
 "training": {"batch": 32, "plateau": {"patience": 1000000}, "epochs": 200}}
JOB
"$crossfold" run "$work/job.json" --out "$work/whole" >/dev/null 2>&1

# The ranks of a host map one copy of the store: "2 ranks, 1 copies".
copies_of() { # HOST
  local namespace process ranks=0
  namespace=$(readlink "/proc/$(cat "$work/$1.pid")/ns/pid")
  for process in $(pgrep -f -- "^$crossfold run $work/job.json"); do
    [ "$(readlink "/proc/$process/ns/pid" 2>/dev/null)" = "$namespace" ] || continue
    # Device and inode of the unnamed file.
    awk '/crossfold-copy/ {print $4, $5}' "/proc/$process/maps" | sort -u | grep . && ranks=$((ranks + 1))
  done >"$work/copies"
  echo "$ranks ranks, $(sort -u "$work/copies" | wc -l) copies"
}

# cut NAME WHAT OPTIONS...: pulls h2's cable in the middle. WHAT is printed with the time it took.
cut_and_resume() {
  local name=$1
  shift
  out=$work/$name
  run "$@" >"$work/$name.log" 2>&1 &
  local launcher=$! before
  until [ -e "$out.release.0.held" ]; do # with 6 fits in the journal
    kill -0 $launcher 2>/dev/null || fail "$name ended before it could be disturbed"
    sleep 0.1
  done
  for host in h1 h2; do
    [ "$(copies_of $host)" = "2 ranks, 1 copies" ] || fail "$name: $host has $(copies_of $host) of the store"
  done
  nsenter -t "$head" -n ip link set v-h2 down
  local cut_at=$SECONDS
  # The survivors' end is waited for, where they have one; without recovery mpirun's is.
  [ "$name" = plain ] || : >"$out.release"
  # The end is mpirun's, or rank 0's last word where mpirun waits for the lost host for ever.
  until ! kill -0 $launcher 2>/dev/null || grep -q 'tables: crossfold report' "$work/$name.log"; do
    [ $((SECONDS - cut_at)) -lt 240 ] || fail "$name did not end within 240 s"
    sleep 0.2
  done
  echo "$name: ended $((SECONDS - cut_at)) s after the cut, $(fits) of 36 fits recorded"
  # Ends what still waits in the head's network, mpirun, and by it what is left on h1.
  for entry in /proc/[0-9]*; do
    [ "$(readlink "$entry/ns/net" 2>/dev/null)" = "$(readlink "/proc/$head/ns/net")" ] || continue
    [ "${entry#/proc/}" = "$head" ] || kill -9 "${entry#/proc/}" 2>/dev/null || true
  done
  wait $launcher 2>/dev/null || true
  nsenter -t "$head" -n ip link set v-h2 up
  before=$(fits)
  "$crossfold" run "$work/job.json" --out "$out" >"$work/$name.resumed.log" 2>&1 || fail "$name was not completed"
  [ "$before" = 36 ] || grep -q "$before of 36 fits are done already" "$work/$name.resumed.log" || fail "$name lost fits"
  cmp <(report "$work/whole") <(report "$out") || fail "$name gave another table"
}

# Without recovery mpirun itself ends the job, as soon as it looks whether its other hosts are there.
cut_and_resume plain --mca oob_tcp_keepalive_time 3 --mca oob_tcp_keepalive_intvl 1 --mca oob_tcp_keepalive_probes 3
grep -q 'ORTE has lost communication with a remote daemon' "$work/plain.log" || fail "plain: no clear word of the lost host"
# With recovery the other host goes on alone.
cut_and_resume recovery --enable-recovery
grep -q 'all 2 workers on h2 are lost (the host may be down or cut off)' "$work/recovery.log" || fail "recovery: no word of the lost host"
echo "passed"
