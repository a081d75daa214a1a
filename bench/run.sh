#!/bin/bash
# Measures jhot beside its peers, in one run: medians over interleaved rounds, and ratios.
#
# Needs what make has built: jhot ($JHOT, else build/jhot/bin/jhot) and the modules' jars. The peers,
# Debian's packages tini and libserver-starter-perl, are installed when this runs as root on Debian.
# start_server restarts a program that ends, so it has no row in (a). $BENCH_ROUNDS is the number of
# rounds (15). The table goes to stdout and bench/target/bench.txt, every sample to
# bench/target/samples.tsv, and what the commands wrote to stderr to bench/target/stderr.log.
# Exit code 0: everything was measured. A figure is never a reason to fail.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
out=$here/target
jhot=${JHOT:-$top/build/jhot/bin/jhot}
rounds=${BENCH_ROUNDS:-15}
ping=$top/examples/ping/target/ping.jar
. "$top/launcher/src/build/toolchain.sh"

mkdir -p "$out"
samples=$out/samples.tsv
errors=$out/stderr.log
: >"$samples"
: >"$errors"
export JHOT_RUNTIME_DIR
JHOT_RUNTIME_DIR=$(mktemp -d "${TMPDIR:-/tmp}/jhot-bench.XXXXXX")
trap 'rm -rf "$JHOT_RUNTIME_DIR"' EXIT
incomplete=0
load_before=$(cut -d' ' -f1-3 /proc/loadavg)
native_calls_failed=

missing() {
  echo "bench: $*" >&2
  incomplete=1
}

install_peers() {
  local packages=()
  command -v tini >/dev/null || packages+=(tini)
  command -v start_server >/dev/null || packages+=(libserver-starter-perl)
  [ ${#packages[@]} -gt 0 ] || return 0
  install_packages "${packages[@]}" 2>>"$errors"
  ! { command -v tini && command -v start_server; } >/dev/null || return 0
  missing "without ${packages[*]}: those rows are left out (Debian: apt-get install ${packages[*]})"
}

measure() { # arguments of the driver
  "$out/driver" "$@" >>"$samples" 2>>"$errors" ||
    missing "driver $1 failed: $(tail -n 1 "$errors")"
}

native_calls() { # JVM options, --, arguments of NativeCalls
  [ -z "$native_calls_failed" ] || return 0
  local options=()
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  java "${options[@]}" -XX:+UseSerialGC -p "$ffm:$out/bench.jar" --enable-native-access=io.jhot.ffm \
    -m io.jhot.bench/io.jhot.bench.NativeCalls "$@" >>"$samples" 2>>"$errors" || {
    native_calls_failed=yes
    missing "NativeCalls $* failed, the rest is left out: $(grep Exception "$errors" | tail -n 1)"
  }
}

for program in stamp driver; do
  gcc -O2 -std=gnu11 -Wall -Wextra -Werror -o "$out/$program" "$here/src/main/c/$program.c"
done
install_peers

# (a), (b): each list holds what is there; jhot first, because ratios are to the first row
to_end=() to_main=() peaks=() idle_small=() idle_java=()
stamp=$out/stamp
port=$((20000 + RANDOM % 10000))
service=(java -jar "$ping" "$port")
if [ -x "$jhot" ]; then
  to_end+=("@jhot exec -- true" "$jhot" exec --quiet -- true)
  peaks+=("@jhot exec -- true" "$jhot" exec --quiet -- true)
  to_main+=("@jhot" "$jhot" exec --quiet -- "$stamp")
  idle_small+=("@jhot" "$jhot" exec --quiet -- "$stamp")
  idle_java+=("@jhot" "$jhot" exec --quiet -- "${service[@]}")
else
  missing "$jhot is missing; run make first: its rows are left out"
fi
to_end+=("@java -Xshare:auto -version" java -Xshare:auto -version)
peaks+=("@java -Xshare:auto -version" java -Xshare:auto -version)
if command -v start_server >/dev/null; then
  to_main+=("@start_server" start_server --port=127.0.0.1:0 -- "$stamp")
  idle_small+=("@start_server" start_server --port=127.0.0.1:0 -- "$stamp")
  idle_java+=("@start_server" start_server --port=127.0.0.1:0 -- "${service[@]}")
fi
if command -v tini >/dev/null; then
  to_end+=("@tini -s -- true" tini -s -- true)
  peaks+=("@tini -s -- true" tini -s -- true)
  to_main+=("@tini" tini -s -- "$stamp")
  idle_small+=("@tini" tini -s -- "$stamp")
  idle_java+=("@tini" tini -s -- "${service[@]}")
fi
to_end+=("@true, alone" true)
to_main+=("@the child, alone" "$stamp")

measure wall "$rounds" "${to_end[@]}"
measure peak 5 "${peaks[@]}"
measure main "$rounds" "${to_main[@]}"
[ ${#idle_small[@]} = 0 ] || measure idle idle 2000 3 "${idle_small[@]}"
if [ ! -f "$ping" ]; then
  missing "$ping is missing; run make first: its rows are left out"
elif [ ${#idle_java[@]} -gt 0 ]; then
  measure idle idle-java 4000 3 "${idle_java[@]}"
fi

# (e), (f): the agent against none, under the same jhot; 17 is the oldest Java that it works in
java_of() { # the java of a feature release, if there is one
  local home
  for home in "$JAVA_HOME" /usr/lib/jvm/* /opt/java/* /opt/jdk*; do
    if [ -x "$home/bin/java" ] && "$home/bin/java" -version 2>&1 | grep -q "version \"$1[.\"]"; then
      printf '%s\n' "$home/bin/java"
      return
    fi
  done
}

servers=()
end_servers() {
  for server in "${servers[@]}"; do
    kill "$server"
    wait "$server" || :
  done 2>>"$errors"
  servers=()
}
trap 'end_servers; rm -rf "$JHOT_RUNTIME_DIR"' EXIT
if [ -x "$jhot" ]; then
  javac -Xlint:-options --release 17 -d "$out/app" "$here/src/main/app/Start.java"
  for release in 25 17; do
    java=$(java_of "$release")
    [ -n "$java" ] || continue
    app=("$java" -cp "$out/app" Start $((port + 1)))
    measure start "start-$release" "$rounds" "@without the agent" "$jhot" exec --quiet --no-agent -- "${app[@]}" \
      "@with the agent" "$jhot" exec --quiet -- "${app[@]}"
  done
  for pair in 1 2 3; do # what a JIT compiler makes of a server differs from process to process
    for agent in --no-agent ""; do
      # shellcheck disable=SC2086
      "$jhot" exec --quiet $agent -- java -jar "$ping" $((port + 2 * pair + ${#servers[@]})) >/dev/null 2>>"$errors" &
      servers+=($!)
    done
    measure http "$(((rounds + 2) / 3))" 2000 "@without the agent" $((port + 2 * pair)) "@with the agent" $((port + 2 * pair + 1))
    end_servers
  done
fi

# (c), (d): five rounds of everything
ffm=$(find "$top/ffm-bindings/target" -maxdepth 1 -name 'jhot-ffm-*.jar' 2>/dev/null | head -n 1)
for round in 1 2 3 4 5; do
  measure spawn 100 /bin/true
  for descriptors in 1 16 253; do
    measure scm 500 "$descriptors"
  done
  if [ -z "$ffm" ] || [ ! -f "$out/bench.jar" ]; then
    [ "$round" -gt 1 ] || missing "the jars of ffm-bindings and bench are missing; run make first"
    continue
  fi
  for mode in vm fork; do
    native_calls -Xint -- spawn "io.jhot.ffm, $mode, interpreted as in jhot" "$mode" 100 /bin/true
    native_calls -- spawn "io.jhot.ffm, $mode, compiled" "$mode" 100 /bin/true
  done
  for descriptors in 1 16 253; do
    native_calls -Xint -- scm "io.jhot.ffm, interpreted as in jhot" 500 "$descriptors"
    native_calls -- scm "io.jhot.ffm, compiled" 500 "$descriptors"
  done
done

cat >"$out/titles.tsv" <<END
wall	(a) wall time until it has ended, ms
peak-rss	(a) peak RSS of the largest process, MiB
peak-pss	(a) peak PSS, sampled, MiB
main	(b) exec to the child's main, ms
term	(b) SIGTERM until it and the child have ended, ms
idle	(b) PSS of the supervisor, idle beside a C child, MiB
idle-peak	(b) the same, its peak, sampled, MiB
idle-java	(b) PSS of the supervisor, idle beside the ping service, MiB
idle-java-peak	(b) the same, its peak, sampled, MiB
spawn	(c) spawn of /bin/true until it runs, microseconds
scm-1	(d) SCM_RIGHTS there and back, 1 at a time, us/descriptor
scm-16	(d) the same, 16 at a time
scm-253	(d) the same, 253 at a time
start-25	(e) exec of jhot to the main of a Java 25 app, ms
start-25-bound	(e) the same, until it listens, ms
start-25-cpu	(e) processor time of its main thread until main, ms
start-17	(e) exec of jhot to the main of a Java 17 app, ms
start-17-bound	(e) the same, until it listens, ms
start-17-cpu	(e) processor time of its main thread until main, ms
http-new	(f) connection, request and answer of the ping service, us
http-new-cpu	(f) the same, processor time of the app, us
http-kept	(f) request and answer on a kept connection, us
http-kept-cpu	(f) the same, processor time of the app, us
END
sort -t "$(printf '\t')" -k1,1 -k2,2 -k3,3g "$samples" >"$out/sorted.tsv"
{
  echo "$(uname -sr), $(nproc) CPUs, $(getconf GNU_LIBC_VERSION), java $(java -version 2>&1 | awk -F'"' 'NR == 1 { print $2 }')"
  echo "load average before: $load_before; after: $(cut -d' ' -f1-3 /proc/loadavg)"
  echo "ratio: of the medians, to the first row. The rows of one table ran in turn, in the same run."
  echo "PSS splits a page among all that map it: other JVMs of the same JDK lower that of java."
  echo
  awk -f "$here/report.awk" "$out/titles.tsv" "$samples" "$out/sorted.tsv"
} | tee "$out/bench.txt"
exit "$incomplete"
