#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The catalogue and the mutants as the command line knows them: what is covered, by whom it is seen
# to fail, and the kill matrix.

load helper

setup() {
    enter_folder
}

# A tree of its own, for catalogues and mutants that are not well: two scenarios, and a mutant which
# breaks the requirement of the first. REAPCHECK_HOME names it.
make_tree() {
    mkdir -p tree/scenarios/mine tree/impl/mutants
    export REAPCHECK_HOME=$PWD/tree
    cat >tree/scenarios/CATALOGUE.md <<'END'
## XC: mine

- XC-01 L (H) Every exit MUST be reported.
- XC-02 L (H) The status arrives.
- FK-77 A (H) The application SHOULD NOT do it.
END
    write_script tree/scenarios/mine/one.scn
    write_head tree/impl/mutants/slip.patch 'XC-01 in mine/one'
}

write_head() { # FILE BREAKS...
    local file=$1 breaks
    shift
    {
        printf 'Bug: an exit is lost\nHappened: here\n'
        for breaks in "$@"; do
            printf 'Breaks: %s\n' "$breaks"
        done
        printf '\n--- a/impl/reference/x.c\n'
    } >"$file"
}

@test "coverage is green once every duty has a scenario and every scenario's requirement a mutant" {
    make_tree
    run -1 reapcheck coverage
    line_matches '^XC-01 L must   1 scenario +mine: one$'
    line_matches '^ +1 mutant +slip$'
    line_matches '^Covered, but no mutant breaks them: XC-02$'
    run -1 reapcheck coverage --gaps
    no_line_matches '^XC-01 '
    line_matches '^XC-02 L must   1 scenario +mine: one$'
    write_head tree/impl/mutants/slip.patch 'XC-01 in mine/one' 'XC-02 in mine/one'
    run -0 reapcheck coverage
    line_matches '^FK-77 A should - +The application SHOULD NOT'
    run -0 reapcheck coverage --gaps
    [ "${#lines[@]}" -eq 1 ]

    echo '- FK-01 L (H) It MAY wait.' >>tree/scenarios/CATALOGUE.md
    run -1 reapcheck coverage
    line_matches '^FK-01 L may    - +It MAY wait'
    line_matches '^Duties of the library that no scenario covers: FK-01$'
    echo '  Unobservable: nobody looks.' >>tree/scenarios/CATALOGUE.md
    run -0 reapcheck coverage
    line_matches '^FK-01 L may    unobservable It MAY wait'
    line_matches '^Marked as unobservable in XC,FK: 1; at most 5 may be\.$'
    line_matches '^  FK-01  nobody looks\.$'
    run -0 reapcheck explain FK-01
    line_matches '^ +level +may$'
    line_matches '^ +seen +by no scenario: nobody looks\.$'
    run -0 reapcheck explain XC-02
    line_matches '^  slip$'
}

@test "more than five marks of the unobservable, and one on what is covered, are too many" {
    make_tree
    write_head tree/impl/mutants/slip.patch 'XC-01 in mine/one' 'XC-02 in mine/one'
    for number in 1 2 3 4 5; do
        printf -- '- FK-0%d L (H) Sentence. Unobservable: why.\n' "$number"
    done >>tree/scenarios/CATALOGUE.md
    run -0 reapcheck coverage
    echo '- FK-06 L (H) Sentence. Unobservable: why.' >>tree/scenarios/CATALOGUE.md
    run -1 reapcheck coverage
    line_matches '^Marked as unobservable in XC,FK: 6; at most 5 may be\.$'
    make_tree
    write_head tree/impl/mutants/slip.patch 'XC-01 in mine/one'
    sed -i 's/arrives\./arrives. Unobservable: why./' tree/scenarios/CATALOGUE.md
    run -1 reapcheck coverage
    line_matches '^Marked as unobservable, but covered: XC-02$'
}

@test "a catalogue or a head that cannot be read is told with file and line" {
    make_tree
    echo '- XC-2 L (H) no id' >>tree/scenarios/CATALOGUE.md
    run -3 reapcheck coverage
    line_matches 'tree/scenarios/CATALOGUE\.md:6: "XC-2" is no requirement id'
    make_tree
    echo '--- a/x' >tree/impl/mutants/bare.patch
    write_head tree/impl/mutants/unknown.patch 'XC-99 in mine/one'
    write_head tree/impl/mutants/lost.patch 'XC-01 in mine/none'
    write_head tree/impl/mutants/other.patch 'FK-77 in mine/one'
    run -2 reapcheck coverage
    line_matches 'tree/impl/mutants/bare\.patch:1: the patch has no head'
    line_matches 'tree/impl/mutants/unknown\.patch:3: there is no requirement XC-99'
    line_matches 'tree/impl/mutants/lost\.patch:3: there is no scenario mine/none'
    line_matches 'tree/impl/mutants/other\.patch:3: .*mine/one does not say that it covers FK-77'
}

# -- the kill matrix --

# A tree in which mutants that were built with the program have heads of their own: the scenario
# sees the handler stay behind, of which free-leaves-handler is guilty and status-cut is not.
make_matrix_tree() {
    local name
    make_tree
    rm tree/impl/mutants/*
    echo '- FK-13 L (H) It MUST be restored.' >>tree/scenarios/CATALOGUE.md
    echo '- XC-24 L (H) It is restored.' >>tree/scenarios/CATALOGUE.md
    sed -i 's/^covers.*/covers XC-02/' tree/scenarios/mine/one.scn
    cat >tree/scenarios/mine/stays.scn <<'END'
scenario  The handler goes with its only context
covers    XC-24 XC-01 FK-13

ctx       A on main owner always
quiet
close     A
END
    for name in free-leaves-handler status-cut; do
        is_built "$name"
    done
}

@test "a mutant is caught through the requirement that its head names, or one that restates it" {
    make_matrix_tree
    # The finding is of FK-13, which is XC-24 for the libxl shape.
    write_head tree/impl/mutants/free-leaves-handler.patch \
        'FK-13 in mine/stays' 'XC-24 in mine/stays'
    run -0 reapcheck mutants --results results --times 3
    line_matches '^free-leaves-handler$'
    line_matches '^  caught  FK-13  3 of 3 +[0-9]+ ms  mine/stays$'
    line_matches '^  caught  XC-24  3 of 3 +[0-9]+ ms  mine/stays$'
    line_matches '^1 mutant, 2 promises: 2 caught as named, 0 missed\.$'
    line_matches '^3 plays in '
    [ "$(cat results/kill-matrix.txt)" = "$output" ]
    [ "$(grep -c '"caught": 3' results/kill-matrix.json)" -eq 2 ]
    no_line_matches '^.{81}'
    [ -z "$(find results -name '*.tmp')" ]
}

@test "a mutant that nobody catches is missed, and the exit status is 1" {
    make_matrix_tree
    write_head tree/impl/mutants/free-leaves-handler.patch 'XC-01 in mine/stays'
    write_head tree/impl/mutants/status-cut.patch 'FK-13 in mine/stays'
    run -1 reapcheck mutants --results results
    # It fails, but not for what its head says.
    line_matches '^  MISSED  XC-01  0 of 1 +mine/stays$'
    line_matches '^          brought instead: FK-13$'
    line_matches '^  MISSED  FK-13  0 of 1 +mine/stays$'
    line_matches '^          brought instead: pass$'
    line_matches '^  status-cut: FK-13 in mine/stays$'
    line_matches '^2 mutants, 2 promises: 0 caught as named, 2 missed\.$'
    run -1 reapcheck mutants --results results status-cut
    no_line_matches free-leaves-handler
}

@test "with --all every scenario is played, and a matrix of a part takes no other's place" {
    make_matrix_tree
    write_head tree/impl/mutants/free-leaves-handler.patch 'FK-13 in mine/stays'
    run -0 reapcheck mutants free-leaves-handler
    no_line_matches '^  also '
    [ ! -e tree/results ]
    run -0 reapcheck mutants --all
    line_matches '^  also    FK-13  1 of 1 others: mine: one$'
    [ -s tree/results/latest/kill-matrix.txt ]
    run -0 reapcheck explain FK-13
    line_matches '^  free-leaves-handler$'
}

@test "a mutant that is not built is told, and so is a head that cannot be read" {
    make_matrix_tree
    write_head tree/impl/mutants/free-leaves-handler.patch 'FK-13 in mine/stays'
    write_head tree/impl/mutants/not-there.patch 'FK-13 in mine/stays'
    run -2 reapcheck mutants
    line_matches 'not built in .*: mutant-not-there; .make mutants. builds'
    no_line_matches caught
    echo '--- a/x' >tree/impl/mutants/not-there.patch
    run -2 reapcheck mutants
    line_matches 'not-there\.patch:1: the patch has no head'
    write_head tree/impl/mutants/not-there.patch 'XC-99 in mine/stays'
    run -2 reapcheck mutants
    line_matches 'not-there\.patch:3: there is no requirement XC-99'
}
