#!/bin/bash
# Makes sure that a Docker engine answers, and that compose is there: engine.sh start
# Ends the engine that `start` had to start itself, and none else:     engine.sh stop
#
# An engine that answers is used as it is. Otherwise root on Debian gets docker.io, and a dockerd where no init
# system has started one. Whatever is still missing then is said in one line.
set -euo pipefail
cd "$(dirname "$0")/../../.."
. launcher/src/build/packages.sh

log=build/dockerd.log
own=build/dockerd.pid

fail() {
  echo "build: $*" >&2
  exit 1
}

answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

has_compose() { docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null; }

start_dockerd() {
  [ "$(id -u)" = 0 ] && command -v dockerd >/dev/null || return 0
  echo "build: starting dockerd, log in $log"
  mkdir -p build
  # A machine without an init system has no cgroups mounted; this leaves alone what is.
  ! command -v cgroupfs-mount >/dev/null || cgroupfs-mount
  # Signals that it ignored, its containers would ignore too.
  env --default-signal setsid dockerd </dev/null >$log 2>&1 &
  echo $! >$own
  local tenths
  for ((tenths = 0; tenths < 600; tenths++)); do
    ! answers || return 0
    kill -0 "$(<$own)" 2>/dev/null || fail "dockerd ended: $(tail -n 1 $log); its log is $log: mend what it says, or start an engine yourself"
    sleep 0.1
  done
}

start() {
  answers || command -v dockerd >/dev/null || install_packages docker.io cgroupfs-mount
  answers || start_dockerd
  answers || fail "no Docker engine answers, and the container tests need one: start it, or run this as root" \
    "(Debian: apt-get install docker.io)"
  has_compose || install_packages docker-compose
  has_compose || fail "docker compose is missing, and its example is tested (Debian: apt-get install docker-compose)"
}

stop() {
  [ -s $own ] || return 0
  local pid
  pid=$(<$own)
  rm $own
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] || return 0
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

"$1"
