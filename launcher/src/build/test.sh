#!/bin/bash
# Unit tests of every module and the tests of a built tree, in one reactor: test.sh TREE
set -euo pipefail
. launcher/src/build/toolchain.sh

log=build/test.log
suites=$(find . -path '*/target/*' -prune -o -path '*/src/test/java/*' \( -name '*Test.java' -o -name '*IT.java' \) -print | wc -l)
status=0

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

maven --fail-at-end verify "-Djhot.tree=$(realpath "$1")" 2>&1 | with_progress | tee "$log" || status=$?
echo
echo "What the test runners counted (the whole log: $log):"
awk '/^\[INFO\] Building / {sub(/^\[INFO\] Building /, ""); sub(/ [0-9][^ ]* *\[[0-9\/]*\]$/, ""); module = $0}
  /^\[[A-Z]+\] Tests run: [^-]*$/ && !/Time elapsed/ {sub(/^\[[A-Z]+\] /, ""); print "  " module ": " $0}' "$log"
exit "$status"
