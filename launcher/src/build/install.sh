#!/bin/bash
# Copies the tree to PREFIX/lib/jhot and links to it from PREFIX/bin and PREFIX/share: install.sh TREE PREFIX
set -euo pipefail
umask 022
tree=$1
prefix=${2%/}
home=$prefix/lib/jhot

mkdir -p "$prefix"/{bin,lib}
rm -rf "$home.new"
cp -R --preserve=mode,timestamps,links "$tree" "$home.new"
launcher/src/build/verify-cache.sh "$home.new"
# A jhot that runs from the old tree has its files open or mapped, and they stay until it ends.
rm -rf "$home"
mv "$home.new" "$home"

ln -sfn ../lib/jhot/bin/jhot "$prefix/bin/jhot"
(cd "$home" && find share -type f) | while read -r page; do
  folder=$prefix/$(dirname "$page")
  mkdir -p "$folder"
  ln -sf "$(realpath -s --relative-to="$folder" "$home")/$page" "$folder/"
done
echo "installed: $prefix/bin/jhot"
