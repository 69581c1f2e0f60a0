# Sourced: installs what is missing from Debian's packages, and nothing that is there.

as_root() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@" >&2
  elif [ -t 0 ]; then
    sudo env DEBIAN_FRONTEND=noninteractive "$@" >&2
  else
    sudo -n env DEBIAN_FRONTEND=noninteractive "$@" >&2
  fi
}

install_packages() {
  have apt-get || die "please install: $* (these are Debian's names; this machine has no apt-get)"
  [ "$(id -u)" = 0 ] || have sudo || die "please run as root: apt-get install $*"
  say "installing Debian packages: $*"
  as_root apt-get update -qq
  without_services as_root apt-get install -y -qq --no-install-recommends "$@"
}

# Debian starts a daemon when its package is installed. Kamailio would take port 5060, which SIPp and
# the switch need; policy-rc.d is Debian's way to say no. A file that is already there is left alone.
without_services() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then "$@"; return; fi
  as_root sh -c "printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy"
  local status=0
  "$@" || status=$?
  as_root rm -f "$policy"
  return "$status"
}

links_c() { printf 'int main(void) { return 0; }\n' | cc -x c -o /dev/null - >/dev/null 2>&1; }

# What cargo cannot do without: a C compiler (the linker, and SQLite), and certificates to fetch crates.
need_build_packages() {
  local missing=()
  links_c || missing+=(gcc libc6-dev)
  [ -n "${SSL_CERT_FILE:-}${CARGO_HTTP_CAINFO:-}" ] || [ -e /etc/ssl/certs/ca-certificates.crt ] ||
    missing+=(ca-certificates)
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# need_commands command:package …
need_commands() {
  local missing=() pair
  for pair in "$@"; do
    PATH="$PATH:/usr/sbin:/sbin" have "${pair%%:*}" || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

need_sipp_packages() { need_commands sipp:sip-tester python3:python3; }
need_bench_packages() {
  local fresh=0
  PATH="$PATH:/usr/sbin" have kamailio || fresh=1
  need_commands sipp:sip-tester python3:python3 kamailio:kamailio
  # Only for the Kamailio that this script brought in: it must not take port 5060 at the next boot.
  if [ "$fresh" = 1 ] && have systemctl; then
    as_root systemctl disable --quiet kamailio.service || say "note: Kamailio may start at the next boot"
  fi
}
