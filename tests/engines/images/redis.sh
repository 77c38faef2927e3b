#!/bin/sh
# Starts Debian's Redis as the official image does: it listens everywhere, without a file.
set -eu
[ "${1:-}" = redis-server ] && shift
cd /data
exec setpriv --reuid=redis --regid=redis --init-groups redis-server --bind '*' --protected-mode no "$@"
