#!/bin/bash
# JDKs that this machine has not, each with the C library that it needs, in root file systems under build/jdks:
# jdks.sh RELEASE... makes sure of those releases. They come from Debian's archive and stay until `make clean`.
# Prints the roots, one a line. What cannot be had is said in one line on stderr, and the exit code is 1 then.
set -euo pipefail
. "$(dirname "$0")/packages.sh"

roots=build/jdks
log=build/jdks.log
status=0
failed=
mkdir -p "$roots"

missing() {
  echo "build: no JDK $*" >&2
  status=1
}

# The suite whose archive has that release, and the packages to take from it: of the one that moves all there are.
suite_of() { [ "$1" = 17 ] && echo bookworm || echo sid; }
packages_of() {
  case $1 in
  bookworm) echo openjdk-17-jre-headless ;;
  *) echo '~n^openjdk-2[1-9]-jre-headless$~V.' ;; # all that have a version there
  esac
}

# Where this machine has its own packages from, since that can be reached from here.
mirror() {
  sed -n -e 's/^deb .*\(https\?:[^ ]*\/debian\/\?\) .*/\1/p' -e 's/^URIs: *\(https\?:[^ ]*\/debian\/\?\) *$/\1/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1
}

has() { # whether the root $1 has the release $2
  grep -qs "^JAVA_VERSION=\"$2[.\"]" "$1"/usr/lib/jvm/*/release
}

make_root() { # of the suite $1; what goes wrong stands in the log
  local source new
  source=$(mirror)
  [ -n "$source" ] || { echo "apt names no mirror of Debian's" >"$log"; return 1; }
  command -v mmdebstrap >/dev/null || install_packages mmdebstrap >"$log" 2>&1 || return 1
  new=$roots/.$1
  rm -rf "$new"
  echo "build: fetching JDKs of Debian $1 into $roots" >&2
  mmdebstrap --mode=root --variant=apt --include="$(packages_of "$1")" \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Retries "2"' \
    "$1" "$new" "$source" >"$log" 2>&1 || return 1
  # as packages they are of no more use
  rm -rf "$new"/var/cache/apt "$new"/var/lib/apt/lists "$new"/usr/share/doc
  mv "$new" "$roots/$1"
}

for release in "$@"; do
  suite=$(suite_of "$release")
  root=$roots/$suite
  if has "$root" "$release" || { [ "$suite" = bookworm ] && has / "$release"; }; then
    continue
  elif [ "$(id -u)" != 0 ]; then
    missing "$release: to fetch it takes root (mmdebstrap, chroot)"
  elif [[ $failed == *" $suite "* ]]; then
    missing "$release: Debian $suite cannot be fetched"
  elif [ -d "$root" ]; then
    missing "$release in $root: Debian $suite had none when it was made; remove it to look again"
  elif ! make_root "$suite"; then
    failed+=" $suite "
    missing "$release: Debian $suite cannot be fetched: $(grep -m 1 '^E:' "$log" 2>/dev/null) ($log)"
  elif ! has "$root" "$release"; then
    missing "$release: Debian $suite has none any more"
  fi
done
for root in "$roots"/*/; do
  [ ! -d "$root/usr/lib/jvm" ] || realpath "$root"
done
exit "$status"
