#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What is expected: failures that are known, those that no longer come, and `expect`, which writes
# the list.

load helper

setup() {
    enter_folder
    make_home
}

@test "a failure that is expected exits with 0 and is told briefly" {
    expect_lines 'mine/wrong XC-02 it is wrong'
    run -0 play --impl reference
    line_matches "^  XC-02  mine/wrong: it is wrong"
    line_matches ': 1 pass, 1 fail \(1 expected\), 0 limit'
    no_line_matches '^1\. '
    run -0 play --impl reference --verbose
    line_matches "^1\. XC-02"
    line_matches 'known +it is wrong'
}

@test "what may fail in any scenario is expected everywhere, and has to fail somewhere" {
    expect_lines '* XC-02 it is wrong'
    run -0 play --impl reference
    line_matches "^  XC-02  mine/wrong: it is wrong"
    printf '* XC-24 never\n' >>"$EXPECTED"
    run -1 play --impl reference
    line_matches '^NEW PASS'
    line_matches '^  XC-24 fails in no scenario'
    line_matches ': 1 pass, 1 fail \(1 expected\), .*; 1 NEW PASS$'
    run -1 play --impl reference --format tap
    line_matches '^not ok 3 - reference: NEW PASS: XC-24 '
    sed -i 's/never$/sometimes it does/' "$EXPECTED"
    run -0 play --impl reference
    line_matches ': 1 pass, 1 fail \(1 expected\), .* 0 error$'
    sed -i 's/sometimes it does$/never/' "$EXPECTED"
    # no run of all scenarios
    run -0 play --impl reference mine/wrong mine/well
    run -0 play --impl reference --shard 1/2
    run -0 play --impl reference --shard 2/2
}

@test "a failure that is expected and does not come exits with 1" {
    expect_lines 'mine/wrong XC-02 r' 'mine/well XC-04 q'
    run -1 play --impl reference
    line_matches '^NEW PASS'
    line_matches '^  pass   mine/well XC-04$'
}

@test "expected results that are not understood are told with their line" {
    printf 'version 1\nmine/* XC-01 r\n' >"$EXPECTED"
    run -2 play --impl reference
    line_matches 'expected/reference:2: .*"mine/\*"'
}

# -- the command --

@test "expect shows what is to be changed, and changes it with --update" {
    expect_lines '# about the next' 'mine/well   XC-04   q' '' '# stays' \
        '*     XC-02   fails anywhere'
    sed 's/for XC-02/for XC-01/' home/scenarios/mine/wrong.scn >home/scenarios/mine/new.scn
    run -1 play --impl reference
    cp "$EXPECTED" before
    run -1 reapcheck expect "$(file_of results)"
    line_matches '^  - 3: mine/well XC-04 q$'
    line_matches '^  \+ mine/new XC-01 TODO: reason$'
    cmp "$EXPECTED" before
    run -0 reapcheck expect --update "$(file_of results)"
    printf 'version %s\n%s\n\n%s\n%s\n%s\n' "$VERSION" '# about the next' '# stays' \
        '*     XC-02   fails anywhere' 'mine/new  XC-01  TODO: reason' | diff - "$EXPECTED"
    [ ! -e "$EXPECTED.tmp" ]
    run -0 reapcheck expect "$(file_of results)"
    line_matches 'nothing is to be changed'

    # no run is green before the reason is there
    run -1 play --impl reference
    line_matches 'expected/reference:6: the reason is still to be written$'
    sed -i 's/TODO: reason/by design/' "$EXPECTED"
    run -0 play --impl reference
}

@test "a line that a play was cut short before stays" {
    expect_lines 'mine/wrong XC-02 it is wrong' 'mine/wrong XC-04 it comes later'
    run -1 play --impl reference
    run -1 reapcheck expect "$(file_of results)"
    line_matches '^  - 3: mine/wrong XC-04 it comes later$'
    sed -i 's/"verdict":"fail",/&"cut_short":true,/' "$(file_of results)"
    run -0 reapcheck expect "$(file_of results)"
    line_matches 'nothing is to be changed$'
}

@test "a list that is not there yet is begun" {
    run -1 play --impl reference
    run -0 reapcheck expect --update --impl reference "$(file_of results)"
    sed -i 's/TODO: reason/it is so/' "$EXPECTED"
    run -0 play --impl reference
}

@test "a scenario of an odd name can be expected to fail" {
    write_script $'home/scenarios/mine/a *b" #\xff\tc.scn' wrong
    run -1 play --impl reference
    run -0 reapcheck expect --update "$(file_of results)"
    sed -i 's/TODO: reason/it is so/' "$EXPECTED"
    run -0 play --impl reference
    line_matches ': 1 pass, 2 fail \(2 expected\), '
}

@test "results that are not of all scenarios change nothing, unless with --partial" {
    expect_lines 'mine/wrong XC-02 r' 'mine/well XC-04 q' '* XC-24 never'
    cp "$EXPECTED" before
    for part in '--shard 1/2' '--filter mine/well' 'mine/well'; do
        rm -rf results
        # shellcheck disable=SC2086 # words are meant
        run play --impl reference $part
        run -2 reapcheck expect --update "$(file_of results)"
        line_matches 'does not have all scenarios: '
        cmp "$EXPECTED" before
    done
    run -0 reapcheck expect --update --partial "$(file_of results)"
    printf 'version %s\nmine/wrong XC-02 r\n* XC-24 never\n' "$VERSION" | diff - "$EXPECTED"
    sed -i '1s/.*/version 0.0/' "$EXPECTED"
    run -2 reapcheck expect --update --partial "$(file_of results)"
    line_matches 'expected/reference:1: it speaks of version 0\.0, and these results'
}

@test "results of an interrupted run change nothing" {
    expect_lines 'mine/wrong XC-02 r'
    run -0 play --impl reference
    sed -i -e '/"mine\/well"/d' -e 's/"verdicts":2/"verdicts":1,"interrupted":true/' \
        "$(file_of results)"
    run -2 reapcheck expect --update "$(file_of results)"
    line_matches 'does not have all scenarios: the run was interrupted'
}

@test "an expectation of what is not there is told with its line, and nothing is played" {
    expect_lines 'mine/gone XC-02 r'
    run -2 play --impl reference
    line_matches 'expected/reference:2: there is no scenario mine/gone$'
    expect_lines 'mine/well XC-99 r'
    run -2 play --impl reference
    line_matches 'expected/reference:2: there is no requirement XC-99 in the catalogue$'
    [ ! -e results ]
    rm "$EXPECTED"
    run -1 play --impl reference
    expect_lines 'mine/well XC-99 r'
    cp "$EXPECTED" before
    run -2 reapcheck expect --update "$(file_of results)"
    line_matches 'expected/reference:2: there is no requirement XC-99'
    cmp "$EXPECTED" before
}

@test "a list that cannot be written is as it was" {
    run -1 play --impl reference
    expect_lines '# mine'
    cp "$EXPECTED" before
    : >"$EXPECTED.tmp"
    run -3 reapcheck expect --update "$(file_of results)"
    line_matches 'cannot write .*expected/reference: .*reference\.tmp is there'
    cmp "$EXPECTED" before
}
