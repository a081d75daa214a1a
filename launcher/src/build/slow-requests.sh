#!/bin/bash
# Runs the table of clients that pause against a built tree: slow-requests.sh TREE
# JHOT_SLOW_CASES, a regular expression, picks some; JHOT_SLOW_CONNECTIONS (20) of each kind;
# JHOT_SLOW_AT_ONCE (4) servers and more run side by side, since most of it is waiting.
set -euo pipefail
. launcher/src/build/toolchain.sh

maven verify -pl native-tests -am -Dlicense.skip=true -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false \
  -Dit.test=SlowRequestsIT -Dfailsafe.failIfNoSpecifiedTests=false "-Djhot.tree=$(realpath "$1")"
