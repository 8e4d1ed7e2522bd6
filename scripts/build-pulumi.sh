#!/usr/bin/env bash
# Builds the Pulumi CLI, its YAML language host and the provider that the
# rehearsal deploys with, from the Go module proxy into .tools/bin, in the
# versions that tools/pulumi/go.mod names. Builds only what is missing.
#
#   scripts/build-pulumi.sh [--check] [PROGRAM...]
#
# PROGRAM is pulumi, pulumi-language-yaml or pulumi-resource-setting; without
# one: all three. `--check` builds nothing: exit code 0 says they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

bin="$PWD/.tools/bin"
check=""
if [ "${1:-}" = --check ]; then
  check=yes
  shift
fi
if [ $# -eq 0 ]; then set -- pulumi pulumi-language-yaml pulumi-resource-setting; fi

package_of() {
  case "$1" in
    pulumi) echo github.com/pulumi/pulumi/pkg/v3/cmd/pulumi ;;
    pulumi-language-yaml) echo github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml ;;
    pulumi-resource-setting) echo ./pulumi-resource-setting ;;
    *) echo "build-pulumi: $1 is none of its programs" >&2; return 2 ;;
  esac
}

# What a program is made of; beside the program lies what it was made of.
made_of() { cat tools/pulumi/go.mod; if [ -d "tools/pulumi/$1" ]; then cat "tools/pulumi/$1"/*; fi; }

missing=()
for program in "$@"; do
  package_of "$program" >/dev/null
  if ! [ -x "$bin/$program" ] || ! made_of "$program" | cmp -s - "$bin/.$program.made-of"; then
    missing+=("$program")
  fi
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi
if [ -n "$check" ]; then exit 1; fi

packages=()
for program in "${missing[@]}"; do packages+=("$(package_of "$program")"); done

version_of() { (cd tools/pulumi && go list -m -f '{{.Version}}' "$1" | sed 's/^v//'); }

# Counts the lines that come in, so that a minute of work is seen to go on.
show_progress() {
  local what="$1" of="$2" count=0 since=$SECONDS
  while IFS= read -r line; do
    case "$line" in
      "go: downloading "* | */* | [a-z]*) count=$((count + 1)) ;;
    esac
    case "$line" in
      "go: downloading "*) ;;
      "go: "* | "# "* | *": "*) printf '%s\n' "$line" ;;
    esac
    if [ -t 1 ]; then
      printf '\r  %s: %d%s ' "$what" "$count" "$of"
    elif [ $((SECONDS - since)) -ge 15 ]; then
      since=$SECONDS
      printf '  %s: %d%s\n' "$what" "$count" "$of"
    fi
  done
  if [ -t 1 ] && [ "$count" -gt 0 ]; then printf '\r\033[K'; fi
}

export CGO_ENABLED=0
printf '  fetching Go modules\n'
(cd tools/pulumi && go list -deps "${packages[@]}" 2>&1 >/dev/null) | show_progress "modules fetched" ""
number=$(cd tools/pulumi && go list -deps "${packages[@]}" | wc -l | tr -d ' ')
stamps="-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$(version_of github.com/pulumi/pulumi/pkg/v3)"
stamps+=" -X github.com/pulumi/pulumi-yaml/pkg/version.Version=$(version_of github.com/pulumi/pulumi-yaml)"

# Made beside and moved into place: an interrupted build leaves nothing that looks whole.
mkdir -p "$bin"
fresh=$(mktemp -d "$bin/.fresh.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
printf '  compiling\n'
(cd tools/pulumi && go build -v -trimpath -ldflags "-s -w $stamps" -o "$fresh/" "${packages[@]}" 2>&1) |
  show_progress "packages compiled" " of at most $number"
for program in "${missing[@]}"; do
  mv -f "$fresh/$program" "$bin/$program"
  made_of "$program" >"$bin/.$program.made-of"
done
