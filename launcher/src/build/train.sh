#!/bin/bash
# Makes the AOT cache of an assembled tree: records what the real command loads, then writes that down.
# train.sh TREE
set -euo pipefail
tree=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

jvm() { # doing, AOT options, jhot's arguments
  local doing=$1 options=$2
  shift 2
  # shellcheck disable=SC2086
  if ! _JAVA_SR_SIGNUM=41 "$tree/lib/runtime/bin/java" "@$tree/lib/jvm.flags" $options \
    "-XX:AOTConfiguration=$scratch/training" "-Djhot.home=$tree" \
    -m io.jhot.launcher/io.jhot.cli.Main "$@" >"$scratch/log" 2>&1; then
    echo "build: cannot $doing the AOT cache:" >&2
    cat "$scratch/log" >&2
    echo "build: mend what the log says; where $JAVA_HOME refuses a flag of launcher/src/main/jvm/jvm.flags, take a JDK 25" >&2
    exit 1
  fi
}

jvm "record what goes into" -XX:AOTMode=record exec -- "$JAVA_HOME/bin/java" -version
# Writing takes more heap than running.
jvm "write" "-XX:AOTMode=create -XX:AOTCache=$tree/lib/jhot.aot -Xms64m -Xmn32m -Xmx64m"
