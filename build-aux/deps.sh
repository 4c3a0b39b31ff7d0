#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Sees to it that what reapcheck is built from and tested with is there. Says nothing where it is.
#
#   deps.sh [FILE [NAME:PACKAGE,PACKAGE...]...]
#
# FILE remembers what could not be had and is not needed, to ask but once. The others are adapters
# that cannot be built as things are, and what Debian calls the packages that they are built with.
#
# On Debian and its kin missing packages are installed, as root or with sudo; DEPS=no forbids it.
# Exit status: 0 all that is needed is there, 3 something is missing.
set -u

# Package, the command or header that shows it, what it is.
needed='
gcc cc a C compiler (gcc or clang)
make make GNU make
patch patch patch, for the mutants
libc6-dev <stdio.h> the headers of the C library
libjansson-dev <jansson.h> jansson, for JSON
libdw-dev <elfutils/libdwfl.h> libdw of elfutils, for the stacks of other processes
libelf-dev <libelf.h> libelf of elfutils
libxml2-dev <libxml2/libxml/xmlwriter.h> libxml2, for XML
uthash-dev <uthash.h> uthash
libcmocka-dev <cmocka.h> cmocka, for unit tests
bats bats bats, for tests of the command line
valgrind valgrind valgrind'

# Without these some adapters are not built, and all else works. What the arguments name is added.
wanted='
pkg-config pkg-config pkg-config, to find libraries'

# Without these some tests are skipped.
useful='
libxml2-utils xmllint xmllint, to check our XML against its schema
parallel parallel GNU parallel, to drive shards
chromium chromium Chromium, to try the page of the matrix
nodejs node Node.js, to drive Chromium
npm npm npm, to fetch what drives it'

say() {
    printf 'deps: %s\n' "$*" >&2
}

packages() { # TABLE: its packages
    printf '%s\n' "$1" | while read -r package _; do printf '%s ' "$package"; done
}

# Is it there, wherever it came from?
present() { # COMMAND, <HEADER> or -
    case $1 in
    '<'*) printf '#if !__has_include(%s)\n#error\n#endif\n' "$1" |
        "${CC:-cc}" -E - >/dev/null 2>&1 ;;
    -) false ;; # its absence is known
    cc) command -v "${CC:-cc}" || command -v gcc || command -v clang ;;
    *) command -v "$1" ;;
    esac >/dev/null
}

# One question to dpkg for everything, then one look for each package that it does not have.
missing() { # TABLE: its lines of which nothing is there
    printf '%s\n' "$1" | while read -r package thing what; do
        case " $installed " in
        *" $package "*) ;;
        *) [ -z "$package" ] || present "$thing" || printf '%s %s %s\n' "$package" "$thing" "$what" ;;
        esac
    done
}

look() {
    installed=
    if command -v dpkg-query >/dev/null; then
        # shellcheck disable=SC2046 # one word a package
        installed=$(dpkg-query -W -f '${db:Status-Status}:${Package}\n' \
            $(packages "$needed") $(packages "$wanted") $(packages "$useful") 2>/dev/null | sed -n 's/^installed://p')
        installed=$(printf '%s' "$installed" | tr '\n' ' ')
    fi
    missing_needed=$(missing "$needed")
    missing_wanted=$(missing "$wanted")
    missing_useful=$(missing "$useful")
}

apt() {
    $root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1
}

# With the lists that are there; where that fails, with new ones.
install() { # PACKAGE...
    say "installing $*"
    set -- install -y --no-install-recommends "$@"
    if ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 && apt "$@"; then
        return 0
    fi
    say 'fetching new lists of packages'
    apt update && apt "$@" && return 0
    say 'apt-get could not do it; its last words:'
    tail -n 5 "$log" | sed 's/^/    /' >&2
    return 1
}

list() { # TABLE
    printf '%s\n' "$1" | while read -r package _ what; do
        printf '    %s (Debian: %s)\n' "$what" "$package" >&2
    done
}

remember=${1:-}
[ $# -eq 0 ] || shift
for adapter; do
    for package in $(printf '%s' "${adapter#*:}" | tr ',' ' '); do
        wanted="$wanted
$package - the adapter ${adapter%%:*}"
    done
done
look
[ -z "$missing_needed$missing_wanted$missing_useful" ] && exit 0
[ -z "$missing_needed" ] && [ -n "$remember" ] && [ -e "$remember" ] && exit 0

why=
root=
tried=
if [ "${DEPS:-}" = no ]; then
    why='DEPS=no forbids to install it'
elif ! command -v apt-get >/dev/null; then
    why='this is not Debian, so please install it yourself'
elif [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        root=sudo
    else
        why='it takes root, or sudo without a password, to install it'
    fi
fi

if [ -z "$why" ]; then
    log=$(mktemp) || exit 3
    trap 'rm -f "$log"' EXIT
    # shellcheck disable=SC2046
    [ -z "$missing_needed" ] || install $(packages "$missing_needed")
    # shellcheck disable=SC2046
    [ -z "$missing_wanted" ] || install $(packages "$missing_wanted")
    # shellcheck disable=SC2046
    [ -z "$missing_useful" ] || install $(packages "$missing_useful")
    why='it could not be installed'
    tried=yes
    look
fi

if [ -n "$missing_needed" ]; then
    say "missing, and $why:"
    list "$missing_needed"
    exit 3
fi
if [ -n "$missing_useful" ]; then
    say "some tests will be skipped: $why:"
    list "$missing_useful"
fi
if [ -n "$missing_wanted" ]; then
    say "some adapters will not be built: $why:"
    list "$missing_wanted"
fi
if [ -n "$missing_wanted$missing_useful" ] && [ -n "$remember" ] && [ -n "$tried" ]; then
    mkdir -p "$(dirname "$remember")" && : >"$remember"
    say "(remove $remember to ask again)"
fi
exit 0
