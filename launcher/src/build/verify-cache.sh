#!/bin/bash
# Checks that the JVM of the tree at its place really takes its AOT cache: verify-cache.sh TREE
set -euo pipefail
tree=$(realpath "$1")
if ! said=$(_JAVA_SR_SIGNUM=41 "$tree/lib/runtime/bin/java" "@$tree/lib/jvm.flags" -XX:AOTMode=on \
  "-XX:AOTCache=$tree/lib/jhot.aot" "-Djhot.home=$tree" \
  -m io.jhot.launcher/io.jhot.cli.Main --version 2>&1); then
  echo "build: the AOT cache of $tree is refused:" >&2
  printf '%s\n' "$said" >&2
  echo "build: it must be made with the flags of $tree/lib/jvm.flags by the runtime beside it: run make clean build" >&2
  exit 1
fi
