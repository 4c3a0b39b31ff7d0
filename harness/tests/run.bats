#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A run, from outside: what is played, what it exits with, and the files that it leaves.

load helper

setup() {
    enter_folder
}

@test "a script that holds exits with 0 and leaves a results file" {
    write_script mine/one.scn
    run -0 play --impl reference mine
    line_matches '^reference [0-9.]+: 1 pass, 0 fail, 0 limit, 0 skip, 0 error$'
    run -0 verdicts results/*.jsonl
    [ "$output" = 'reference pass' ]
    [ -z "$(find results -name '*.tmp')" ]
}

@test "a script that does not hold exits with 1, and shows all that one needs to see it again" {
    write_script 'mine/not so.scn' wrong
    run -1 play --impl reference --slow 2 mine
    line_matches '^1\. XC-02: '
    line_matches 'scenario +mine/not so'
    line_matches 'step +mine/not so\.scn:7: expect +disposition ignored for XC-02'
    line_matches 'found +[^ ]'
    line_matches 'history +[^ ]'
    line_matches 'report ctx=A child=a status=0x300'
    line_matches '^reference [0-9.]+: 0 pass, 1 fail, '

    again=$(sed -n 's/^ *again *//p' <<<"$output" | head -n 1)
    [[ $again == *' --impl reference --slow 2 '*"'mine/not so.scn'" ]]
    run -1 bash -c "$again --results results 3>&-"
    line_matches '^1\. XC-02: '
    line_matches 'step +mine/not so\.scn:7: '
    run -0 verdicts results/*.jsonl
    [ "$output" = $'reference fail\nreference fail' ]
}

@test "a faulty script is told with file, line and column, and nothing is played" {
    printf 'scenario  x\ncovers    XC-01\n\nfrobnicate A\n' >mine/word.scn
    printf 'scenario  x\ncovers    XC-01\n\nctx       A on nowhere owner selective\n' >mine/lane.scn
    printf 'scenario  x\ncovers    XC-99\n\nctx       A on main owner selective\n' >mine/id.scn
    printf 'scenario  x\ncovers    XC-01\n\nrepeat 3\n  quiet\n' >mine/end.scn
    : >mine/empty.scn
    head -c 4096 /dev/zero >mine/zero.scn
    write_script mine/well.scn
    run -2 reapcheck lint mine
    line_matches "^mine/word\.scn:4:1: .*'frobnicate'"
    line_matches "^mine/lane\.scn:4:[0-9]+: .*'nowhere'"
    line_matches '^mine/id\.scn:2:1: .*XC-99'
    line_matches '^mine/end\.scn:[0-9]+:[0-9]+: '
    line_matches '^mine/empty\.scn:'
    line_matches '^mine/zero\.scn:'
    no_line_matches 'well'
    run -2 play --impl reference mine
    line_matches '^mine/word\.scn:4:1: '
    [ ! -e results ]
    run -0 reapcheck lint mine/well.scn
}

@test "a scenario of the tree is found by its name, from any folder" {
    run -0 play --impl reference children/whole-status
    line_matches ': 1 pass, 0 fail'
    run -0 verdicts results/*.jsonl
    [ "$output" = 'reference pass' ]
}

@test "repeated and shuffled, every verdict comes, in order of the names" {
    for name in c a b; do
        write_script mine/$name.scn
    done
    run -0 play --impl reference --repeat 3 --seed 7 --jobs 2 --format tap mine
    names=$(sed -nE 's/^ok [0-9]+ - reference: //p' <<<"$output" | tr '\n' ' ')
    [ "$names" = 'mine/a mine/a mine/a mine/b mine/b mine/b mine/c mine/c mine/c ' ]
}

@test "shards are disjoint, and together they are everything" {
    for i in {1..12}; do
        write_script "mine/$i.scn"
    done
    for shard in 1 2 3; do
        run -0 play --impl reference --shard $shard/3 --format tap mine
        sed -nE 's/^ok [0-9]+ - reference: //p' <<<"$output" >>played
    done
    [ -z "$(sort played | uniq -d)" ]
    [ "$(sort played)" = "$(printf 'mine/%s\n' {1..12} | sort)" ]
}

# -- results and histories --

@test "results that cannot be written exit with 3 and say so" {
    write_script one.scn
    : >file
    run -3 reapcheck run --impl reference --results file/below one.scn
    line_matches 'cannot write results to file/below: Not a directory'
    run -3 reapcheck run --impl reference --results /proc/nowhere one.scn
    line_matches 'cannot write results to /proc/nowhere: '
}

@test "histories are kept in a folder that is made, or the run ends before it begins" {
    write_script mine/one.scn
    run -0 play --impl reference --history new/below mine
    [ -s new/below/reference.mine.one.txt ]
    : >file
    run -3 play --impl reference --history file/below mine
    line_matches 'cannot write histories to file/below: Not a directory'
    run -3 play --impl reference --history file mine
    line_matches 'cannot write histories to file: Not a directory'
    no_line_matches '^reference '
}

@test "a full disk exits with 3 and leaves no results file" {
    mkdir full
    mount -t tmpfs -o size=4k,nr_inodes=8 none full 2>/dev/null || skip 'mount is not allowed'
    for i in {1..12}; do # more than fits
        write_script "mine/$i.scn" wrong
    done
    run reapcheck run --impl reference --results full mine
    left=$(ls full)
    umount full
    [ "$status" -eq 3 ]
    line_matches 'cannot write results to .*No space left'
    [ -z "$left" ]
}

@test "a child stays traced while a copy of the host comes and goes" {
    cat >mine/traced.scn <<'END'
scenario  The end of a traced child is reported when its tracer lets go, and not before
covers    XC-26

ctx       A on main owner selective
child     a1 of A
trace     a1
forked
  postfork  A
end
exit      a1 3
quiet
expect    no report of a1
untrace   a1
expect    A reports a1 exit 3
END
    run -0 play --impl reference mine/traced.scn
}
