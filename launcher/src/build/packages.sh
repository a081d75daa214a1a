# shellcheck shell=bash
# Sourced by the build: installs Debian packages, beside whatever else installs some on this host.

apt_patience=900 # seconds: an unattended upgrade of a fresh host takes minutes

apt_lists_renewed=

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# Runs apt-get quietly. Waits for another apt or dpkg, and says so. When it fails, says apt's own last lines.
#
# DPkg::Lock::Timeout waits for dpkg's locks alone. For those of the lists and of the archives apt does not wait, so
# that is done here.
apt_get() { # arguments
  local log started=$SECONDS waits=
  log=$(mktemp)
  until DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=5 "$@" >"$log" 2>&1 </dev/null; do
    if ! grep -Eq 'Could not get lock|Unable to (lock|acquire)' "$log"; then
      echo "build: apt-get $1 failed:" >&2
      tail -n 5 "$log" | sed 's/^/  /' >&2
      rm -f "$log"
      return 1
    fi
    if [ $((SECONDS - started)) -ge $apt_patience ]; then
      echo "build: apt-get $1 got no lock in $((apt_patience / 60)) minutes: $(grep -m 1 'lock' "$log");" \
        "wait for the other package manager, then try again" >&2
      rm -f "$log"
      return 1
    fi
    [ -n "$waits" ] || echo "build: waiting for another package manager: $(sed -n 's/^E: //p' "$log" | head -n 1)"
    waits=yes
    sleep 1
  done
  rm -f "$log"
}

# Once in a run. Lists that cannot be renewed may still do: what is wrong with them the installation says.
renew_lists() {
  [ -z "$apt_lists_renewed" ] || return 0
  apt_lists_renewed=yes
  apt_get update || true
}

# Installs packages where that can be done: as root, on Debian and its kin. What is still missing then the caller says.
install_packages() { # packages
  may_install || return 0
  echo "build: installing $* by apt-get"
  renew_lists
  apt_get install -y --no-install-recommends "$@" || true
}
