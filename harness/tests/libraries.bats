#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The adapters of this tree: each is built where its library is, and where it is not, one is told.

load helper

setup() {
    enter_folder
    HOSTS=${REAPCHECK%/*}/host
}

# What the table in impl.mk has, one a line.
adapters() {
    # shellcheck disable=SC2016 # it is make that would expand it
    sed -n 's/^$(eval $(call adapter,\([^,]*\),.*/\1/p' "$TREE/impl/impl.mk"
}

# Another build, of nothing but the program, on a machine that has no library.
bare_build() {
    mkdir -p bare
    make -s -C "$TREE" PKG_CONFIG=false BUILD="$PWD/bare" "$PWD/bare/host/not-built"
    cp "$REAPCHECK" bare/reapcheck
    cp "$HOSTS/child" "$HOSTS/plain" "$HOSTS/reference" bare/host/
    REAPCHECK=$PWD/bare/reapcheck
}

@test "every adapter is there, as a host and as a shared object, or named as not built" {
    [ "$(adapters | wc -l)" -ge 1 ]
    for name in $(adapters); do
        if grep -q "^$name:" "$HOSTS/not-built"; then
            [ ! -e "$HOSTS/$name" ]
            [ ! -e "$HOSTS/../adapter/$name.so" ]
        else
            echo "$name"
            [ -x "$HOSTS/$name" ]
            [ -e "$HOSTS/../adapter/$name.so" ]
        fi
    done
}

@test "an adapter says the name by which it is asked for, as a host and as a shared object" {
    printf '%s\n' 'scenario  A context comes and goes' 'covers    XC-24' '' 'ctx       A on main' 'close     A' >mine/one.scn
    for name in $(adapters); do
        [ -x "$HOSTS/$name" ] || continue
        run play --impl "$name" --format jsonl mine
        line_matches "\"implementation\":\"$name\".*\"verdict\":\"(pass|fail|limit)\""
        run play --impl "$HOSTS/../adapter/$name.so" --format jsonl mine
        line_matches "\"implementation\":\"$name\".*\"verdict\":\"(pass|fail|limit)\""
    done
}

@test "a library that is not there is a remark of the build" {
    mkdir -p bare
    run -0 make -s -C "$TREE" PKG_CONFIG=false BUILD="$PWD/bare" "$PWD/bare/host/not-built"
    line_matches '^not built for want of their libraries: .*libuv \(libuv1-dev\)'
    no_line_matches 'posix'
}

@test "asking by name for an adapter that is not built is an error that says what to install" {
    bare_build
    run -2 play --impl libuv
    line_matches 'libuv is not built: its library was not there; install libuv1-dev '
}

@test "a run of everything says in one line what is not built" {
    bare_build
    write_script one.scn
    run -0 play one.scn
    line_matches '^Not built for want of their libraries: .*libuv \(libuv1-dev\)'
    run -0 play --impl reference one.scn
    no_line_matches 'Not built'
}

@test "a variant without pidfds finds none, with the probe and without it, and after unfail" {
    printf '%s\n' 'scenario  A context is opened where there are no pidfds' 'covers    XC-24' '' \
        'ctx       A on main' 'close     A' >mine/bare.scn
    sed 's/^ctx/fail      pipe EMFILE always\nunfail\nctx/' mine/bare.scn >mine/unfail.scn
    build_adapter no_pidfd.so harness/tests/adapters/demanding.c -DNO_PIDFDS \
        -DFEATURES=RC_FEATURE_WITHOUT_PIDFDS
    run -0 play --impl ./no_pidfd.so --format tap mine
    run -0 play --impl ./no_pidfd.so --no-probe --format tap mine/bare.scn
    build_adapter no_pidfd.so harness/tests/adapters/demanding.c -DNO_PIDFDS -DFEATURES=0
    run -1 play --impl ./no_pidfd.so --format tap mine
}

@test "a variant with pidfds is skipped where there are none" {
    printf '%s\n' 'scenario  A context comes and goes' 'covers    XC-24' '' 'ctx       A on main' 'close     A' >mine/one.scn
    build_adapter both.so harness/tests/adapters/demanding.c -DNO_PIDFDS \
        '-DFEATURES=RC_FEATURE_WITHOUT_PIDFDS|RC_FEATURE_WITH_PIDFDS'
    run -0 play --impl ./both.so --format jsonl mine
    line_matches '"verdict":"skip","reason":"there are no pidfds here, which demanding is there for"'
}

@test "where a library wants SIGCHLD blocked, main and lanes have it blocked from the start" {
    printf '%s\n' 'scenario  Contexts are opened where SIGCHLD is blocked' 'covers    XC-24' '' \
        'lane      t1' 'ctx       A on main' 'ctx       B on t1' 'close     A' 'close     B' >mine/one.scn
    build_adapter blocked.so harness/tests/adapters/demanding.c \
        -DFEATURES=RC_FEATURE_SIGCHLD_BLOCKED
    run -0 play --impl ./blocked.so --format tap mine
    run -0 play --impl ./blocked.so --no-probe --format tap mine
    build_adapter blocked.so harness/tests/adapters/demanding.c -DFEATURES=0
    run -1 play --impl ./blocked.so --format tap mine
}
