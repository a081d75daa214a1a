#!/bin/bash
# Makes the images jhot and jhot:bare from a built tree: image.sh TREE
set -euo pipefail
cd "$(dirname "$0")/../../.."

tree=$1
launcher/src/build/bases.sh

build() { # target, tag
  # The legacy builder of older engines says on stderr that it is one.
  if ! said=$(tar -c --owner=0 --group=0 --transform "s|^$tree|build/jhot|" Dockerfile "$tree" |
    docker build --target "$1" -t "$2" - 2>&1); then
    printf 'build: cannot make the image %s:\n%s\n' "$2" "$said" >&2
    echo "build: try the Dockerfile's step by hand: docker build --progress=plain ." >&2
    exit 1
  fi
}

layer() { # image: the size of the layer with jhot in it
  docker history --format '{{.Size}} {{.CreatedBy}}' --no-trunc "$1" | awk '/\/image|in \/ *$/ && !seen++ {print $1}'
}

takes_its_cache() { # image: otherwise each start of jhot would take five times as long
  docker run --rm --entrypoint /opt/jhot/lib/runtime/bin/java -e _JAVA_SR_SIGNUM=41 "$1" @/opt/jhot/lib/jvm.flags \
    -XX:AOTMode=on -XX:AOTCache=/opt/jhot/lib/jhot.aot -Djhot.home=/opt/jhot \
    -m io.jhot.launcher/io.jhot.cli.Main --version >/dev/null
}

for target in bare jhot; do
  tag=jhot
  [ $target = jhot ] || tag=jhot:$target
  build $target $tag
  takes_its_cache $tag || { echo "build: the AOT cache in $tag is refused, see above: make clean image" >&2; exit 1; }
  size=$(docker image inspect --format '{{.Size}}' $tag)
  echo "image: $tag, $((size / 1000000)) MB, of which jhot $(layer $tag)"
done
