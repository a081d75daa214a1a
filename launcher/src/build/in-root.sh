#!/bin/bash
# Becomes COMMAND in the root file system of another Debian: in-root.sh ROOT COMMAND...
# It finds this machine's processes, devices, host names and /tmp there, and this project, all under the paths that they have
# here. The mounts are this process's alone and end with it; its pid stays. Root only.
set -euo pipefail

root=$(realpath "$1")
shift
project=$(realpath "$(dirname "$0")/../../..")
mkdir -p "$root$project"
# shellcheck disable=SC2016
exec unshare --mount --propagation private bash -c '
  root=$1 project=$2
  shift 2
  for folder in /proc /sys /dev; do
    mount --rbind "$folder" "$root$folder"
  done
  mount --bind /tmp "$root/tmp"
  touch "$root/etc/hosts"
  mount --bind /etc/hosts "$root/etc/hosts"
  mount --bind "$project" "$root$project"
  exec /usr/sbin/chroot "$root" env -C "$PWD" "$@"' in-root "$root" "$project" "$@"
