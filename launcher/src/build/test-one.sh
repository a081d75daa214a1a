#!/bin/bash
# Runs some test classes: test-one.sh TREE CLASSES
# CLASSES are names with commas between, each with #METHOD behind it if not all of it is wanted. *IT, *Reload run on
# the built tree; all others are unit tests.
set -euo pipefail
. launcher/src/build/toolchain.sh

usage="make test-one TEST=DrainTest,ApiIT#aMethod"
[ -n "$2" ] || { echo "build: say which: $usage" >&2; exit 1; }

units= integrated= modules= built=build
IFS=, read -ra classes <<<"$2"
for class in "${classes[@]}"; do
  mapfile -t files < <(find . -path '*/target/*' -prune -o -path "*/src/test/java/*/${class%%#*}.java" -print)
  if [ ${#files[@]} = 0 ]; then
    echo "build: no test class is called ${class%%#*}: $usage" >&2
    exit 1
  fi
  case ${class%%#*} in
  *IT | *Reload)
    integrated+=${integrated:+,}$class
    ! grep -qE '\b(Slow)?Server\b' "${files[@]}" || built="build build/servers"
    ;;
  *)
    units+=${units:+,}$class
    for file in "${files[@]}"; do modules+=${modules:+,}${file%%/src/test/*}; done
    ;;
  esac
done

if [ -n "$units" ]; then
  # Packaged, because the modules behind one want its jar.
  maven package -Dmaven.javadoc.skip=true -Dmaven.source.skip=true -pl "$modules" -am \
    "-Dtest=$units" -Dsurefire.failIfNoSpecifiedTests=false
fi
if [ -n "$integrated" ]; then
  # shellcheck disable=SC2086
  make --no-print-directory $built
  maven verify -pl native-tests -am -Dlicense.skip=true -Dmaven.javadoc.skip=true \
    -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false \
    "-Dit.test=$integrated" -Dfailsafe.failIfNoSpecifiedTests=false "-Djhot.tree=$(realpath "$1")"
fi
