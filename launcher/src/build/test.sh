#!/bin/bash
# Unit tests of every module, then the tests of a built tree on real processes and in containers: test.sh TREE NEWEST
# A Docker engine, the images for the latter and a JDK of the release NEWEST are made ready beside the former.
set -euo pipefail
. launcher/src/build/toolchain.sh

tree=$(realpath "$1")
log=build/test.log
suites=$(find . -path '*/target/*' -prune -o -path '*/src/test/java/*' \( -name '*Test.java' -o -name '*IT.java' \) -print |
  wc -l)

# After each suite, how far the run is: it is long, and most of its suites say nothing while they wait.
with_progress() {
  local line done=0
  while IFS= read -r line; do
    printf '%s\n' "$line"
    if [[ $line =~ Time\ elapsed:\ .*\ --\ in\ ([^ ]+)$ ]]; then
      done=$((done + 1))
      echo "test: $done of $suites suites, $((SECONDS / 60)) min $((SECONDS % 60)) s, last ${BASH_REMATCH[1]}"
    fi
  done
}

verify() { # arguments of Maven
  maven --fail-at-end verify "-Djhot.tree=$tree" "$@"
}

everything() {
  local status=0 images jdk
  { launcher/src/build/jdks.sh "$2" >/dev/null || echo "build: the newest JDK that is here is tested instead"; } &
  jdk=$!
  { launcher/src/build/engine.sh start && launcher/src/build/image.sh "$1"; } &
  images=$!
  verify -Plint -pl '!native-tests,!bench' || status=$?
  wait $images || return
  wait $jdk
  # The modules below are packaged once more, and not tested again.
  verify -pl native-tests,bench -am -Dtest='ModuleBoundariesTest,PagesTest' -Dsurefire.failIfNoSpecifiedTests=false \
    -Dmaven.javadoc.skip=true || status=$?
  return $status
}

status=0
trap 'launcher/src/build/engine.sh stop' EXIT
everything "$1" "$2" 2>&1 | with_progress | tee "$log" || status=$?
echo
echo "What the test runners counted (the whole log: $log):"
awk '/^\[INFO\] Building / {sub(/^\[INFO\] Building /, ""); sub(/ [0-9][^ ]* *\[[0-9\/]*\]$/, ""); module = $0}
  /^\[[A-Z]+\] Tests run: [^-]*$/ && !/Time elapsed/ {sub(/^\[[A-Z]+\] /, ""); print "  " module ": " $0}' "$log"
exit "$status"
