#!/bin/bash
# Restarts a plain Java service three times under load and counts what its clients lost.
#
# Needs what make has built: jhot ($JHOT, else build/jhot/bin/jhot) and the examples' jars.
# $DEMO_JAVA is the java that runs the service, 22 or later (else the build's JDK); $DEMO_SECONDS is
# how long the load goes on (20).
# Exit code 0: no request failed, all four generations answered, and nothing is left behind.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
jhot=${JHOT:-$here/../build/jhot/bin/jhot}
ping=$here/ping/target/ping.jar
load=$here/load/target/load.jar
seconds=${DEMO_SECONDS:-20}
reloads=3
. "$here/../launcher/src/build/toolchain.sh"
java=${DEMO_JAVA:-java}

name=demo-$$
jhot_pid=
load_pid=
dir=$(mktemp -d "${TMPDIR:-/tmp}/jhot-demo.XXXXXX")
export JHOT_RUNTIME_DIR=$dir/run
mkdir -m 0700 "$JHOT_RUNTIME_DIR"
# jhot and all that it starts inherit this; it is how they are found again
mark=DEMO_RUN=$name-$RANDOM$RANDOM

say() { echo "demo: $*"; }

fail() {
  echo "demo: FAILED: $*" >&2
  if [ -s "$dir/log" ]; then
    echo "demo: the last lines of jhot and the service:" >&2
    tail -n 20 "$dir/log" | sed 's/^/    /' >&2
  fi
  exit 1
}

# The processes of this run, one number a line.
left() {
  local environment
  for environment in /proc/[0-9]*/environ; do
    # another user's cannot be read, and one that just ended is gone: neither is ours
    if tr '\0' '\n' 2>/dev/null <"$environment" | grep -qxF "$mark"; then
      environment=${environment#/proc/}
      echo "${environment%/environ}"
    fi
  done 2>/dev/null
}

cleanup() {
  local status=$? pid
  trap - EXIT INT TERM
  # jhot before what it supervises: it could start another one. Disowned, so that bash does not
  # report each that is killed.
  for pid in $load_pid $jhot_pid; do
    disown "$pid" 2>/dev/null || true
    kill -KILL "$pid" 2>/dev/null || true
    until_at_most 50 gone "$pid" || true
  done
  for pid in $(left); do
    kill -KILL "$pid" 2>/dev/null || true
  done
  rm -rf "$dir"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Whether something on that port answers GET /ping as it should.
answers() {
  local answer=
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET /ping HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n' >&3 || true
  answer=$(timeout 5 cat <&3 || true)
  exec 3>&- 3<&-
  [[ $answer == *'{"message":"pong"}'* ]]
}

# A port that nobody listens on, outside the range from which the kernel picks client ports.
free_port() {
  local port try
  for try in {1..50}; do
    port=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  return 1
}

# Waits until a command holds, at most that many tenths of a second.
until_at_most() {
  local tenths=$1 i
  shift
  for ((i = 0; i < tenths; i++)); do
    ! "$@" || return 0
    sleep 0.1
  done
  return 1
}

answers_or_gone() { answers "$port" || gone "$jhot_pid"; }
gone() { ! kill -0 "$1" 2>/dev/null; }

for file in "$jhot" "$ping" "$load"; do
  [ -f "$file" ] || fail "$file is missing; run make first"
done
command -v "$java" >/dev/null || fail "$java is missing"
port=$(free_port) || fail "found no free port"

say "jhot exec --name $name -- $java -jar ping.jar $port"
env "$mark" "$jhot" exec --name "$name" -- "$java" -jar "$ping" "$port" </dev/null >"$dir/log" 2>&1 &
jhot_pid=$!
until_at_most 600 answers_or_gone || fail "no answer on port $port within a minute"
if gone "$jhot_pid"; then
  wait "$jhot_pid" && status=0 || status=$?
  fail "jhot exec ended with $status before the service answered"
fi

say "it answers; $seconds s of load, $reloads reloads meanwhile"
java -jar "$load" --port "$port" --duration "$seconds" >"$dir/table" &
load_pid=$!
for ((i = 1; i <= reloads; i++)); do
  sleep $((seconds / (reloads + 2)))
  started=$(date +%s%N)
  "$jhot" reload --name "$name" --wait --timeout 60s >>"$dir/log" 2>&1 ||
    fail "jhot reload --wait, number $i, ended with $?"
  say "jhot reload --wait: generation $((i + 1)) serves, after $((($(date +%s%N) - started) / 1000000)) ms"
done
! gone "$load_pid" || fail "the load was over before the reloads; set DEMO_SECONDS higher"
until_at_most $((seconds * 10 + 600)) gone "$load_pid" || fail "the load client does not end"
wait "$load_pid" && lost=0 || lost=$?
load_pid=

say "jhot stop"
"$jhot" stop --name "$name" >>"$dir/log" 2>&1 || fail "jhot stop ended with $?"
until_at_most 600 gone "$jhot_pid" || fail "jhot still runs a minute after jhot stop"
wait "$jhot_pid" && status=0 || status=$?
jhot_pid=

echo
cat "$dir/table"
echo
[ "$lost" = 0 ] || fail "requests were lost (the load client ended with $lost)"
grep -Eq "^generations seen +$((reloads + 1)) " "$dir/table" ||
  fail "$((reloads + 1)) generations should have answered"
# a JVM that is told to stop by SIGTERM (15) ends with 128 + 15, and jhot with its service's code
[ "$status" = 143 ] || fail "jhot exec ended with $status, not with the service's 143"
remaining=$(left)
[ -z "$remaining" ] || fail "processes are left:" $remaining
say "no request lost in $reloads restarts; jhot ended with the service's code $status and left no process"
