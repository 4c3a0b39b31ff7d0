#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Makes the objects of one mutant: the reference with one real bug put back.
#
#   mutant.sh PATCH FOLDER OBJECTS COMPILE...
#
# FOLDER becomes a copy of impl/reference and its adapter with PATCH applied, exactly or not at
# all. What the patch left alone is not compiled again: the reference's object under OBJECTS is
# taken. Prints the objects to link. COMPILE is the compiler's command, without files; it looks
# for headers in FOLDER/impl/reference first.
set -eu

patch=$1 folder=$2 objects=$3
shift 3
name=$(basename "$patch" .patch)

rm -rf "$folder"
mkdir -p "$folder/impl/adapters"
cp -r impl/reference "$folder/impl/reference"
rm -rf "$folder/impl/reference/tests"
cp impl/adapters/reference*.[ch] "$folder/impl/adapters/"
# No backup files: a hunk that moved would leave them.
if ! patch -d "$folder" -p1 --fuzz=0 --batch --forward --silent --no-backup-if-mismatch \
    <"$patch" >"$folder/patch.log" 2>&1; then
    printf 'The mutant %s no longer applies (%s):\n' "$name" "$patch" >&2
    sed 's/^/    /' "$folder/patch.log" >&2
    exit 1
fi

everything=
for header in impl/reference/*.h; do
    cmp -s "$header" "$folder/$header" || everything=yes
done
changed=
for source in impl/adapters/reference*.c impl/reference/*.c; do
    if [ -z "$everything" ] && [ "$source" != impl/adapters/reference.c ] &&
        cmp -s "$source" "$folder/$source"; then
        printf '%s\n' "$objects/${source%.c}.o"
        continue
    fi
    [ "$source" = impl/adapters/reference.c ] || cmp -s "$source" "$folder/$source" || changed=yes
    object=$folder/${source%.c}.o
    # A bug put back may well leave something unused behind.
    "$@" -w "-DADAPTER_NAME=\"mutant-$name\"" -c -o "$object" \
        "$folder/$source" >&2
    printf '%s\n' "$object"
done
if [ -z "$everything$changed" ]; then
    printf 'The mutant %s (%s) changes nothing.\n' "$name" "$patch" >&2
    exit 1
fi
