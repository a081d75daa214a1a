#!/bin/bash
# Formats every Java source but the generated bindings, or checks that they are formatted:
# format.sh FORMATTER_JAR [--check]
# Looks only at what has changed since a run that found everything in order (build/formatted): formatting all takes
# half a minute of a processor.
set -euo pipefail
. launcher/src/build/toolchain.sh

stamp=build/formatted
newer=()
[ ! "$stamp" -nt "$1" ] || newer=(-newer "$stamp")
begun=$(mktemp build/formatting.XXXXXX) # what is edited meanwhile is looked at by the next run
trap 'rm -f "$begun"' EXIT
mapfile -d '' sources < <(find . -name '*.java' "${newer[@]}" -not -path '*/target/*' -not -path './build/*' \
  -not -path '*/io/jhot/ffm/gen/*' -print0)
if [ ${#sources[@]} -gt 0 ]; then
  if [ "${2:-}" = --check ]; then
    unformatted=$(java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -jar "$1" --dry-run "${sources[@]}")
    [ -z "$unformatted" ] || {
      printf 'not formatted, run: make format:\n%s\n' "$unformatted" >&2
      exit 1
    }
  else
    java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -jar "$1" --replace "${sources[@]}"
  fi
fi
mv "$begun" "$stamp"
