# shellcheck shell=bash
# Sourced by the build. Finds what the build needs and exports JAVA_HOME and PATH, or says in one line per
# missing thing what to install and ends. Root on Debian gets Maven, gcc and, from Debian 13 on, a JDK installed instead.

oldest_jdk=25

jdk_version() { # the feature release of the JDK in $1; nothing if there is none
  [ -x "$1/bin/javac" ] && [ -x "$1/bin/jlink" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

find_jdk() {
  local home version
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/* /opt/jdk*; do
    [ -n "$home" ] || continue
    version=$(jdk_version "$home")
    if [ -n "$version" ] && [ "$version" -ge "$oldest_jdk" ]; then
      printf '%s\n' "$home"
      return
    fi
  done
}

missing_packages() {
  command -v mvn >/dev/null || printf ' maven'
  command -v gcc >/dev/null || printf ' gcc libc6-dev'
}

. "$(dirname "${BASH_SOURCE[0]}")/packages.sh"

wanted=$(missing_packages)
if [ -z "$(find_jdk)" ] && may_install; then
  renew_lists # on a fresh machine they are empty
  ! apt-cache show "openjdk-$oldest_jdk-jdk-headless" >/dev/null 2>&1 || wanted+=" openjdk-$oldest_jdk-jdk-headless"
fi
# shellcheck disable=SC2086
[ -z "$wanted" ] || install_packages $wanted
packages=$(missing_packages)
[ -z "$packages" ] || echo "build: missing:$packages (Debian: apt-get install$packages)" >&2

jdk=$(find_jdk)
[ -n "$jdk" ] || echo "build: missing: a JDK $oldest_jdk or later, looked for in \$JAVA_HOME, /usr/lib/jvm, /opt/java" \
  "and /opt/jdk*; Debian 13 has openjdk-$oldest_jdk-jdk-headless, Debian 12 has none: unpack one of adoptium.net there," \
  "or set JAVA_HOME to where one is" >&2

[ -z "$packages" ] && [ -n "$jdk" ] || exit 1

export JAVA_HOME=$jdk
export PATH=$JAVA_HOME/bin:$PATH
# Maven's own libraries use what JDK 24 and later warn about; that is no concern of this build. Each of its runs is
# short: without the second compiler and its threads it takes half of the processor's time.
export MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
-XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${MAVEN_OPTS:-}"
# What the JVM is told by the caller's shell must not leak into the runtime's training.
unset CLASSPATH JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
umask 022

# Debian's Maven writes colour resets even where nothing else is coloured.
maven() {
  mvn -B -ntp -Dstyle.color=never "$@" 2>&1 | sed -u 's/\x1b\[[0-9;]*m//g'
}
