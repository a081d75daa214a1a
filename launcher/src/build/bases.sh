#!/bin/bash
# Makes sure that the images which the Dockerfile starts from are there: bases.sh
#
# Those of a registry are taken as they are. Where none answers, stand-ins of the same names are made on this
# machine: debian:bookworm-slim by mmdebstrap from Debian's packages, eclipse-temurin:25-jdk by putting the
# build's own JDK on top of it. They carry the label io.jhot.stand-in, and a later docker pull replaces them.
set -euo pipefail
cd "$(dirname "$0")/../../.."
. launcher/src/build/toolchain.sh

debian=debian:bookworm-slim
jdk=eclipse-temurin:25-jdk

missing() { ! docker image inspect "$1" >/dev/null 2>&1; }

fail() {
  echo "build: $*" >&2
  exit 1
}

pull() { # no registry: the name is not resolved or nobody answers, which may take long to be sure of
  echo "build: pulling $1"
  timeout 300 docker pull -q "$1" >/dev/null 2>&1
}

stand_in_for_debian() {
  [ "$(id -u)" = 0 ] || fail "no registry has $debian, and only root can make a stand-in with mmdebstrap: run this as root, or docker pull $debian"
  command -v mmdebstrap >/dev/null || install_packages mmdebstrap
  command -v mmdebstrap >/dev/null ||
    fail "no registry has $debian, and mmdebstrap for a stand-in is missing (Debian: apt-get install mmdebstrap)"
  echo "build: no registry has $debian: making a stand-in from Debian's packages"
  local root
  root=$(mktemp)
  # shellcheck disable=SC2064
  trap "rm -f '$root'" EXIT
  mmdebstrap --quiet --variant=minbase \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --format=tar bookworm "$root" || fail "mmdebstrap could not make $debian, see above: it needs a mirror of Debian; or docker pull $debian"
  docker import --change 'CMD ["bash"]' --change 'LABEL io.jhot.stand-in=mmdebstrap' "$root" "$debian" >/dev/null
}

stand_in_for_jdk() {
  local version
  version=$(jdk_version "$JAVA_HOME")
  [ "$version" = 25 ] || fail "no registry has $jdk, and $JAVA_HOME is a JDK $version: set JAVA_HOME to a JDK 25"
  echo "build: no registry has $jdk: making a stand-in from $JAVA_HOME"
  local context
  context=$(mktemp -d)
  # Links are followed, for packagers keep the certificates elsewhere. jlink wants all but the sources.
  cat >"$context/Dockerfile" <<END
FROM $debian
COPY jdk /opt/java/openjdk
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LABEL io.jhot.stand-in=$(basename "$JAVA_HOME")
CMD ["jshell"]
END
  tar -ch -C "$context" Dockerfile -C "$(realpath "$JAVA_HOME")" --exclude=./src.zip --transform 's|^\./|jdk/|' . |
    docker build -q -t "$jdk" - >"$context/log" 2>&1 || fail "cannot make $jdk, docker says: $(<"$context/log"); or docker pull $jdk"
  rm -r "$context"
}

if missing $debian && ! pull $debian; then stand_in_for_debian; fi
if missing $jdk && ! pull $jdk; then stand_in_for_jdk; fi
