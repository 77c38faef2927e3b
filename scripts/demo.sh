#!/usr/bin/env bash
# Shows outgrow on one real strategy: where it stands, what it costs, what it forgot, its document,
# and the infrastructure of a phase.
set -u
cd "$(dirname "$0")/.." || exit 3
PATH="$PWD/.venv/bin:$PATH"

strategy=examples/floyo/outgrow.yaml
usage=examples/floyo/usage.csv
document=out/floyo

# Exit code 1 is an answer ("move now", "a claim does not hold"); 2 and 3 are failures.
show() {
    printf '\n==> outgrow %s\n\n' "$*"
    outgrow "$@"
    local code=$?
    if [ "$code" -gt 1 ]; then
        printf '\nThe demo stopped: outgrow %s ended with exit code %s.\n' "$1" "$code" >&2
        exit "$code"
    fi
}

# A broken installation also ends with 1, so the version must answer with 0 first.
outgrow --version || exit 3

show status "$strategy" --usage "$usage"
show cost --all "$strategy"
show check "$strategy"
show docs "$strategy" --usage "$usage" --out "$document"

# One phase of the sample application, as files that a team would own.
show render examples/sample-app --phase one-server --environment staging --out out/infra

printf '\nRead what was rendered:\n%s\n' "$PWD/out/infra/README.md"
printf '\nOpen the document in a browser:\n'
find "$PWD/$document" -name '*.html'
