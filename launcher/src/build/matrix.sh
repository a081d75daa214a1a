#!/bin/bash
# Runs the matrix of released servers against a built tree: matrix.sh TREE
# JHOT_MATRIX_RELOADS (6) are spread over JHOT_MATRIX_SECONDS (60) for each server;
# JHOT_MATRIX_SERVERS, a regular expression, picks some: the table keeps what it has of the others.
set -euo pipefail
. launcher/src/build/toolchain.sh

maven verify -pl native-tests -am -Dlicense.skip=true -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false \
  -Dit.test=ServersIT -Dfailsafe.failIfNoSpecifiedTests=false "-Djhot.tree=$(realpath "$1")"
