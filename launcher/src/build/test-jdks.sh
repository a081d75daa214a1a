#!/bin/bash
# The agent, and a built tree, on each JDK of $JHOT_JDKS: test-jdks.sh TREE
# $JHOT_JDK_ROOTS are the root file systems that jdks.sh has made.
set -euo pipefail
. launcher/src/build/toolchain.sh

maven --fail-at-end verify -pl java-api/agent,native-tests -am -Dlicense.skip=true -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='InternalsTableTest,LinkageTest,ClassPatchTest,BindTest,HandoverTest,ControlTest,TransfersTest,WithoutAgentTest' \
  -Dit.test=JdksIT -Dfailsafe.failIfNoSpecifiedTests=false "-Djhot.tree=$(realpath "$1")"
