#!/bin/bash
# Unit tests of every module and the tests of a built tree, in one reactor: test.sh TREE
set -euo pipefail
. launcher/src/build/toolchain.sh

log=build/test.log
status=0
maven --fail-at-end verify "-Djhot.tree=$(realpath "$1")" 2>&1 | tee "$log" || status=$?
echo
echo "What the test runners counted (the whole log: $log):"
awk '/^\[INFO\] Building / {sub(/^\[INFO\] Building /, ""); sub(/ [0-9][^ ]* *\[[0-9\/]*\]$/, ""); module = $0}
  /^\[[A-Z]+\] Tests run: [^-]*$/ && !/Time elapsed/ {sub(/^\[[A-Z]+\] /, ""); print "  " module ": " $0}' "$log"
exit "$status"
