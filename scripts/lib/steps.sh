# Sourced: runs the steps of a test run one after the other, counts what passed, and sums up.
#
# A step is a command whose output may contain counts ("12 passed, 0 failed", or the closing lines of
# cargo test and nextest). Without counts it is one check: passed when it exits 0.

passed=0 failed=0 skipped=0
table=()
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# counts FILE -> "passed failed", summed over the closing lines of the runners we use
counts() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^test result: / { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1) } }
    /^ *Summary \[.*tests? run: / { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/ || $i ~ /^timed/) f += $(i-1) } }
    /^[0-9]+ passed, [0-9]+ failed$/ { p += $1; f += $3 }
    END { print p + 0, f + 0 }'
}

# step NAME COMMAND…
step() {
  local name=$1 log="$logs/step" began=$SECONDS status=0 p f
  shift
  printf '\n=== %s: %s\n' "$name" "$*"
  "$@" </dev/null 2>&1 | tee "$log" || status=${PIPESTATUS[0]}
  read -r p f < <(counts "$log")
  [ "$status" = 0 ] || [ "$f" != 0 ] || f=1
  [ "$p" != 0 ] || [ "$f" != 0 ] || p=1
  passed=$((passed + p)) failed=$((failed + f))
  table+=("$(printf '%-34s %6d passed %4d failed %5d s' "$name" "$p" "$f" $((SECONDS - began)))")
  return "$status"
}

# skip NAME WHY
skip() {
  skipped=$((skipped + 1))
  table+=("$(printf '%-34s skipped: %s' "$1" "$2")")
}

# The last line is the count; the exit status says whether all is well.
summary() {
  printf '\n=== summary (%d s)\n' "$SECONDS"
  printf '%s\n' "${table[@]}"
  if [ "$skipped" = 0 ]; then
    printf '%d passed, %d failed\n' "$passed" "$failed"
  else
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  fi
  [ "$failed" = 0 ]
}
