#!/bin/sh
# Holds every answer of the real service against its description: sh clients/fuzz/run.sh PROGRAM
set -eu
program=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
package=schemathesis==4.32.5
home="${XDG_DATA_HOME:-$HOME/.local/share}/retake/fuzz"
if [ ! -e "$home/$package" ]; then
    python3 -m venv "$home"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check "$package"
    : >"$home/$package"
fi
folder=$(mktemp -d)
cd "$folder"
"$program" serve --listen 127.0.0.1:0 --json >listening.json 2>said.txt &
service=$!
trap 'kill "$service" 2>/dev/null || true; wait "$service" 2>/dev/null || true; rm -rf "$folder"' EXIT
tries=0
until [ -s listening.json ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { cat said.txt >&2; exit 1; }
    sleep 0.1
done
url=$(sed 's/.*"url":"\([^"]*\)".*/\1/' listening.json)
# A stream of events has no end, and is tried by the tests. Something that is there, so that not all is 404.
RUN=$("$home/bin/python" - "$url" <<'PLAN'
import json, sys, urllib.request
plan = b"film: Two cards\nsize: 160x90\nscenes:\n  - {id: one, title: One, seconds: 1}\n  - {id: two, title: Two, seconds: 1}\n"
call = urllib.request.Request(sys.argv[1] + "/api/runs", plan, {"Content-Type": "application/yaml"})
print(json.load(urllib.request.urlopen(call))["run"])
PLAN
)
export RUN
"$home/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$url/api/openapi.json" \
    --exclude-path "/api/runs/{run}/events" --phases examples,coverage,fuzzing --max-examples "${EXAMPLES:-30}" --seed "${SEED:-1}" --request-timeout 90 --continue-on-failure
