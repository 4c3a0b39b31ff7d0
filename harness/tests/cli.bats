#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The command line, from outside: what it prints, what it exits with, what it leaves behind, and
# that adapters which misbehave harm nobody else.

load helper

setup() {
    enter_folder
}

# What a test that failed may have left: its own processes, and no others.
teardown() {
    local pid
    for pid in $(started) $(cat bystanders 2>/dev/null); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

# -- help and misuse --

@test "help and the version are asked for on standard output" {
    run -0 --separate-stderr reapcheck --help
    [ -z "$stderr" ]
    line_matches '^Usage: reapcheck COMMAND'
    run -0 reapcheck --version
    [[ $output =~ ^reapcheck\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    run -0 reapcheck help
    for command in run faults list explain lint coverage mutants diff merge expect; do
        run -0 --separate-stderr reapcheck "$command" --help
        [ -z "$stderr" ]
        line_matches "^Usage: reapcheck $command "
        line_matches '^Exit status:'
    done
    run -0 reapcheck help script
    line_matches 'scenario'
}

@test "no line of help is wider than 80 columns" {
    for command in run faults list explain lint coverage mutants diff merge expect; do
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

# -- a run --

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

# -- expected results --

# A home of its own, with two scenarios: one holds, one does not.
make_home() {
    mkdir -p home/scenarios/mine home/results/expected
    cp "$TREE/scenarios/CATALOGUE.md" home/scenarios/
    write_script home/scenarios/mine/well.scn
    write_script home/scenarios/mine/wrong.scn wrong
    export REAPCHECK_HOME=$PWD/home
    reapcheck run --impl reference --results results --format jsonl >first.jsonl || true
    version=$(sed -nE 's/.*"version":"([^"]*)".*/\1/p' first.jsonl | head -n 1)
}

@test "a failure that is expected exits with 0 and is told briefly" {
    make_home
    printf 'version %s\nmine/wrong XC-02 it is wrong\n' "$version" \
        >home/results/expected/reference
    run -0 play --impl reference
    line_matches "^  XC-02  mine/wrong: it is wrong"
    line_matches ': 1 pass, 1 fail \(1 expected\), 0 limit'
    no_line_matches '^1\. '
    run -0 play --impl reference --verbose
    line_matches "^1\. XC-02"
    line_matches 'known +it is wrong'
}

@test "what may fail in any scenario is expected everywhere, and has to fail somewhere" {
    make_home
    printf 'version %s\n* XC-02 it is wrong\n' "$version" >home/results/expected/reference
    run -0 play --impl reference
    line_matches "^  XC-02  mine/wrong: it is wrong"
    printf '* XC-24 never\n' >>home/results/expected/reference
    run -1 play --impl reference
    line_matches '^NEW PASS'
    line_matches '^  XC-24 fails in no scenario'
    line_matches ': 1 pass, 1 fail \(1 expected\), .*; 1 NEW PASS$'
    run -1 play --impl reference --format tap
    line_matches '^not ok 3 - reference: NEW PASS: XC-24 '
    # no run of all scenarios
    run -0 play --impl reference mine/wrong mine/well
    run -0 play --impl reference --shard 1/2
    run -0 play --impl reference --shard 2/2
}

@test "a failure that is expected and does not come exits with 1" {
    make_home
    printf 'version %s\nmine/wrong XC-02 r\nmine/well XC-04 q\n' "$version" \
        >home/results/expected/reference
    run -1 play --impl reference
    line_matches '^NEW PASS'
    line_matches '^  pass   mine/well XC-04$'
}

@test "expected results that are not understood are told with their line" {
    make_home
    printf 'version 1\nmine/* XC-01 r\n' >home/results/expected/reference
    run -2 play --impl reference
    line_matches 'expected/reference:2: .*"mine/\*"'
}

# -- formats and files --

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

# -- the other commands --

@test "list names scenarios, implementations and oracles" {
    run -0 reapcheck list --names
    line_matches '^children/whole-status$'
    [ "$output" = "$(sort <<<"$output")" ] || [ "$output" = "$(LC_ALL=C sort <<<"$output")" ]
    [ "${#lines[@]}" -eq "$(find "$TREE/scenarios" -name '*.scn' | wc -l)" ]
    run -0 reapcheck list implementations
    line_matches '^reference '
    run -0 reapcheck list oracles
    line_matches '.'
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

# -- adapters of others --

# shellcheck disable=SC2030
@test "an adapter of one file passes, built outside of the tree" {
    build_adapter minimal.so examples/minimal.c -Wall -Wextra -Werror
    run -0 play --impl ./minimal.so
    line_matches '^minimal 1: [0-9]{2} pass, 0 fail, 0 limit, [0-9]+ skip, 0 error$'
    run -0 play --impl ./minimal.so children/forgotten
    line_matches 'Skipped: 1 \(minimal does not offer forgetting a child\)'
}

# Plays an adapter that misbehaves and the reference in one run: the reference has to pass.
misbehave() { # MACRO STATUSES VERDICT WHAT
    write_script mine/one.scn
    build_adapter bad.so harness/tests/adapters/bad.c "-D$1"
    run play --impl ./bad.so --impl reference --jobs 2 --slow 0.2 mine
    # shellcheck disable=SC2031
    [[ $status =~ ^[$2]$ ]]
    line_matches '^reference [0-9.]+: 1 pass, 0 fail, 0 limit, 0 skip, 0 error$'
    line_matches "$4"
    line_matches 'again +.* --impl \./bad\.so --slow 0\.2 mine/one\.scn$'
    run -0 verdicts results/*.jsonl
    line_matches "^[./a-z]*bad(\.so)? $3$"
    line_matches '^reference pass$'
}

@test "an adapter that is well passes" {
    write_script mine/one.scn
    build_adapter bad.so harness/tests/adapters/bad.c
    run -0 play --impl ./bad.so mine
}

@test "an adapter of another ABI is an error that says so" {
    misbehave BAD_ABI 3 error 'reason +adapter bad has ABI 79'
}

@test "an adapter that does not register is an error that says so" {
    misbehave BAD_SILENT 3 error 'reason +no adapter registered itself'
}

@test "an object that is no adapter at all is an error that says so" {
    write_script mine/one.scn
    echo 'no object' >bad.so
    run -3 play --impl ./bad.so --impl reference mine
    line_matches 'reason +.*bad\.so'
    line_matches '^reference [0-9.]+: 1 pass'
}

@test "an object that cannot be loaded is told once, with all scenarios that it spoils" {
    write_script mine/one.scn
    write_script mine/two.scn
    echo 'no object' >bad.so
    run -3 play --impl ./bad.so mine
    [ "$(grep -c '^   reason ' <<<"$output")" -eq 1 ]
    line_matches '^   scenario +mine/one$'
    line_matches '^   also +mine/two$'
}

@test "an adapter that crashes is a failure" {
    misbehave BAD_SEGV 1 fail 'found +the host died of SIGSEGV .*open'
}

@test "an adapter that hangs is a failure, and where it hangs is shown" {
    misbehave BAD_HANG 1 fail 'found +lane main .*does not come back from fork'
}

@test "an adapter that forks without end is a failure, and none of its processes is left" {
    misbehave BAD_FORKS 1 fail 'found +lane main .*does not come back from fork'
    none_started
}

@test "an adapter that closes the harness's descriptors is no pass" {
    misbehave BAD_FD 13 '(fail|error)' '(reason|found) +.*host'
}

@test "an adapter that exits the process is no pass" {
    misbehave BAD_EXIT 13 '(fail|error)' '(reason|found) +.*host'
}

# -- whatever happens to the runner --

# Starts a run of something that hangs with children, and waits until it does.
start_hanging() { # OPTION...
    write_script mine/one.scn
    sed -i 's/^child.*/foreigns ff 20\nchild     a of A exits 3/' mine/one.scn
    build_adapter bad.so harness/tests/adapters/bad.c -DBAD_HANG
    # --slow: it hangs for longer than this test takes, on any machine
    env "$MARK" "$REAPCHECK" run --results results --slow 20 --impl ./bad.so "$@" mine >out 2>&1 3>&- &
    runner=$!
    await 60 hangs
}

# A host and its children: the runner's own processes besides.
hangs() {
    [ "$(started | wc -l)" -gt 20 ]
}

@test "a runner ended by SIGKILL leaves no process behind" {
    for options in '' --no-namespaces; do
        # shellcheck disable=SC2086 # no word where it is empty
        start_hanging $options
        kill -KILL "$runner"
        await 2 none_started
        wait
    done
}

@test "a runner ended by SIGINT or SIGTERM reports, and leaves no process behind" {
    for signal in TERM INT; do
        start_hanging
        kill -$signal "$runner"
        ended=0
        wait $! || ended=$?
        [ "$ended" -eq $((128 + $(kill -l $signal))) ]
        none_started
        run -0 cat out
        line_matches '^Interrupted: 0 of 1'
    done
}

@test "a process that the runner did not start gets no signal, whatever is played" {
    # one in the runner's process group, one in a session of its own
    # shellcheck disable=SC2016
    listen='for s in HUP INT QUIT USR1 USR2 PIPE ALRM TERM CONT URG; do
            trap "echo SIG$s >>signals" $s
        done
        echo $$ >>bystanders
        mkfifo alive.$$
        exec 4<>alive.$$
        while :; do read -r -u 4; done'
    bash -c "$listen" 3>&- &
    setsid -f bash -c "$listen" 3>&-
    # shellcheck disable=SC2016
    await 10 bash -c '[ "$(wc -l 2>/dev/null <bystanders)" -eq 2 ]'
    : >signals

    for macro in BAD_SEGV BAD_FORKS BAD_EXIT; do
        misbehave $macro 13 '(fail|error)' '(reason|found) +'
    done
    rm -r results
    start_hanging --no-namespaces
    kill -KILL "$runner"
    await 2 none_started

    while read -r pid; do
        [ -e "/proc/$pid" ]
        [ "$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat")" != T ]
    done <bystanders
    [ ! -s signals ]
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
