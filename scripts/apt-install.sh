#!/usr/bin/env bash
# Installs the named packages through apt, as root or with a sudo that asks for no password.
# Silent when it works; otherwise it fails and prints what apt or sudo said.
set -uo pipefail

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install() {
    as_root apt-get -qq update &&
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install -y --no-install-recommends "$@"
}

if ! said="$(install "$@" 2>&1)"; then
    printf '%s\n' "$said" >&2
    exit 1
fi
