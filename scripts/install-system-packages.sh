#!/usr/bin/env bash
# Installs the servers and checkers that the tests run, as far as they are absent and apt may
# be used. Never fails: a test whose program is missing says so by itself.
set -u
PATH="$PATH:/usr/sbin:/sbin"

# What each program is called by Debian.
wanted=(
    promtool:prometheus
    amtool:prometheus-alertmanager
    prometheus-blackbox-exporter:prometheus-blackbox-exporter
    jq:jq
    gdb:gdb
    nginx:nginx-light
    haproxy:haproxy
    pgbouncer:pgbouncer
    psql:postgresql
    redis-server:redis-server
    dockerd:docker.io
    ip:iproute2
    docker-compose:docker-compose
    debootstrap:debootstrap
    shellcheck:shellcheck
    node:nodejs
    npm:npm
    sshd:openssh-server
)

missing=()
for pair in "${wanted[@]}"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
# An extension is no program: it lies beside the server whose version it is made for.
if ! ls /usr/share/postgresql/*/extension/pg_partman.control >/dev/null 2>&1; then
    version="$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -n | tail -1)"
    missing+=("postgresql-${version:-15}-partman")
fi
[ ${#missing[@]} = 0 ] && exit 0

echo "==> install: ${missing[*]}, through apt"
if ! "$(dirname "$0")/apt-install.sh" "${missing[@]}"; then
    echo "These could not be installed, so the tests that need them will fail: ${missing[*]}" >&2
    echo "  Have an administrator run: apt-get install ${missing[*]}" >&2
fi
exit 0
