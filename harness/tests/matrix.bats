#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The matrix: what it is made of, what it refuses, and its page in a browser.

load helper

setup() {
    enter_folder
}

# Results of one implementation, each verdict "SCENARIO KIND [REQUIREMENT]".
write_results() { # FILE IMPLEMENTATION STARTED VERDICT...
    local file=$1 name=$2 started=$3 verdict scenario kind id count=$(($# - 3))
    mkdir -p "$(dirname "$file")"
    shift 3
    {
        printf '{"format":1,"started":"%s","implementations":["%s"],"scenarios":9,"selected":["s"]}\n' \
            "$started" "$name"
        for verdict; do
            read -r scenario kind id <<<"$verdict"
            printf '{"implementation":"%s","version":"1.0","scenario":"%s","verdict":"%s","covers":["%s"],"findings":[%s]}\n' \
                "$name" "$scenario" "$kind" "${id:-XC-01}" \
                "$([ "$kind" != fail ] || printf '{"requirement":"%s","oracle":"step","what":"no"}' "${id:-XC-01}")"
        done
        printf '{"end":true,"verdicts":%d}\n' "$count"
    } >"$file"
}

@test "the newest verdict of each scenario counts, whichever file has it" {
    write_results r/1.jsonl demo 2026-01-01T00:00:00Z 's/one fail' 's/two pass XC-02'
    write_results r/2.jsonl demo 2026-01-02T00:00:00Z 's/one pass'
    run -0 reapcheck matrix --results r --family XC
    line_matches '^XC-01  \+'
    line_matches '^XC-02  \+'
    line_matches '^XC-03  \.'
    # files that are named: by when they began, not by their place
    run -0 reapcheck matrix --family XC r/2.jsonl r/1.jsonl
    line_matches '^XC-01  \+'
    run -0 reapcheck matrix --family XC r/1.jsonl
    line_matches '^XC-01  F'
}

@test "mutants are in it only where their results are named" {
    write_results r/1.jsonl mutant-x 2026-01-01T00:00:00Z 's/one fail'
    write_results r/2.jsonl demo 2026-01-01T00:00:00Z 's/one pass'
    run -0 reapcheck matrix --results r --family XC
    no_line_matches mutant
    run -0 reapcheck matrix --family XC r/1.jsonl
    line_matches mutant-x
}

@test "what cannot be read ends it, and what stands there stays" {
    write_results r/1.jsonl demo 2026-01-01T00:00:00Z 's/one pass'
    sed '$d' r/1.jsonl >r/2.jsonl
    echo kept >out
    run -2 reapcheck matrix --results r --output out
    line_matches 'r/2.jsonl:3: the last line is missing'
    run -2 reapcheck matrix --output out r/1.jsonl r/2.jsonl
    line_matches 'r/2.jsonl:3: the last line is missing'
    sed 's/"format":1/"format":2/' r/1.jsonl >r/2.jsonl
    run -2 reapcheck matrix --format html --results r --output out
    line_matches 'r/2.jsonl:1: its format is 2.*a newer reapcheck wrote it'
    run -2 reapcheck matrix --results nowhere --output out
    line_matches 'there are no results in nowhere'
    rm r/2.jsonl
    run -2 reapcheck matrix --results r --family ZZ --output out
    line_matches 'there is no family "ZZ" .* XC, FK'
    run -2 reapcheck matrix --results r --format pdf
    [ "$(cat out)" = kept ]
    run -3 reapcheck matrix --results r --output missing/out
    run -0 reapcheck matrix --results r --output out
    grep -q '^XC-01  +' out
    [ -z "$(compgen -G '*.tmp')" ]
}

@test "a real failure comes with its history, and in every form" {
    write_script wrong.scn wrong
    run -1 reapcheck run --results r --impl reference wrong.scn
    run -0 reapcheck matrix --results r --format markdown --family XC
    line_matches '^\| XC-02 \| \*\*fails\*\* \|$'
    line_matches 'should be ignored \| .*run --impl reference wrong.scn \|$'
    run -0 reapcheck matrix --results r --format html --output page.html
    grep -q '"h":\[' page.html
    grep -q '"p":\[' page.html
    run ! grep -qE '(src|href)=' page.html
}

@test "the page in Chromium: cells, filters, keyboard, small screens, hostile texts" {
    local chromium
    chromium=$(command -v chromium || command -v chromium-browser) ||
        skip 'chromium is not installed'
    command -v node >/dev/null || skip 'node is not installed (Debian: nodejs)'
    command -v npm >/dev/null || skip 'npm is not installed'
    [ -d "$TREE/harness/tests/html/node_modules/playwright-core" ] ||
        (cd "$TREE/harness/tests/html" && npm ci --no-audit --no-fund 3>&-)
    node "$TREE/harness/tests/html/synthesize.mjs" "$TREE/scenarios/CATALOGUE.md" twelve
    run -0 reapcheck matrix --results twelve --format html --output page.html
    run timeout $((600 * ${TEST_SLOW:-1})) node "$TREE/harness/tests/html/page.mjs" "$chromium" "$PWD/page.html" "$PWD/browser" 3>&-
    printf '%s\n' "$output"
    [ "$status" -eq 0 ]
    printf '# %s\n' "${lines[-1]}" >&3
}
