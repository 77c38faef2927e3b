#!/usr/bin/env bash
# Installs Chromium for the browser tests, through apt, where it is absent and that is permitted.
# Never fails: without a browser the other tests still run, and the browser tests say why they fail.
set -uo pipefail

for browser in chromium chromium-browser google-chrome; do
    command -v "$browser" >/dev/null && exit 0
done

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

echo "==> install: Chromium for the browser tests, through apt"
if ! { as_root apt-get -qq update &&
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends chromium >/dev/null; }; then
    echo "    Chromium could not be installed here, so the browser tests will fail." >&2
    echo "    Have an administrator run: apt-get install chromium" >&2
fi
exit 0
