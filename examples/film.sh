#!/bin/sh
# Makes a film, and pulls the plug once on the way. usage: film.sh RETAKE PLAN [SECONDS]
set -u
retake=$1
plan=$2
after=${3:-6}

say() { printf '\n  %s\n\n' "$*" >&2; }

say "Making $plan. After $after seconds this process is killed with SIGKILL: no warning, no goodbye."
timeout --foreground --signal=KILL "$after" "$retake" run "$plan" --yes
case $? in
0) exit 0 ;;
137) ;;
*) exit $? ;;
esac

say "Killed. Nothing was cleaned up. The same command again goes on where it was:"
exec "$retake" run "$plan" --yes
