#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What a server of continuous integration needs: what comes and goes, shards and their merging,
# the variables of Bazel, the workflow that users copy.

load helper

setup() {
    enter_folder
    make_home
}

# An adapter that crashes in the Nth of its plays.
build_turn() { # N
    rm -f plays
    build_adapter turn.so harness/tests/adapters/bad.c "-DBAD_TURN=$1" "-DBAD_FILE=\"$PWD/plays\""
}

# -- what comes and goes --

@test "what fails once and passes once is flaky, never a pass" {
    build_turn 2
    run -1 play --impl ./turn.so --repeat 3 --jobs 1 --format junit=out.xml mine/well
    line_matches '^  flaky: mine/well failed in 1 of 3 plays$'
    line_matches '^bad 1: 0 pass, 1 fail, 2 flaky, 0 limit, 0 skip, 0 error$'
    schema_holds out.xml
    run -0 verdicts "$(file_of results)"
    [ "$output" = $'bad flaky\nbad fail\nbad flaky' ]

    # marked as what it is, it is as expected
    id=$(sed -nE 's/.*"requirement":"([^"]*)".*/\1/p' "$(file_of results)" | head -n 1)
    printf 'version 1\nmine/well %s sometimes it crashes\n' "$id" >known
    build_turn 2
    run -0 play --impl ./turn.so --expect known --repeat 3 --jobs 1 mine/well
    # as what always fails, it is not
    printf 'version 1\nmine/well %s it crashes\n' "$id" >known
    build_turn 2
    run -1 play --impl ./turn.so --expect known --repeat 3 --jobs 1 mine/well
    line_matches '^NEW PASS'
    run -0 reapcheck expect --update --partial --impl turn --expect known \
        "$(newest_of results)"
    [ "$(sed -n 2p known)" = "mine/well $id sometimes it crashes" ]
}

@test "until-fail plays until it fails, and no more often than it may" {
    build_turn 3
    run -1 play --impl ./turn.so --until-fail --repeat 5 mine/well
    line_matches 'flaky: mine/well failed in play 3, after it had passed'
    line_matches '^   plays +it failed in play 3, '
    [ "$(wc -c <plays)" -eq 3 ]
    run -0 play --impl ./turn.so --until-fail --repeat 5 mine/well
    [ "$(wc -c <plays)" -eq 8 ]
    line_matches '^bad 1: 1 pass, 0 fail'
}

# -- shards --

write_many() {
    rm home/scenarios/mine/*
    for i in {1..12}; do
        write_script "home/scenarios/mine/$i.scn"
    done
    write_script home/scenarios/mine/wrong.scn wrong
}

# What of a results file does not depend on when it was made.
# A results file without what differs from play to play.
essence() { # FILE
    sed -E '1d; s/"(milliseconds|events)":[0-9]+/"\1":0/g; s/"evidence":\[[^]]*\]/"evidence":[]/g
        s/,"lines":\[[0-9,]*\]//g; s/,"history":\[("([^"\\]|\\.)*",?)*\]//g' "$1"
}

@test "merged shards are like the whole run, which later commands take" {
    write_many
    run -1 reapcheck run --impl reference --results whole
    printed=$output
    for shard in 3 1 2; do
        run reapcheck run --impl reference --results shards --shard $shard/3
    done
    run -1 reapcheck merge --output all.jsonl shards/*.jsonl
    diff <(grep -vE '^   (history| )' <<<"$printed") <(grep -vE '^   (history| )' <<<"$output")
    diff <(essence "$(file_of whole)") <(essence all.jsonl)
    run -0 reapcheck diff "$(file_of whole)" all.jsonl
    run -0 reapcheck expect --update all.jsonl
    sed -i 's/TODO: reason/known/' "$EXPECTED"
    run -0 reapcheck merge --format junit=out.xml shards/*.jsonl
    line_matches '12 pass, 1 fail \(1 expected\)'
    schema_holds out.xml
    run -0 reapcheck explain XC-02 --results .
    line_matches '^  reference [0-9.]+: fails as known, 1 of 13: mine/wrong$'
}

@test "a missing shard is said, and makes no green run" {
    write_many
    rm home/scenarios/mine/wrong.scn
    for shard in 1 3; do
        run -0 reapcheck run --impl reference --results shards --shard $shard/3
    done
    run -3 reapcheck merge --output all.jsonl shards/*.jsonl
    line_matches 'shard 2 of 3 is missing$'
    line_matches ' of 12 verdicts are missing$'
    line_matches '^Interrupted: '
    run -2 reapcheck expect all.jsonl
    line_matches 'the run was interrupted'
}

@test "a shard that was played again may make its scenarios flaky" {
    expect_lines 'mine/wrong XC-02 known'
    build_turn 1
    run -1 reapcheck run --impl ./turn.so --results again --shard 1/1 mine/well
    run -0 reapcheck run --impl ./turn.so --results again --shard 1/1 mine/well
    run -1 reapcheck merge --output all.jsonl again/*.jsonl
    line_matches 'the same part of the run is in .*: all plays count$'
    line_matches '^  flaky: mine/well failed in 1 of 2 plays$'
    run -0 verdicts all.jsonl
    [ "$output" = $'bad fail\nbad flaky' ]
}

@test "what is of different runs is not merged" {
    run play --impl reference --shard 1/2
    one=$(file_of results)
    refuses() { # WHY FILE
        run -2 reapcheck merge --output all.jsonl "$one" "$2"
        line_matches "$1"
        [ ! -e all.jsonl ]
    }
    sed 's/"shards":2/"shards":3/' "$one" >other.jsonl
    refuses 'other\.jsonl:1: this is of another run than .*: one is a part of 2, the other of 3' other.jsonl
    sed 's/"reapcheck":"[^"]*"/"reapcheck":"9.9"/' "$one" >other.jsonl
    refuses 'the other by 9\.9' other.jsonl
    sed '1s/\["reference"\]/["libxl"]/' "$one" >other.jsonl
    refuses 'other implementations were played' other.jsonl
    sed '1s/"format":1/"format":2/' "$one" >other.jsonl
    refuses 'other\.jsonl:1: its format is 2, and this reapcheck reads 1: a newer' other.jsonl
    head -c -30 "$one" >other.jsonl
    refuses 'other\.jsonl:[0-9]+: no JSON' other.jsonl
    sed '$d' "$one" >other.jsonl
    refuses 'other\.jsonl:[0-9]+: the last line is missing' other.jsonl
    sed 's/"version":"[^"]*"/"version":"9.9"/' "$one" >other.jsonl
    cp "$one" one.jsonl
    refuses 'is version 9\.9 here, and' other.jsonl
    # a scenario is changed between two shards
    rm -r results
    echo '# changed' >>home/scenarios/mine/well.scn
    run play --impl reference --shard 2/2
    one=one.jsonl
    refuses 'scenarios were changed between them' "$(file_of results)"
    # nor is a file written over while it is read
    cp one.jsonl before
    run -2 reapcheck merge --output one.jsonl one.jsonl
    line_matches 'is one of the files to be merged'
    cmp one.jsonl before
}

@test "results files stand in the order of their runs, however fast they follow" {
    for i in {1..5}; do
        play --impl reference --filter 'mine/well' --seed "$i" >/dev/null
        grep -q -- "--seed $i\"" "$(newest_of results)"
    done
}

# shellcheck disable=SC2030
@test "Bazel's variables are its options" {
    write_many
    mkdir tmp kept
    export TEST_TOTAL_SHARDS=3 TEST_SHARD_STATUS_FILE=$PWD/status TEST_TMPDIR=$PWD/tmp
    for index in 0 1 2; do
        TEST_SHARD_INDEX=$index XML_OUTPUT_FILE=$PWD/$index.xml \
            run reapcheck run --impl reference --format tap
        sed -nE 's/^(not )?ok [0-9]+ - reference: //p' <<<"$output" >>played
        schema_holds $index.xml
        [ -e status ]
        rm status
    done
    [ "$(sort played)" = "$(printf 'mine/%s\n' {1..12} wrong | sort)" ]
    files=(tmp/results/*.jsonl)
    [ "${#files[@]}" -eq 3 ]
    # what is worth keeping goes where it is kept, and an option goes before all
    TEST_SHARD_INDEX=0 TEST_UNDECLARED_OUTPUTS_DIR=$PWD/kept TESTBRIDGE_TEST_ONLY='mine/1*' \
        run -0 reapcheck run --impl reference --shard 1/1 --format tap
    line_matches '^1\.\.4$'
    [ -e "$(file_of kept/results)" ]
}

# shellcheck disable=SC2031
@test "Bazel's variables that make no sense exit with 2 and say so" {
    export TEST_TOTAL_SHARDS=3
    for index in 3 -1 x 1.5 99999999999; do
        TEST_SHARD_INDEX=$index run -2 play --impl reference
        line_matches "TEST_SHARD_INDEX is to be a number from 0 to 2, not \"$index\""
    done
    run -2 play --impl reference
    line_matches 'TEST_TOTAL_SHARDS is set, and TEST_SHARD_INDEX is not'
    TEST_TOTAL_SHARDS=0 TEST_SHARD_INDEX=0 run -2 play --impl reference
    line_matches 'TEST_TOTAL_SHARDS is to be a number from 1 to '
    unset TEST_TOTAL_SHARDS
    TEST_SHARD_INDEX=0 run -2 play --impl reference
    TESTBRIDGE_TEST_ONLY=nothing run -2 play --impl reference
    line_matches 'no scenario matches "nothing"'
    TEST_SHARD_STATUS_FILE=no/such/file run -3 play --impl reference
    line_matches 'cannot touch no/such/file \(TEST_SHARD_STATUS_FILE\): No such file'
    [ ! -e results ]
}

@test "a filter takes names, themes and patterns" {
    mkdir home/scenarios/other
    write_script home/scenarios/other/wellness.scn
    for filter in mine/well:1 mine:2 '*well*':2 'other/*':1; do
        run play --impl reference --format tap --filter "${filter%:*}"
        line_matches "^1\.\.${filter#*:}$"
    done
}

@test "a catalogue that cannot be read is told with its line, and nothing is played" {
    line=$(grep -n '^- XC-02 ' home/scenarios/CATALOGUE.md | cut -d : -f 1)
    sed -i "${line}s/ L / Q /" home/scenarios/CATALOGUE.md
    for command in 'run --impl reference' 'coverage' 'explain XC-01' 'merge x' 'expect x'; do
        # shellcheck disable=SC2086 # words are meant
        run -3 reapcheck $command
        line_matches "home/scenarios/CATALOGUE\.md:$line: XC-02: expected the duty"
    done
    [ ! -e home/results/latest ]
}

@test "GNU parallel drives a fleet of shards, and their results merge into that of the whole" {
    parallel --version 2>/dev/null | grep -q '^GNU parallel' ||
        skip 'GNU parallel is not installed (Debian: parallel)'
    write_many
    run -1 reapcheck run --impl reference --results whole
    # as the README has it; its status is the number of shards that were not green
    run -1 parallel --jobs 3 "$REAPCHECK" run --impl reference --jobs 1 --shard '{}/4' \
        --results fleet ::: 1 2 3 4 3>&-
    run -1 reapcheck merge --output fleet.jsonl fleet/*.jsonl
    diff <(essence "$(file_of whole)") <(essence fleet.jsonl)
}

# -- the workflow that users copy --

@test "the workflow is YAML, and what it runs is there" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    python3 -c 'import yaml' 2>/dev/null || skip 'python3 has no yaml (Debian: python3-yaml)'
    run -0 python3 - "$TREE/examples/github-workflow.yml" <<'END'
import sys, yaml
flow = yaml.safe_load(open(sys.argv[1]))
assert set(flow) == {"name", True, "permissions", "env", "jobs"}, flow  # YAML 1.1 reads "on" as true
for job in flow["jobs"].values():
    assert job["runs-on"] and job["steps"]
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step), step
        print(step.get("run", ""))
END
    script=$output
    bash -n <<<"$(sed -E 's/\$\{\{[^}]*\}\}/x/g' <<<"$script")"
    # every option that it gives to a command is one of that command
    for command in run merge; do
        run -0 reapcheck $command --help
        while read -r option; do
            line_matches "${option}[= ]"
        done < <(grep -oE "reapcheck $command .*" <<<"$script" | grep -oE -- '--[a-z-]+')
    done
}
