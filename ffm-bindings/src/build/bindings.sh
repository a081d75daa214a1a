#!/bin/bash
# Generates the package io.jhot.ffm.gen from the system's headers, or checks that it is what they give:
# bindings.sh JEXTRACT [--check]
#
# JEXTRACT is the program of jextract 22, the last one whose output compiles at release 22.
set -euo pipefail

jextract=$(realpath "${1:?"where is jextract? make bindings JEXTRACT=/path/to/jextract"}")
cd "$(dirname "$0")/../.."
committed=src/main/java/io/jhot/ffm/gen
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$jextract" --version 2>&1 | grep -qx 'jextract 22' || {
  echo "bindings: $jextract is not jextract 22, it says: $("$jextract" --version 2>&1 | head -1);" \
    "unpack jextract 22 of jdk.java.net/jextract and name its bin/jextract" >&2
  exit 1
}
"$jextract" --output "$out" --target-package io.jhot.ffm.gen @src/main/jextract/includes.txt \
  src/main/jextract/libc.h >"$out/said" 2>&1 || {
  cat "$out/said" >&2
  echo "bindings: jextract fails: mend libc.h or includes.txt in ffm-bindings/src/main/jextract" >&2
  exit 1
}
# Bitfields are none of what we use; anything else that it leaves out is.
if grep -v 'bitfields are not supported' "$out/said" >&2; then
  echo "bindings: jextract leaves something out: see above; name what is used in includes.txt" >&2
  exit 1
fi
javac -nowarn --release 22 -d "$out/classes" "$out"/io/jhot/ffm/gen/*.java
java --enable-native-access=ALL-UNNAMED --class-path "$out/classes" src/build/Constants.java \
  "$out/classes" io.jhot.ffm.gen "$out/io/jhot/ffm/gen/Abi.java"

if [ "${2:-}" = --check ]; then
  diff -r "$committed" "$out/io/jhot/ffm/gen" || {
    echo "bindings: the committed package differs from what $jextract makes of this system's headers;" \
      "without CHECK=1 it is made anew: commit what changes" >&2
    exit 1
  }
else
  rm -rf "$committed"
  cp -r "$out/io/jhot/ffm/gen" "$committed"
fi
