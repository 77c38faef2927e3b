#!/usr/bin/env bash
# Installs Chromium for the browser tests where it is absent and apt may be used.
# Never fails: without a browser the other tests still run, and the browser tests say why they fail.
set -u

for browser in chromium chromium-browser google-chrome; do
    command -v "$browser" >/dev/null && exit 0
done

echo "==> install: Chromium for the browser tests, through apt"
if ! "$(dirname "$0")/apt-install.sh" chromium; then
    echo "Chromium could not be installed, so the browser tests will fail." >&2
    echo "  Have an administrator run: apt-get install chromium" >&2
fi
exit 0
