#!/bin/bash
# Writes a tree out to disk and drops it from the page cache: settle.sh TREE
#
# Files just written lie in the page cache in folios of up to 2 MB, and Linux since 6.18 maps a folio whole when
# one page of it is touched. Read back they come in small ones, as after any boot: an idle jhot maps 5 MB less.
set -euo pipefail
find "$1/lib" -type f -size +64k -print0 | while IFS= read -r -d '' file; do
  sync -d "$file"
  dd if="$file" iflag=nocache count=0 status=none
done
