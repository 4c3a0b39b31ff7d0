#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs unit tests and bats files and sums them up.
#
#   run-tests.sh [UNIT-TEST...] [FILE.bats...]
#
# One line a program that passes, and why it skipped what it skipped; all that a failing one said,
# and once more at the end which tests failed, each with what it said.
# The last line is `N passed, N failed`, with `, N skipped` where there were any. A program that
# crashes, hangs or ends without the tests it promised counts as one failed test more.
# Exit status: 0 all passed, 1 one failed, or there were none.
set -u

# Seconds for one program; TEST_SLOW multiplies it.
unit_deadline=$((120 * ${TEST_SLOW:-1}))
bats_deadline=$((900 * ${TEST_SLOW:-1}))

passed=0 failed=0 skipped=0
output=$(mktemp) && failures=$(mktemp) || exit 1
trap 'rm -f "$output" "$failures"' EXIT
trap 'exit 130' INT TERM

count() { # PATTERN: lines of the output that match
    grep -cE "$1" "$output"
}

# Reads what a program said: TAP, cmocka's own dialect of it included: a skipped test is "not ok".
sum_up() { # NAME STATUS
    skip='# *[Ss][Kk][Ii][Pp]'
    oks=$(($(count '^ok [0-9]') - $(count "^ok [0-9].*$skip")))
    bad=$(($(count '^not ok [0-9]') - $(count "^not ok [0-9].*$skip")))
    skips=$(count "^(not )?ok [0-9].*$skip")
    planned=$(sed -n 's/^1\.\.\([0-9][0-9]*\).*/\1/p' "$output" | awk '{ n += $1 } END { print n + 0 }')
    why=
    if [ "$2" -eq 124 ] || [ "$2" -eq 137 ]; then
        why='did not end in time'
    elif [ "$2" -gt 128 ]; then
        why="was ended by signal $(($2 - 128))"
    elif [ $((oks + skips + bad)) -lt "$planned" ]; then
        why="ended after $((oks + skips + bad)) of $planned tests"
    elif [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then
        why="exited with $2"
    elif [ $((oks + skips + bad)) -eq 0 ]; then
        why='ran no test'
    fi
    [ -z "$why" ] || bad=$((bad + 1))
    passed=$((passed + oks))
    failed=$((failed + bad))
    skipped=$((skipped + skips))
    if [ "$bad" -eq 0 ]; then
        printf '%-40s %3d passed' "$1" "$oks"
        [ "$skips" -eq 0 ] || printf ', %d skipped' "$skips"
        printf '\n'
        # Why: bats has it in the line of the test, ours in a remark (harness/tests/skipped.h).
        sed -nE -e 's/^# skipped: /    skipped: /p' \
            -e 's/^ok [0-9]+ (.*) # [Ss][Kk][Ii][Pp] (.*)/    skipped: \1: \2/p' "$output" | sort -u
    else
        printf '%-40s %3d passed, %d FAILED' "$1" "$oks" "$bad"
        [ -z "$why" ] || printf ': it %s' "$why"
        printf '\n'
        sed 's/^/    | /' "$output"
        {
            printf 'FAILED: %s%s\n' "$1" "${why:+ (it $why)}"
            # A failing test's line and the remarks that follow it, as far as a screen holds them.
            awk '/^not ok/ && !/# *[Ss][Kk][Ii][Pp]/ { left = 25 } /^ok/ { left = 0 }
                 left > 0 { left--; print "    | " $0 }' "$output"
        } >>"$failures"
    fi
}

for test in "$@"; do
    case $test in
    *.bats)
        timeout -k 10 "$bats_deadline" bats --tap --print-output-on-failure "$test" \
            >"$output" 2>&1 </dev/null
        ;;
    *)
        CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 "$unit_deadline" "$test" >"$output" 2>&1 </dev/null
        ;;
    esac
    sum_up "${test#./}" $?
done

cat "$failures"
line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
printf '%s\n' "$line"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
