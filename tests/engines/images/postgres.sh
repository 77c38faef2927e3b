#!/bin/sh
# Starts Debian's PostgreSQL as the official image does: a first user, its password from a
# file or a variable, a database, and the arguments of the command.
set -eu
data=/var/lib/postgresql/data
bin=$(echo /usr/lib/postgresql/*/bin)
user=${POSTGRES_USER:-postgres}
password=${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:-/dev/null}")}
[ "${1:-}" = postgres ] && shift
mkdir -p "$data" /run/postgresql
chown -R postgres "$data" /run/postgresql
if [ ! -s "$data/PG_VERSION" ]; then
    printf '%s' "$password" >/tmp/password
    chown postgres /tmp/password
    su postgres -c "$bin/initdb -D $data -U $user --pwfile=/tmp/password -A scram-sha-256" >/dev/null
    rm /tmp/password
    echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
    sed -i 's/^local .*/local all all trust/' "$data/pg_hba.conf"
    su postgres -c "$bin/pg_ctl -D $data -o '-c listen_addresses=' -w start" >/dev/null
    su postgres -c "$bin/createdb -U $user ${POSTGRES_DB:-$user}" || true
    su postgres -c "$bin/pg_ctl -D $data -m fast -w stop" >/dev/null
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups \
    "$bin/postgres" -D "$data" -c listen_addresses='*' "$@"
