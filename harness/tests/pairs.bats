#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Two implementations in one process, from outside: neighbours of the tests' own (adapters/
# neighbour.c) have each sort of trouble with each other, and the matrix says so, and who did it.

load helper

setup() {
    enter_folder
}

teardown() {
    local pid
    for pid in $(started); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

neighbour() { # NAME [FLAG...]
    local name=$1
    shift
    build_adapter "$name.so" harness/tests/adapters/neighbour.c "-DNEIGHBOUR=\"$name\"" "$@"
}

pairs() {
    reapcheck pairs --results results --jobs 2 "$@"
}

# What the matrix says of the only pair.
cell_is() { # CODE
    line_matches "^ 1 [a-z]+ +$1\$"
}

@test "two good neighbours are fine, and one of them may spawn its children" {
    neighbour polite
    neighbour spawns -DSPAWNS
    run -0 pairs ./polite.so+./spawns.so
    cell_is ok
    line_matches '^1 pair, 1 of them fine, 0 scenarios not as known$'
}

@test "a thief that claims to be selective is one" {
    neighbour polite
    neighbour greedy -DGREEDY
    run -1 pairs ./polite.so+./greedy.so
    cell_is S2
    line_matches '^polite\+greedy  S2  in [0-9]+ scenarios$'
    line_matches 'was reaped by greedy \(two\)'
    line_matches '^Not as results/expected/pairs says:$'
    line_matches '^polite\+greedy +coexistence/[a-z-]+ +CO-02: '
    line_matches ' [1-9][0-9]* scenarios not as known$'
    run -1 pairs ./greedy.so+./polite.so
    cell_is S1
}

@test "one that says that it reaps every child is no failure, and is named all the same" {
    neighbour polite
    neighbour always -DSAYS_SO
    run -0 pairs ./polite.so+./always.so
    cell_is s2
}

@test "each command of the matrix shows the trouble again" {
    neighbour polite
    neighbour greedy -DGREEDY
    run -1 pairs ./polite.so+./greedy.so
    run -1 bash -c "$(grep -m1 '^  .* run --impl' <<<"$output" | sed 's/ run / run --results results /')"
    line_matches 'CO-02'
}

@test "one that takes the handler and puts nothing back: who loses, who leaves what behind" {
    neighbour handler -DHANDLER
    neighbour rude -DRUDE
    run -1 pairs ./handler.so+./rude.so
    line_matches '^ 1 handler +L1'
    line_matches 'was not reported by handler \(one\),'
    line_matches 'SIGCHLD was left with the handler of rude \(two\), by handler \(one\),'
}

@test "a clear refusal is shown as one" {
    neighbour handler -DHANDLER
    neighbour shy -DSHY
    run pairs ./handler.so+./shy.so
    line_matches '^handler\+shy  R2  in '
    # shellcheck disable=SC2016 # a backquote is a backquote
    line_matches 'shy \(two\) refuses to be beside handler: `ctx B on .* of two`: EBUSY'
}

@test "one that waits for ever where the other is is shown to hang" {
    cat >mine/both.scn <<END
scenario  Both open a ctx
covers    CO-05

ctx       A on main of one
ctx       B on main of two
END
    neighbour handler -DHANDLER
    neighbour stuck -DSTUCK
    run -1 play --format pairs --impl ./handler.so+./stuck.so mine/both.scn
    cell_is H2
}

@test "scripts for pairs are for pairs, and others for one alone" {
    neighbour polite
    neighbour other
    write_script mine/one.scn
    run -2 play --impl ./polite.so+./other.so mine/one.scn
    line_matches 'is for one implementation alone, and not for a pair such as polite\+other'
    run -2 play --impl ./polite.so coexistence
    line_matches 'is for pairs, such as --impl polite\+reference'
    run -2 play --impl ./polite.so --impl ./polite.so+./other.so
    line_matches 'polite\+other is a pair and polite is none'
}

@test "what cannot be a pair is told" {
    neighbour polite
    run -2 play --impl ./polite.so+./none.so
    line_matches '\./none\.so: No such file'
    run -2 play --impl ./polite.so+nobody
    line_matches 'no implementation "nobody" is built'
    run -2 play --impl ./polite.so+
    run -2 pairs nobody
    line_matches 'no implementation "nobody" is built'
}

@test "what loads nothing beside itself is no pair" {
    run -2 pairs platform
    line_matches 'platform loads no second implementation, and can be loaded beside none'
}

@test "what is known of a pair is compared" {
    neighbour polite
    neighbour greedy -DGREEDY
    cat >known <<END
version 1+1
* CO-02 greedy waits for any child
END
    run -0 play --expect known --format pairs --impl ./polite.so+./greedy.so coexistence/one-is-slow
    line_matches '^  known: greedy waits for any child$'
    echo 'coexistence/one-is-slow CO-03 it went away' >>known
    run -1 play --expect known --format pairs --impl ./polite.so+./greedy.so coexistence/one-is-slow
    line_matches '^polite\+greedy coexistence/one-is-slow CO-03: it is known to fail, and did not'
    line_matches ' 1 scenario not as known$'
    sed -i '/CO-0[23]/d' known
    run -1 play --expect known --impl ./polite.so+./greedy.so coexistence/one-is-slow
}

@test "the matrix is kept beside the results" {
    neighbour polite
    neighbour other
    run -0 pairs ./polite.so+./other.so
    run -0 cat results/pairs.txt
    cell_is ok
}

# The shared libraries of a program, but for libc's.
libraries_of() { # FILE
    ldd "$1" | awk '$3 ~ /^\// && $3 !~ /\/(libc|libm|libdl|libpthread)\.so/ { print $3 }' | sort -u
}

defines() { # FILE
    nm -D --defined-only "$1" 2>/dev/null | awk '{ sub(/@.*/, "", $3); print $3 }' | sort -u
}

@test "a host takes the place of no function of a library that is loaded into it" {
    local built=${REAPCHECK%/*} host library own
    mkdir defined
    for library in $(for host in "$built"/adapter/*.so; do libraries_of "$host"; done | sort -u); do
        defines "$library" >"defined/${library##*/}"
    done
    [ -s defined/libuv.so.1 ] || [ -s defined/libglib-2.0.so.0 ] || skip "no library is built in"
    for host in "$built"/host/*; do
        [[ $host != */mutant-* && $(head -c 4 "$host") == $'\x7fELF' ]] || continue
        defines "$host" >of-host
        own=$(libraries_of "$host")
        for library in defined/*; do
            [[ $own == *"${library##*/}"* ]] ||
                comm -12 of-host "$library" | sed "s|^|${host##*/} hides, of ${library##*/}: |"
        done
    done >taken
    cat taken
    [ ! -s taken ]
}
