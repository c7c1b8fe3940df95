# Sourced by ./test and .ci/run: named stages with their times, and one table and sum at the end.
# A stage that fails does not end the run, so that one run shows everything; `finish` ends it with what failed.
set -euo pipefail

stages_seconds_max=$((75 * 60))  # of everything, on a machine with two cores that starts with nothing

# A script that another one started as a stage adds to the same lists: counts of tests, and times as "seconds|name|status".
stages_is_outermost=$([ -z "${OUTFLOW_STAGES:-}" ] && echo yes || echo no)
OUTFLOW_TALLY=${OUTFLOW_TALLY:-$(mktemp -t outflow-tally.XXXXXX)}
OUTFLOW_STAGES=${OUTFLOW_STAGES:-$(mktemp -t outflow-stages.XXXXXX)}
export OUTFLOW_TALLY OUTFLOW_STAGES
stages_failed=no

# run_script COMMAND...  Runs a script that has stages of its own. Returns its status.
run_script() {
    "$@" </dev/null || { stages_failed=yes; return 1; }
}

# stage NAME COMMAND...  Returns the command's status (so use it in `if` or with `|| true`). What builds has a name that
# starts with "build".
stage() {
    local name=$1 began=$SECONDS status=0
    shift
    echo "=== $name"
    "$@" </dev/null || status=$?
    echo "$((SECONDS - began))|$name|$status" >>"$OUTFLOW_STAGES"
    echo "=== $name: $((SECONDS - began)) s$([ $status -eq 0 ] || echo ", FAILED with $status")"
    [ $status -eq 0 ] || stages_failed=yes
    return $status
}

# count_stage NAME COMMAND...  The same for a command that counts no tests itself: it is one test.
count_stage() {
    if stage "$@"; then echo "1 0" >>"$OUTFLOW_TALLY"; else echo "0 1" >>"$OUTFLOW_TALLY"; return 1; fi
}

# build PRESET [TARGET...]  Configures and builds; output only when that fails or takes long.
build() {
    local preset=$1
    shift
    mkdir -p build
    cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 || { cat "build/configure-$preset.log"; return 1; }
    cmake --build --preset "$preset" ${1:+--target "$@"}
}

# Prints the table and the sum; fails when any stage failed or no test ran. Inside another script: that one will print them.
finish() {
    [ "$stages_is_outermost" = yes ] || { [ "$stages_failed" = no ]; return; }
    local passed failed
    read -r passed failed < <(awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }' "$OUTFLOW_TALLY")
    echo "=== times"
    awk -F'|' -v total="$SECONDS" '
        { printf "%6d s  %s%s\n", $1, $2, $3 == 0 ? "" : " (FAILED)"; if ($2 ~ /^build/) building += $1 }
        END { printf "%6d s  in all; %d s of it is building (%d %%)\n", total, building, total ? building * 100 / total : 0 }
    ' "$OUTFLOW_STAGES"
    awk -F'|' '$3 != 0 { print "failed stage: " $2 }' "$OUTFLOW_STAGES"
    if [ "$stages_failed" = yes ] || [ $((passed + failed)) -eq 0 ]; then
        [ "$failed" -gt 0 ] || failed=1
    fi
    echo "$passed passed, $failed failed"
    [ "$SECONDS" -le $stages_seconds_max ] ||
        echo "WARNING: this took $((SECONDS / 60)) minutes; the budget is $((stages_seconds_max / 60)), on two cores, with nothing built before."
    [ "$failed" -eq 0 ]
}
