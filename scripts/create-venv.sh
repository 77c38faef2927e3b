#!/usr/bin/env bash
# Creates the virtual environment $1 with the first Python >= 3.11 that runs.
# Installs Python's venv module through apt where it is absent and apt may be used.
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
    echo "outgrow needs Python 3.11 or newer; none is on the PATH." >&2
    echo "  Install one (Debian 12, Ubuntu 24.04 and later: apt-get install python3)." >&2
    return 1
}

python="$(find_python)"
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    echo "==> install: $package, through apt"
    if ! "$(dirname "$0")/apt-install.sh" "$package"; then
        echo "$python cannot create a virtual environment without $package." >&2
        echo "  Have an administrator run: apt-get install $package" >&2
        exit 1
    fi
fi
"$python" -m venv --clear "$venv"
