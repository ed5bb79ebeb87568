#!/bin/sh
# Makes a film, and pulls the plug once on the way. usage: film.sh RETAKE PLAN [SECONDS]
set -u
retake=$1
plan=$2
after=${3:-6}

say() { printf '\n  %s\n\n' "$*" >&2; }

say "Making $plan. After $after seconds this process is killed with SIGKILL: no warning, no goodbye."
timeout --foreground --signal=KILL "$after" "$retake" run "$plan" --yes
code=$?
case $code in
137) ;;
*) exit $code ;;
esac

say "Killed. Nothing was cleaned up. The same command again goes on where it was:"
"$retake" run "$plan" --yes || exit $?
say "All that was made, in one page: $retake open"
