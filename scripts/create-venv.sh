#!/usr/bin/env bash
# Creates the virtual environment $1 with the first Python >= 3.11 that runs.
# Installs python3-venv through apt when the machine lacks it and permits that.
set -euo pipefail
venv=$1

find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "outgrow needs Python 3.11 or newer; this machine has none on its PATH." >&2
    echo "  Install one (on Debian 12 or Ubuntu 24.04: apt-get install python3) and run make again." >&2
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_venv_module() {
    local package
    package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    echo "    $package is missing; asking apt for it"
    as_root apt-get -qq update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y "$package" >/dev/null
}

python="$(find_python)"
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null && ! install_venv_module; then
    echo "$python cannot create virtual environments, and apt could not be used here." >&2
    echo "  Have an administrator run: apt-get install python3-venv" >&2
    exit 1
fi
"$python" -m venv --clear "$venv"
