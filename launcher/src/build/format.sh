#!/bin/bash
# Formats every Java source but the generated bindings, or checks that they are formatted:
# format.sh FORMATTER_JAR [--check]
set -euo pipefail
. launcher/src/build/toolchain.sh

mapfile -d '' sources < <(find . -name '*.java' -not -path '*/target/*' -not -path './build/*' \
  -not -path '*/io/jhot/ffm/gen/*' -print0)
if [ "${2:-}" = --check ]; then
  unformatted=$(java -jar "$1" --dry-run "${sources[@]}")
  [ -z "$unformatted" ] || {
    printf 'not formatted, run: make format:\n%s\n' "$unformatted" >&2
    exit 1
  }
else
  java -jar "$1" --replace "${sources[@]}"
fi
