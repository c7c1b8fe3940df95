# Sourced by ./test and .ci/run: named stages with their times, and one sum at the end.
# A stage that fails does not end the run, so that one run shows everything; `finish` ends it with what failed.
set -euo pipefail

OUTFLOW_TALLY=${OUTFLOW_TALLY:-$(mktemp -t outflow-tally.XXXXXX)}
export OUTFLOW_TALLY
stages_failed=()
stages_times=()

# stage NAME COMMAND...  Returns the command's status (so use it in `if` or with `|| true`).
stage() {
    local name=$1 began=$SECONDS status=0
    shift
    echo "=== $name"
    "$@" </dev/null || status=$?
    stages_times+=("$(printf '%5d s  %s%s' $((SECONDS - began)) "$name" "$([ $status -eq 0 ] || echo ' (FAILED)')")")
    echo "=== $name: $((SECONDS - began)) s$([ $status -eq 0 ] || echo ", FAILED with $status")"
    [ $status -eq 0 ] || stages_failed+=("$name")
    return $status
}

# count_stage NAME COMMAND...  The same for a command that counts no tests itself: it is one test.
count_stage() {
    if stage "$@"; then echo "1 0" >>"$OUTFLOW_TALLY"; else echo "0 1" >>"$OUTFLOW_TALLY"; return 1; fi
}

# Prints times and the sum; exits with 1 when any stage failed or no test ran.
finish() {
    local passed failed
    read -r passed failed < <(awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }' "$OUTFLOW_TALLY")
    echo "=== times"
    printf '%s\n' "${stages_times[@]}"
    echo "  total $SECONDS s"
    if [ ${#stages_failed[@]} -gt 0 ]; then
        printf 'failed stage: %s\n' "${stages_failed[@]}"
        [ "$failed" -gt 0 ] || failed=1
    fi
    [ $((passed + failed)) -gt 0 ] || failed=1
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ ${#stages_failed[@]} -eq 0 ]
}
