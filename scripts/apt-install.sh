#!/usr/bin/env bash
# Installs the named packages through apt, as root or with a sudo that asks for no password.
# Starts none of the services in them. Silent when it works; otherwise it fails and prints
# what apt or sudo said.
set -uo pipefail

# Debian asks this program whether a package may start its service: 101 is no. A test starts
# its own servers, on free ports; the machine's owner did not ask for any.
policy=/usr/sbin/policy-rc.d

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install() {
    as_root apt-get -qq update &&
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install -y --no-install-recommends "$@"
}

if [ ! -e "$policy" ] &&
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null 2>&1; then
    as_root chmod +x "$policy"
    trap 'as_root rm -f "$policy"' EXIT
fi
if ! said="$(install "$@" 2>&1)"; then
    printf '%s\n' "$said" >&2
    exit 1
fi
