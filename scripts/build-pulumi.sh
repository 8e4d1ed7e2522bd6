#!/usr/bin/env bash
# Builds the Pulumi CLI and its YAML language host from the Go module proxy into
# .tools/bin, in the versions that tools/pulumi/go.mod names. `--check` only
# says, by its exit code, whether they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=.tools/bin
stamp="$bin/.built-from"

if cmp -s tools/pulumi/go.sum "$stamp" && [ -x "$bin/pulumi" ] && [ -x "$bin/pulumi-language-yaml" ]; then exit 0; fi
if [ "${1:-}" = --check ]; then exit 1; fi

version_of() { sed -nE "s#^\s*$1 v(.*)\$#\1#p" tools/pulumi/go.mod | sed 's# // indirect##' | head -n 1; }

mkdir -p "$bin"
out="$PWD/$bin"
cd tools/pulumi
sdk=github.com/pulumi/pulumi/sdk/v3/go/common/version.Version
yaml=github.com/pulumi/pulumi-yaml/pkg/version.Version
cd - >/dev/null
flags="-s -w -X $sdk=$(version_of github.com/pulumi/pulumi/pkg/v3) -X $yaml=$(version_of github.com/pulumi/pulumi-yaml)"
cd tools/pulumi
CGO_ENABLED=0 go build -trimpath -ldflags "$flags" -o "$out" tool
cd - >/dev/null
cp tools/pulumi/go.sum "$stamp"
