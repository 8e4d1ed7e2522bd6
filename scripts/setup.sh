#!/usr/bin/env bash
# Makes a fresh clone ready: npm packages, PostgreSQL's client tools, the build
# and, where Go is there, the Pulumi CLI. Says what it installs, touches nothing
# else, and does nothing that is done already.
set -euo pipefail
cd "$(dirname "$0")/.."

oldest_postgres=15 # pg_dump refuses servers newer than itself; the rehearsal's source is 15.
oldest_pulumi=200  # 3.200: what the rehearsal's program and the engine's events are proven with.

say() { printf 'setup: %s\n' "$*"; }
stop() { say "$*" >&2; exit 1; }
# What the repository pins, wherever npm or the machine's own Node is older.
node_24() { node_modules/.bin/node "$@"; }

packages() {
  command -v npm >/dev/null || stop "npm is needed; install Node.js 20 or newer: https://nodejs.org"
  if node scripts/packages-match.cjs && node_24 -e 0 2>/dev/null; then return; fi
  say "npm ci (the packages of package-lock.json, Node 24 and PostgreSQL servers for the rehearsal among them)"
  # Errors only: npm may run on an older Node than the packages want, and warns of it
  # once for each. They run on node_modules' own Node.
  npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
  node_24 -e 0 || stop "node_modules/.bin/node does not run: its install script was not allowed to. Run: npm rebuild node"
}

has_postgres_tools() { node_24 scripts/postgres-tools.ts "$oldest_postgres" "$@"; }

postgres_tools() {
  if has_postgres_tools --quiet; then return; fi
  local as_root=()
  if command -v apt-get >/dev/null; then
    local line="apt-get install --yes postgresql-client"
    if [ "$(id -u)" -ne 0 ]; then
      # Asks for the password on a terminal; elsewhere it must go without one.
      if ! command -v sudo >/dev/null || ! { if [ -t 0 ]; then sudo -v; else sudo -n true; fi; } 2>/dev/null; then
        say "PostgreSQL's client tools are missing or too old, and there are no rights to install them. Run: sudo apt-get update && sudo $line"
        return
      fi
      as_root=(sudo)
    fi
    say "$line (pg_dump, pg_restore, pg_dumpall and psql are missing or older than $oldest_postgres)"
    # ${a[@]+...}: an empty array is an unset variable to macOS' bash 3.
    { ${as_root[@]+"${as_root[@]}"} apt-get update -qq &&
      ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive $line -qq >/dev/null; } ||
      say "apt-get failed, see above"
  elif command -v brew >/dev/null; then
    say "brew install libpq (pg_dump, pg_restore, pg_dumpall and psql are missing or older than $oldest_postgres)"
    brew install --quiet libpq || say "brew failed, see above"
  fi
  has_postgres_tools || say "goes on without them: no dump can be taken until they are there"
}

build() {
  local made=dist/cli/main.js
  if [ -f "$made" ] && [ -z "$(find src tsconfig.json tsconfig.build.json package-lock.json -newer "$made" -print -quit)" ]; then
    return
  fi
  say "npm run build"
  npm run --silent build
  touch "$made"
}

has_pulumi() {
  command -v pulumi >/dev/null && command -v pulumi-language-yaml >/dev/null || return 1
  local version
  version=$(PULUMI_SKIP_UPDATE_CHECK=true pulumi version 2>/dev/null) || return 1
  [[ "$version" =~ ^v?3\.([0-9]+)\. ]] && [ "${BASH_REMATCH[1]}" -ge "$oldest_pulumi" ]
}

pulumi_cli() {
  local programs=(pulumi pulumi-language-yaml pulumi-resource-setting)
  local without="the rehearsal re-points through a file instead"
  if has_pulumi; then programs=(pulumi-resource-setting); fi
  if scripts/build-pulumi.sh --check "${programs[@]}"; then return; fi
  if command -v go >/dev/null; then
    say "building ${programs[*]} from Go modules into .tools/bin (2 to 5 minutes, once)"
    scripts/build-pulumi.sh "${programs[@]}" || say "that failed, see above; $without. Go 1.25 or newer is needed: https://go.dev/dl"
  elif [ ${#programs[@]} -gt 1 ]; then
    say "no Pulumi CLI 3.$oldest_pulumi or newer with its YAML host, and no Go to build it: $without. To have it: https://www.pulumi.com/docs/install"
  fi
}

packages
postgres_tools
build
pulumi_cli
say "ready"
