#!/usr/bin/env bash
# A Slurm of two pretended nodes (n1, n2: 8 CPUs, 2 GPUs each) on this machine, for tests: munged,
# slurmctld and two slurmds side by side, everything below DIR, no privilege needed.
#
#   cluster.sh permitted          exit 77 and a line that says why, where this machine cannot
#   cluster.sh start DIR [LINE..] starts it; LINEs are added to slurm.conf
#   cluster.sh reread DIR [LINE..] the same Slurm with other LINEs
#   cluster.sh kill-node DIR NODE slurmd, its steps and their tasks die at once, and Slurm knows
#   cluster.sh start-node DIR NODE
#   cluster.sh stop DIR
#
# Commands find it by SLURM_CONF=DIR/slurm.conf. One host name for both nodes: an MPI job must keep to
# one of them, or to one rank on each with OMPI_MCA_btl=self,tcp.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
nodes=(n1 n2)

not_here() {
  echo "no Slurm can be started here: $*"
  exit 77
}

permitted() {
  local tool
  for tool in munged slurmctld slurmd sbatch; do
    command -v "$tool" >/dev/null || not_here "$tool is not installed (Debian: slurm-wlm, munge)"
  done
  [ -n "$(hostname -I 2>/dev/null | tr -d ' ')" ] || not_here "Slurm wants an address besides loopback"
}

# A pid file is believed only if that process's command line names DIR.
pid_of() {
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) && grep -qaF -- "$dir" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

free_ports() { # the first of a block of three
  local base
  for ((base = 20000 + $$ % 2000 * 10; base < 60000; base += 10)); do
    ! ss -Htln 2>/dev/null | grep -qE ":($base|$((base + 1))|$((base + 2))) " && echo "$base" && return
  done
}

# cred_expire: a requeued job is held back for the lifetime of its credential (usually two minutes):
# a node refuses those of a job that it was told to kill. SlurmdTimeout=0: a node is never thought lost
# because the machine is slow.
write_conf() { # LINE...
  local port me
  port=$(cat "$dir/port")
  me=$(hostname -s)
  cat >"$dir/slurm.conf" <<CONF
ClusterName=pretended
SlurmctldHost=$me(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket,cred_expire=10
SlurmctldPort=$port
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/%n.log
TmpFS=$dir/tmp.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
MpiDefault=pmix
ReturnToService=2
SlurmdTimeout=0
MessageTimeout=60
SlurmctldTimeout=5
KillWait=5
MinJobAge=3600
MailProg=/bin/true
GresTypes=gpu
NodeName=n1 NodeHostname=$me NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=8 RealMemory=1000 Gres=gpu:2
NodeName=n2 NodeHostname=$me NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=8 RealMemory=1000 Gres=gpu:2
CONF
  printf '%s\n' "${@:-PartitionName=main Nodes=ALL Default=YES}" >>"$dir/slurm.conf"
}

# With a small environment of its own: its tasks are known by SLURM_CONF.
start_node() {
  env -i PATH="$PATH" HOME="${HOME:-/}" SLURM_CONF="$SLURM_CONF" slurmd -N "$1"
}

# First the daemons, which have the node's log open, so that none can tell of the tasks' death.
kill_node() {
  local process
  for process in $(find /proc/[0-9]*/fd -lname "$dir/$1.log" 2>/dev/null | cut -d/ -f3 | sort -u); do
    kill -9 "$process" 2>/dev/null || true
  done
  for process in /proc/[0-9]*; do
    if grep -qzxF -e "SLURM_CONF=$SLURM_CONF" "$process/environ" 2>/dev/null &&
      grep -qzxF -e "SLURMD_NODENAME=$1" "$process/environ" 2>/dev/null; then
      kill -9 "${process#/proc/}" 2>/dev/null || true
    fi
  done
}

# Slurm is told what it would conclude by itself after SlurmdTimeout.
lose_node() {
  kill_node "$1"
  scontrol update NodeName="$1" State=DOWN Reason=lost
}

start() { # LINE...
  permitted
  mkdir -p "$dir"/{state,spool.n1,spool.n2,tmp.n1,tmp.n2}
  chmod 700 "$dir"
  free_ports >"$dir/port"
  head -c 1024 /dev/urandom >"$dir/munge.key"
  chmod 400 "$dir/munge.key"
  # A GPU is a character device with a number at the end of its name.
  ln -sfn /dev/null "$dir/gpu0"
  ln -sfn /dev/null "$dir/gpu1"
  echo "NodeName=n[1-2] Name=gpu File=$dir/gpu[0-1]" >"$dir/gres.conf"
  write_conf "$@"
  munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
    --log-file="$dir/munged.log" --seed-file="$dir/munge.seed" --num-threads=2 2>>"$dir/munged.log"
  env -i PATH="$PATH" HOME="${HOME:-/}" SLURM_CONF="$SLURM_CONF" slurmctld -c -i -f "$SLURM_CONF"
  for node in "${nodes[@]}"; do start_node "$node"; done
  local deadline=$((SECONDS + 30))
  until [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | sort -u | wc -l)" = 2 ]; do
    if [ $SECONDS -ge $deadline ]; then
      tail -n 5 "$dir"/*.log >&2
      stop
      exit 1
    fi
    sleep 0.1
  done
}

stop() {
  local pid part
  for node in "${nodes[@]}"; do kill_node "$node"; done
  for part in slurmctld munged; do
    pid=$(pid_of "$part") || continue
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 50); do [ -d "/proc/$pid" ] && sleep 0.1; done
    if [ -d "/proc/$pid" ]; then kill -9 "$pid" 2>/dev/null || true; fi
  done
}

command=${1:?command}
[ "$command" != permitted ] || { permitted; exit 0; }
dir=${2:?folder}
shift 2
export SLURM_CONF=$dir/slurm.conf
case $command in
  start) start "$@" ;;
  reread) write_conf "$@" && scontrol reconfigure ;;
  kill-node) lose_node "$1" ;;
  start-node) start_node "$1" ;;
  stop) stop ;;
  *) echo "unknown command $command" >&2; exit 2 ;;
esac
