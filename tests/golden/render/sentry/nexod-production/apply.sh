#!/usr/bin/env bash
# Creates the alert rules of this folder in Sentry, updates those that are there under the same
# name, and switches on the inbound filters of settings.json. Running it again adds nothing.
#
#   SENTRY_AUTH_TOKEN            a token with alerts:write and project:write
#   SENTRY_ORG                   the slug of the organization
#   SENTRY_TEAM_ID               the team that rules on levels write to
#   SENTRY_SLACK_INTEGRATION_ID  where a rule tells Slack: the number of the integration,
#   SENTRY_SLACK_CHANNEL         and the channel where the strategy names none
#   SENTRY_URL                   where Sentry is; https://sentry.io unless set
set -euo pipefail
shopt -s inherit_errexit nullglob
cd "$(dirname "$0")"
: "${SENTRY_AUTH_TOKEN:?a token with alerts:write and project:write}"
: "${SENTRY_ORG:?the slug of the organization}"
api="${SENTRY_URL:-https://sentry.io}/api/0"
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT

# The token comes from a file descriptor: a list of processes shows command lines.
request() { # METHOD PATH [JSON]
    curl --config <(printf 'header = "Authorization: Bearer %s"\n' "$SENTRY_AUTH_TOKEN") \
        --silent --show-error --fail-with-body --dump-header "$headers" --request "$1" \
        --header 'Content-Type: application/json' ${3:+--data "$3"} "$api/$2"
}

all_pages() { # PATH
    local cursor=
    while true; do
        request GET "$1?per_page=100&cursor=$cursor"
        cursor=$(sed -n 's/.*rel="next"; results="true"; cursor="\([^"]*\)".*/\1/p' "$headers")
        [ -n "$cursor" ] || return 0
    done
}

filled_in() { # FILE
    jq 'def told($name): $ENV[$name] // error("set \($name)");
        walk(if . == "env:SENTRY_TEAM_ID" then told("SENTRY_TEAM_ID")
             elif . == "env:SENTRY_SLACK_CHANNEL" then told("SENTRY_SLACK_CHANNEL")
             elif . == "env:SENTRY_SLACK_INTEGRATION_ID"
             then told("SENTRY_SLACK_INTEGRATION_ID") | tonumber
             else . end)' "$1"
}

apply() { # FILE COLLECTION RULES-THAT-ARE-THERE
    local rule name id
    rule=$(filled_in "$1")
    name=$(jq -r .name <<<"$rule")
    id=$(jq -rs --arg name "$name" 'add | map(select(.name == $name)) | .[0].id // empty' <<<"$3")
    if [ -n "$id" ]; then
        request PUT "$2$id/" "$rule" >/dev/null
        echo "updated: $name"
    else
        request POST "$2" "$rule" >/dev/null
        echo "created: $name"
    fi
}

collection="organizations/$SENTRY_ORG/alert-rules/"
present=$(all_pages "$collection")
for file in metric-alerts/*/*.json; do
    apply "$file" "$collection" "$present"
done
for folder in issue-alerts/*/; do
    collection="projects/$SENTRY_ORG/$(basename "$folder")/rules/"
    present=$(all_pages "$collection")
    for file in "$folder"*.json; do
        apply "$file" "$collection" "$present"
    done
done
jq -r '.projects | to_entries[] | .key as $project | .value.inboundFilters[] | "\($project) \(.)"' \
    settings.json | while read -r project filter; do
    request PUT "projects/$SENTRY_ORG/$project/filters/$filter/" '{"active": true}' >/dev/null
    echo "filtered: $project $filter"
done
