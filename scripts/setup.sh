#!/usr/bin/env bash
# Makes a fresh clone ready: npm packages, the build, PostgreSQL's client tools
# and, where Go is there, the Pulumi CLI. Says what it installs, touches nothing
# else, and does nothing that is done already.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "setup: $*"; }

packages() {
  local stamp=node_modules/.opensauced-lock
  if cmp -s package-lock.json "$stamp"; then return; fi
  say "npm ci (packages of package-lock.json)"
  # npm may run on an older Node than the packages want: they run on node_modules' own.
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
}

built() {
  if [ -f dist/cli/main.js ] && [ -z "$(find src tsconfig*.json package.json -newer dist/cli/main.js -print -quit)" ]; then
    return
  fi
  say "npm run build"
  npm run --silent build
  touch dist/cli/main.js
}

# pg_dump must not be older than the server it dumps; the rehearsal's is 15.
postgres_major() { "$1" --version 2>/dev/null | sed -E 's/.* ([0-9]+)(\.|beta|rc|devel).*/\1/'; }

has_postgres_tools() {
  local tool folder
  for folder in "" /usr/lib/postgresql/*/bin/ /opt/homebrew/opt/libpq/bin/ /usr/local/opt/libpq/bin/; do
    for tool in pg_dump pg_restore psql; do
      [ "$(postgres_major "$folder$tool" || echo 0)" -ge 15 ] 2>/dev/null || continue 2
    done
    return 0
  done
  return 1
}

postgres_tools() {
  if has_postgres_tools; then return; fi
  local as_root=""
  if [ "$(id -u)" -ne 0 ]; then as_root="sudo "; fi
  if command -v apt-get >/dev/null; then
    say "apt-get install postgresql-client (pg_dump, pg_restore and psql are missing or older than 15)"
    if [ -n "$as_root" ] && ! { command -v sudo >/dev/null && sudo -v; }; then
      say "no rights for it; run: sudo apt-get install postgresql-client"
      return
    fi
    # shellcheck disable=SC2086 # empty for root
    $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql-client >/dev/null
  elif command -v brew >/dev/null; then
    say "brew install libpq (pg_dump, pg_restore and psql are missing or older than 15)"
    brew install --quiet libpq
  else
    say "install PostgreSQL's client tools, version 15 or newer: https://www.postgresql.org/download/"
    return
  fi
  if ! has_postgres_tools; then
    say "this system's PostgreSQL client is older than 15; install a newer one: https://www.postgresql.org/download/"
  fi
}

pulumi_cli() {
  if command -v pulumi >/dev/null && command -v pulumi-language-yaml >/dev/null; then return; fi
  if scripts/build-pulumi.sh --check; then return; fi
  if command -v go >/dev/null; then
    say "building the Pulumi CLI from its Go modules into .tools/bin (1 to 3 minutes, once)"
    scripts/build-pulumi.sh || say "that failed; the rehearsal re-points through a file instead. To have Pulumi: https://www.pulumi.com/docs/install/"
  else
    say "no pulumi found: the rehearsal re-points through a file instead. To have it: https://www.pulumi.com/docs/install/"
  fi
}

packages
built
postgres_tools
pulumi_cli
say "ready"
