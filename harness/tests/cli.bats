#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The command line, from outside: help, misuse, and the commands besides `run`.

load helper

setup() {
    enter_folder
}

# -- help and misuse --

@test "help and the version are asked for on standard output" {
    run -0 --separate-stderr reapcheck --help
    [ -z "$stderr" ]
    line_matches '^Usage: reapcheck COMMAND'
    run -0 reapcheck --version
    [[ $output =~ ^reapcheck\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    run -0 reapcheck help
    for command in run faults list explain lint coverage mutants matrix diff merge expect; do
        run -0 --separate-stderr reapcheck "$command" --help
        [ -z "$stderr" ]
        line_matches "^Usage: reapcheck $command "
        line_matches '^Exit status:'
    done
    run -0 reapcheck help script
    line_matches 'scenario'
}

@test "no line of help is wider than 80 columns" {
    for command in run faults list explain lint coverage mutants matrix diff merge expect; do
        run -0 reapcheck "$command" --help
        no_line_matches '^.{81}'
    done
    run -0 reapcheck --help
    no_line_matches '^.{81}'
}

@test "misuse exits with 2 and says on standard error what was wrong" {
    write_script one.scn
    misuses=(
        ''
        'frobnicate'
        'help frobnicate'
        'run --frobnicate'
        'run --impl'
        'run --jobs 0 one.scn'
        'run --jobs many one.scn'
        'run --shard 3/2 one.scn'
        'run --shard 1 one.scn'
        'run --repeat -1 one.scn'
        'run --slow 0 one.scn'
        'run --seed x one.scn'
        'run --format xml one.scn'
        'run --color sometimes one.scn'
        'run --expect file one.scn'
        'run --impl reference no/such/script'
        'lint no/such/script'
        'explain'
        'explain XC-00'
        'mutants nosuch'
        'mutants --theme nosuch'
        'mutants --times 0'
        'mutants --all --promised'
        'diff one'
        'diff one.scn one.scn'
        'list frobnicates'
        'run --format junit= one.scn'
        'run --format tap --format jsonl one.scn'
        'run --filter nothing/like-it one.scn'
        'merge'
        'merge one.scn'
        'merge --format xml one.scn'
        'expect one two'
        'expect one.scn'
        'expect --impl nosuch one.scn'
    )
    for misuse in "${misuses[@]}"; do
        # shellcheck disable=SC2086 # words are meant
        run -2 --separate-stderr reapcheck $misuse
        [ -z "$output" ]
        [ -n "$stderr" ]
    done
    [ ! -e results ]
}

@test "an implementation that is not there is named, with those that are" {
    write_script one.scn
    run -2 play --impl nosuch one.scn
    line_matches 'no implementation "nosuch".*reference'
    run -2 play --impl ./nosuch.so one.scn
    line_matches './nosuch.so: No such file'
}

# -- the other commands --

@test "list names scenarios, implementations and oracles" {
    run -0 reapcheck list --names
    line_matches '^children/whole-status$'
    [ "$output" = "$(LC_ALL=C sort <<<"$output")" ]
    # A script with rows is as many scenarios.
    [ "$(cut -d@ -f1 <<<"$output" | sort -u | wc -l)" -eq \
        "$(find "$TREE/scenarios" -name '*.scn' | wc -l)" ]
    run -0 reapcheck list implementations
    line_matches '^reference '
    run -0 reapcheck list oracles
    line_matches '^exactly once +Was every exit reported once'
}

@test "explain tells of a requirement, whatever its case" {
    run -0 reapcheck explain FK-27
    line_matches '^FK-27  '
    line_matches 'duty +of the library'
    line_matches '^  [a-z-]+/[a-z-]+$'
    explained=$output
    run -0 reapcheck explain fk-27
    [ "$output" = "$explained" ]
}

@test "explain takes the newest verdict of each scenario, whichever file has it" {
    # Results files are taken by their names, which begin with the time of the run.
    play_as() { # NAME ARGUMENT...
        rm -rf one-run
        reapcheck run --results one-run "${@:2}" || true
        mkdir -p all
        mv one-run/*.jsonl "all/$1.jsonl"
    }
    fares() { # HOW
        run -0 reapcheck explain XC-02 --results all
        line_matches "^  reference [0-9.]+: $1$"
    }
    write_script mine/one.scn
    write_script mine/two.scn wrong
    play_as 1 --impl reference mine
    fares 'fails, 1 of 2: mine/two'
    play_as 2 --impl reference mine/one.scn
    fares 'fails, 1 of 2: mine/two'
    write_script mine/two.scn
    play_as 3 --impl reference mine/two.scn
    fares 'holds, 2 of 2'

    echo 'no object' >bad.so
    play_as 4 --impl ./bad.so mine
    fares 'holds, 2 of 2'
    no_line_matches 'bad'
}

@test "what is not covered is of interest only when all is played" {
    run -0 play --impl reference children/whole-status
    line_matches '^  XC  ([0-9]+) of \1 hold$'
    no_line_matches 'not covered'
}

@test "coverage has a line for every requirement of the catalogue" {
    run reapcheck coverage
    [ "$status" -le 1 ]
    line_matches '^[0-9]+ of [0-9]+ requirements are covered'
    [ "$(grep -cE '^[A-Z]{2}-[0-9]{2} ' <<<"$output")" -eq \
        "$(grep -cE '^- [A-Z]{2}-[0-9]{2} ' "$TREE/scenarios/CATALOGUE.md")" ]
}

@test "diff tells what changed between two results files" {
    write_script mine/a.scn
    write_script mine/b.scn
    run -0 reapcheck run --impl reference --results old mine
    write_script mine/b.scn wrong
    run -1 reapcheck run --impl reference --results new mine
    run -0 reapcheck diff old/*.jsonl old/*.jsonl
    run -1 reapcheck diff old/*.jsonl new/*.jsonl
    line_matches 'mine/b'
    no_line_matches 'mine/a'
    head -n 2 new/*.jsonl >cut.jsonl
    run -2 reapcheck diff old/*.jsonl cut.jsonl
    line_matches '^(reapcheck: )?cut\.jsonl:3: .*last line is missing'
}
