#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Prints the size of the matrix's page with twelve implementations, and how long Chromium takes to
# open it.
#
#   bench-page.sh BUILD
set -eu

build=$1
tree=$(cd "$(dirname "$0")/.." && pwd)
tests=$tree/harness/tests/html
chromium=$(command -v chromium || command -v chromium-browser || :)

if [ -z "$chromium" ] || ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo 'page of 12 implementations: not measured, which takes chromium, node and npm'
    exit 0
fi
[ -d "$tests/node_modules/playwright-core" ] ||
    (cd "$tests" && npm ci --no-audit --no-fund >/dev/null)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
node "$tests/synthesize.mjs" "$tree/scenarios/CATALOGUE.md" "$folder/results"
"$build/reapcheck" matrix --results "$folder/results" --format html --output "$folder/page.html"
node "$tests/page.mjs" "$chromium" "$folder/page.html" "$folder/browser" --measure
