#!/usr/bin/env bash
# A Slurm of one node on this machine, for tests: this machine is the cluster, its node and its login
# node. Needs root and Debian's packages; leaves machines alone that have a Slurm already.
#
#   slurm.sh install             install what is missing
#   slurm.sh start [accounting]  start it; without `accounting`, sacct exists but is switched off
#   slurm.sh stop                stop it and remove what `start` wrote
set -euo pipefail

CONF=/etc/slurm/slurm.conf  # where Slurm's tools look
DBD=/etc/slurm/slurmdbd.conf
MARK="# one node, for the tests of mtdbench"
STATE=/var/tmp/mtdbench-slurm

die() { echo "slurm.sh: $*" >&2; exit 1; }

ours() { [ ! -e "$1" ] || [ "$(head -1 "$1")" = "$MARK" ]; }

install_packages() {
    local missing=()
    command -v slurmctld >/dev/null && command -v slurmd >/dev/null || missing+=(slurm-wlm)
    command -v munged >/dev/null || missing+=(munge)
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || die "no apt-get: ${missing[*]} cannot be installed"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}"; } \
            >/dev/null 2>&1 || die "${missing[*]} cannot be installed"
}

write_conf() {
    local cpus memory host
    host=$(hostname -s)
    cpus=$(nproc)
    memory=$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
    {
        echo "$MARK"
        echo "ClusterName=mtdbench"
        echo "SlurmctldHost=$host(127.0.0.1)"
        echo "SlurmUser=root"
        echo "AuthType=auth/munge"
        echo "StateSaveLocation=$STATE/ctld"
        echo "SlurmdSpoolDir=$STATE/d"
        echo "SlurmctldPidFile=$STATE/slurmctld.pid"
        echo "SlurmdPidFile=$STATE/slurmd.pid"
        echo "SlurmctldLogFile=$STATE/slurmctld.log"
        echo "SlurmdLogFile=$STATE/slurmd.log"
        echo "MpiDefault=none"
        echo "ProctrackType=proctrack/linuxproc"
        echo "TaskPlugin=task/affinity"
        echo "SelectType=select/cons_tres"
        echo "SelectTypeParameters=CR_Core_Memory"
        echo "SchedulerParameters=batch_sched_delay=0,sched_min_interval=200000,sched_interval=2"
        # A job that holds more than it asked for is killed.
        echo "JobAcctGatherType=jobacct_gather/linux"
        echo "JobAcctGatherFrequency=1"
        echo "JobAcctGatherParams=OverMemoryKill"
        echo "KillWait=2"
        echo "OverTimeLimit=0"
        echo "ReturnToService=2"
        echo "NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory State=UNKNOWN"
        echo "PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP"
        [ "$1" != accounting ] || echo "AccountingStorageType=accounting_storage/slurmdbd"
        [ "$1" != accounting ] || echo "AccountingStorageHost=localhost"
    } >"$CONF"
}

start_munge() {
    pgrep -x munged >/dev/null && return
    mkdir -p /run/munge /var/log/munge /var/lib/munge
    chown munge: /run/munge /var/log/munge /var/lib/munge
    runuser -u munge -- munged
    touch "$STATE/munge-is-ours"
}

start_accounting() {
    command -v slurmdbd >/dev/null && command -v mariadbd >/dev/null ||
        die "accounting needs the packages slurmdbd and mariadb-server"
    mkdir -p "$STATE/db"
    chown mysql: "$STATE/db"
    mariadb-install-db --user=mysql --datadir="$STATE/db" >/dev/null 2>&1
    runuser -u mysql -- mariadbd --no-defaults --datadir="$STATE/db" --socket="$STATE/db/sock" \
        --skip-networking --pid-file="$STATE/db/pid" >"$STATE/mariadb.log" 2>&1 &
    for _ in $(seq 100); do mariadb-admin --socket="$STATE/db/sock" ping >/dev/null 2>&1 && break; sleep 0.1; done
    mariadb --socket="$STATE/db/sock" -e "create database slurm_acct_db"
    {
        echo "$MARK"
        echo "DbdHost=localhost"
        echo "SlurmUser=root"
        echo "PidFile=$STATE/slurmdbd.pid"
        echo "LogFile=$STATE/slurmdbd.log"
        echo "StorageType=accounting_storage/mysql"
        echo "StorageHost=localhost"
        echo "StorageUser=root"
        echo "StorageLoc=slurm_acct_db"
    } >"$DBD"
    chmod 600 "$DBD"
    mkdir -p /run/mysqld
    ln -sf "$STATE/db/sock" /run/mysqld/mysqld.sock
    slurmdbd
    for _ in $(seq 100); do sacctmgr -n list cluster >/dev/null 2>&1 && break; sleep 0.1; done
    sacctmgr -i -Q add cluster mtdbench >/dev/null 2>&1 || true
}

start() {
    [ "$(id -u)" = 0 ] || die "needs root"
    ours "$CONF" && ours "$DBD" || die "this machine has a Slurm of its own ($CONF)"
    stop
    rm -rf "$STATE"
    mkdir -p "$STATE/ctld" "$STATE/d" /etc/slurm
    start_munge
    write_conf "${1:-plain}"
    [ "${1:-plain}" != accounting ] || start_accounting
    slurmctld
    slurmd
    for _ in $(seq 150); do
        sinfo -h -o %T 2>/dev/null | grep -qx idle && return
        sleep 0.1
    done
    tail -5 "$STATE"/slurm*.log >&2
    die "the node does not come up"
}

# End the process whose id is in a file, and wait until it is gone.
end() {
    local pid
    [ -e "$1" ] || return 0
    pid=$(cat "$1")
    kill "$pid" 2>/dev/null || return 0
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
}

# End what is left of jobs: Slurm loses sight of processes whose parent ended first.
end_left() {
    local path
    for path in $(grep -lsz '^SLURM_WORKING_CLUSTER=mtdbench:' /proc/[0-9]*/environ); do
        kill -9 "$(basename "$(dirname "$path")")" 2>/dev/null || true
    done
}

stop() {
    ours "$CONF" || die "this machine has a Slurm of its own ($CONF)"
    [ ! -e "$CONF" ] || timeout 10 scancel --user root 2>/dev/null || true
    end "$STATE/slurmctld.pid"
    end "$STATE/slurmd.pid"
    end_left
    end "$STATE/slurmdbd.pid"
    end "$STATE/db/pid"
    [ ! -e "$STATE/munge-is-ours" ] || end /run/munge/munged.pid
    rm -f "$CONF" "$DBD"
}

case "${1:-}" in
    install) install_packages ;;
    start) start "${2:-plain}" ;;
    stop) stop ;;
    *) die "install, start [accounting] or stop" ;;
esac
