#!/bin/sh
# Maintainers only (needs Node 20 or newer and npm): fetch the browser files pinned in
# tools/vendor/package-lock.json and rewrite webapp/static/vendor/ from them. Users never run it;
# the files are committed.
#
# To move to another version: edit tools/vendor/package.json, run this script with --update,
# read the difference, run `make test`.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm_quietly() {
    npm --prefix "$work" "$@" --ignore-scripts --no-audit --no-fund --loglevel=error
}

cp tools/vendor/package.json "$work/"
if [ "${1:-}" = "--update" ]; then
    # The lock keeps versions and hashes; which registry served them is the maintainer's business.
    npm_quietly install --omit-lockfile-registry-resolved
    cp "$work/package-lock.json" tools/vendor/package-lock.json
else
    cp tools/vendor/package-lock.json "$work/"
    npm_quietly ci
fi
node tools/vendor/copy.mjs "$work" webapp/static/vendor
