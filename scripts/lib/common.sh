# Sourced by every script: where the checkout is, and how a script speaks.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

# Progress goes to standard error, so that `./scripts/demo --json` prints JSON and nothing else.
say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

need_cargo() {
  have cargo && return
  [ -x "$HOME/.cargo/bin/cargo" ] || die "cargo is not installed; Pointsman needs the Rust toolchain (https://rustup.rs)"
  PATH="$HOME/.cargo/bin:$PATH"
}

target_dir() { printf '%s\n' "${CARGO_TARGET_DIR:-$root/target}"; }

# The one release build that the demo, the SIPp scripts and the benchmark share.
# POINTSMAN names a ready binary instead.
build_switch() {
  if [ -z "${POINTSMAN:-}" ]; then
    need_cargo
    cargo build --release --locked -p pointsman-cli >&2
    POINTSMAN="$(target_dir)/release/pointsman"
  fi
  [ -x "$POINTSMAN" ] || die "$POINTSMAN is not an executable"
  export POINTSMAN
}
