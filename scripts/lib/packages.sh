# Sourced: installs what is missing from Debian's packages, and nothing that is there.
#
#   need build          what cargo cannot do without
#   need sipp sox       … and so on: the groups are the want_* functions below

PATH="$PATH:/usr/sbin:/sbin" # where Debian keeps kamailio; not every user's PATH has it

need() {
  wanted=()
  local group
  for group in "$@"; do "want_$group"; done
  [ ${#wanted[@]} = 0 ] || install_packages "${wanted[@]}"
}

# want COMMAND PACKAGE
want() { have "$1" || wanted+=("$2"); }

# A C compiler (the linker, and SQLite) with its headers, and certificates to fetch crates with.
want_build() {
  links_c || wanted+=(gcc libc6-dev)
  [ -n "${SSL_CERT_FILE:-}${CARGO_HTTP_CAINFO:-}" ] || [ -e /etc/ssl/certs/ca-certificates.crt ] ||
    wanted+=(ca-certificates)
}
want_sipp() { want sipp sip-tester; want_python; }
want_python() { want python3 python3; }
want_sox() { want soxi sox; }
want_kamailio() { want kamailio kamailio; }
want_baresip() { want baresip baresip-core; }
want_tcpdump() { want tcpdump tcpdump; }
want_valgrind() { want valgrind valgrind; }

links_c() { printf '#include <stdio.h>\nint main(void) { return 0; }\n' | cc -x c -o /dev/null - >/dev/null 2>&1; }

install_packages() {
  have apt-get || die "please install: $* (these are Debian's names; this machine has no apt-get)"
  [ "$(id -u)" = 0 ] || have sudo || die "please run as root: apt-get install $*"
  say "installing Debian packages: $*"
  quietly as_root apt-get update
  without_daemons quietly as_root apt-get install -y --no-install-recommends "$@"
}

as_root() {
  local sudo=()
  [ "$(id -u)" = 0 ] || { sudo=(sudo); [ -t 0 ] || sudo+=(-n); }
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# Says nothing unless the command fails.
quietly() {
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then rm -f "$log"; return; fi
  cat "$log" >&2
  rm -f "$log"
  die "failed: $*"
}

# Debian starts a daemon as soon as it is installed, and Kamailio would take port 5060 from the switch and from
# SIPp. policy-rc.d is Debian's way to say no; one that is there already is left alone. Nor does a daemon that
# only the benchmark wanted start at the next boot.
without_daemons() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then "$@"; return; fi
  as_root sh -c "printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy"
  local status=0
  ("$@") || status=$?
  as_root rm -f "$policy"
  if have systemctl && [[ " ${wanted[*]} " == *" kamailio "* ]]; then
    as_root systemctl disable --quiet kamailio.service || say "note: Kamailio may start at the next boot"
  fi
  [ "$status" = 0 ] || exit "$status"
}
