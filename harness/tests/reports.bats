#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Reports in the formats that others read, and what becomes of one that cannot be written.

load helper

setup() {
    enter_folder
}

@test "JSON lines are JSON, and are those of the results file" {
    command -v jq >/dev/null || skip 'jq is not installed'
    write_script mine/a.scn
    write_script mine/b.scn wrong
    run -1 play --impl reference --format jsonl mine
    jq -e . <<<"$output" >/dev/null
    [ "$(jq -r 'select(.verdict) | .scenario + " " + .verdict' <<<"$output")" = \
        $'mine/a pass\nmine/b fail' ]
    jq -se '.[0].format == 1 and .[-1].end and .[-1].verdicts == 2' <<<"$output"
    jq -se '.[2].findings | all(.requirement and .what and .oracle)' <<<"$output"
    jq -se '.[2].findings | any(.line == 7 and (.evidence | length > 0))' <<<"$output"
    diff - results/*.jsonl <<<"$output"
}

@test "TAP has its plan, a line each and a block for what failed" {
    write_script mine/a.scn
    write_script mine/b.scn wrong
    run -1 play --impl reference --format tap --output out.tap mine
    [ -z "$output" ]
    run -0 cat out.tap
    [ "${lines[0]}" = 'TAP version 14' ]
    [ "${lines[1]}" = 'ok 1 - reference: mine/a' ]
    [ "${lines[2]}" = 'not ok 2 - reference: mine/b' ]
    [ "${lines[3]}" = '  ---' ]
    line_matches '^  \.\.\.$'
    [ "${lines[-1]}" = '1..2' ]
}

@test "a report that cannot be written exits with 3 and says so" {
    write_script one.scn
    for format in pretty tap jsonl junit github markdown; do
        run -3 play --impl reference --format $format --output /dev/full one.scn
        line_matches 'cannot write the report to /dev/full: No space left'
    done
    run -3 play --impl reference --output no/such/folder/out one.scn
    line_matches 'cannot write no/such/folder/out: No such file'
    # shellcheck disable=SC2016
    run -3 bash -c '"$0" "$@" --results results >/dev/full 3>&-' "$REAPCHECK" run one.scn \
        --impl reference
    line_matches 'cannot write .*standard output'
}

@test "JUnit's XML is valid by our schema, whatever stands in it" {
    make_home
    write_script $'home/scenarios/mine/o<dd>&"\x1b\xff]]>.scn' wrong
    expect_lines 'mine/wrong XC-02 <known> & "quoted"' 'mine/well XC-01 gone' '* XC-24 nowhere'
    run -1 play --impl reference --format junit=out.xml
    schema_holds out.xml
    line_matches '; 2 NEW PASS$' # the report for people is there, too
    run -0 cat out.xml
    line_matches '^<testsuites name="reapcheck" tests="4" failures="3" errors="0" skipped="1" '
    line_matches '<skipped message="known: &lt;known&gt; &amp; &quot;quoted&quot;"/>'
    line_matches '<failure message="NEW PASS: XC-01 '
    line_matches '<testcase classname="reference" name="expected results 1" time="0.000">'
    line_matches '<testcase classname="reference.mine" name="o&lt;dd&gt;&amp;&quot;\\x1b'
}

@test "the schema refuses what is not of this form" {
    make_home
    play --impl reference --format junit=out.xml || true
    schema_holds out.xml
    sed 's/ tests="2"//' out.xml >numbers.xml
    sed 's/name="well"/name="wrong"/' out.xml >twice.xml
    sed 's/<failure /<broken /; s/<\/failure>/<\/broken>/' out.xml >element.xml
    for file in numbers twice element; do
        run -1 cmp -s out.xml $file.xml
        run schema_holds $file.xml
        [ "$status" -ne 0 ]
    done
}

@test "on GitHub there are annotations, and a summary is added to that of the step" {
    make_home
    echo 'what was there' >step
    export GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$PWD/step
    run -1 play --impl reference --format github
    line_matches '^::error file=home/scenarios/mine/wrong\.scn,line=7,title=Failure%3A reference'
    line_matches '^  reference [0-9.]+: 1 pass, 1 fail, '
    run -0 cat step
    [ "${lines[0]}" = 'what was there' ]
    [ "${lines[1]}" = '## reapcheck' ]
    line_matches '^\| mine/wrong \| failure \| XC-02: '
    # nothing but what was asked for
    run -1 play --impl reference --format pretty
    [ "$(grep -c '^## ' step)" -eq 1 ]
    unset GITHUB_ACTIONS
    run -1 play --impl reference --format github
    [ "$(grep -c '^## ' step)" -eq 1 ]
}

@test "a further report that cannot be written exits with 3, and the others are whole" {
    make_home
    run -3 play --impl reference --format junit=/dev/full --format tap=out.tap mine/well
    line_matches 'cannot write the report to /dev/full: No space left'
    line_matches '^reference [0-9.]+: 1 pass'
    [ "$(tail -n 1 out.tap)" = '1..1' ]
    run -3 play --impl reference --format junit=no/such/out.xml mine/well
    line_matches 'cannot write no/such/out.xml: No such file'
}

@test "TAP can be read as YAML where it has blocks" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    python3 -c 'import yaml' 2>/dev/null || skip 'python3 has no yaml (Debian: python3-yaml)'
    make_home
    write_script $'home/scenarios/mine/o\x1b\xff#\\: "q".scn' wrong
    run -1 play --impl reference --format tap
    python3 - 3<<<"$output" <<'END'
import re, yaml
lines = open(3, newline="\n").read().splitlines()
assert lines[0] == "TAP version 14" and lines[-1] == "1..3"
blocks, block = [], None
for line in lines[1:-1]:
    if line == "  ---":
        block = []
    elif line == "  ...":
        blocks.append(yaml.safe_load("\n".join(block)))
        block = None
    elif block is not None:
        assert line.startswith("  ")
        block.append(line[2:])
    else:
        assert re.match(r"(not )?ok \d+ - reference: mine/", line), line
assert len(blocks) == 2
for each in blocks:
    assert each["findings"][0]["requirement"] == "XC-02"
assert "mine/o" in blocks[0]["findings"][0]["at"]
END
}
