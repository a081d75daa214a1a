#!/bin/bash
# Assembles the installed tree from what Maven packaged: tree.sh DIRECTORY [--debug]. The tree is made beside its
# place and put there whole, so that a build that fails leaves the last good one. With --debug, a debugger can attach
# to jhot itself, and its stack traces have line numbers.
set -euo pipefail
cd "$(dirname "$0")/../../.."
. launcher/src/build/toolchain.sh

place=$1
linking=(--add-modules io.jhot.launcher --strip-debug)
[ "${2:-}" != --debug ] || linking=(--add-modules io.jhot.launcher,jdk.jdwp.agent)
tree=$place.new
jar() { ls "$1"/target/"$2"-[0-9]*.jar; } # the one jar that Maven made of a module
ffm=$(jar ffm-bindings jhot-ffm)
agent=$(jar java-api/agent jhot-agent)
launcher=$(jar launcher jhot-launcher)
version=${launcher##*jhot-launcher-}
modules=$ffm:$agent:$(jar launcher/picocli jhot-picocli):$launcher

rm -rf "$tree"
mkdir -p "$tree"/{bin,lib/agent}

gcc -std=gnu17 -Wall -Wextra -Werror -O2 -o "$tree/bin/jhot" launcher/src/main/c/jhot.c
cp launcher/src/main/jvm/jvm.flags "$tree/lib/jvm.flags"
cp "$ffm" "$tree/lib/agent/jhot-ffm.jar"
cp "$agent" "$tree/lib/agent/jhot-agent.jar"

# The shapes of method handles that the launcher links come ready-made with the runtime: each would be spun at
# each start. Learned from a run in the JDK that the runtime is made of.
if ! java -Xint -XX:+UseSerialGC --enable-native-access=io.jhot.ffm -Djava.lang.invoke.MethodHandle.TRACE_RESOLVE=true \
  -p "$modules" -m io.jhot.launcher/io.jhot.cli.Main exec --quiet -- true >"$tree/shapes"; then
  echo "build: jhot exec -- true fails in $JAVA_HOME, see above: mend what it says, or try another JDK 25 as JAVA_HOME" >&2
  exit 1
fi

jlink --module-path "$modules" "${linking[@]}" "--generate-jli-classes=@$tree/shapes" \
  --no-header-files --no-man-pages --output "$tree/lib/runtime"
rm "$tree/shapes"
# What neither the java launcher nor java.base under jvm.flags ever opens; TreeIT holds that all the rest is needed.
# No key, certificate, time zone or compressed jar concerns jhot: those are the app's JVM's. (InetAddress does
# read java.security.)
rm -r "$tree"/lib/runtime/{bin/keytool,conf/{net.properties,sdp,security/policy},lib/{jexec,jrt-fs.jar,jspawnhelper}}
rm -r "$tree"/lib/runtime/lib/{classlist,libjsig.so,server/libjsig.so,libsimdsort.so,libverify.so,security,tzdb.dat}

java -cp "$modules" launcher/src/build/CommandPages.java "$tree/share" "${version%.jar}"

launcher/src/build/train.sh "$tree"

chmod -R u=rwX,go=rX "$tree"
rm -rf "$place"
mv "$tree" "$place"
