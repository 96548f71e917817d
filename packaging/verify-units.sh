#!/bin/sh
# Holds the service units against systemd's own checker, both ways to a screen. Needs systemd-analyze (package systemd);
# the programs that a unit starts need not be installed: `true` stands in for them.
#
#   sh packaging/verify-units.sh
set -eu

units=$(CDPATH='' cd -- "$(dirname -- "$0")/systemd" && pwd)
command -v systemd-analyze >/dev/null || {
    printf '%s\n' 'systemd-analyze lacks: sudo apt-get install -y systemd' >&2
    exit 3
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# $1: what is verified; the rest: unit files in $folder.
verify() {
    title=$1
    shift
    said=$(cd "$folder" && systemd-analyze verify --man=no "$@" 2>&1) || failed=1
    [ -z "$said" ] || failed=1
    printf '%s: %s\n' "$title" "${said:-all right}"
}

for unit in totem.service totem-x11.service; do
    sed 's#^ExecStart=/[^ ]*#ExecStart=/bin/true#' "$units/$unit" >"$folder/$unit"
done
verify 'totem.service with cage' ./totem.service
mkdir "$folder/totem.service.d"
sed 's#^ExecStart=/[^ ]*#ExecStart=/bin/true#' "$units/x11.conf" >"$folder/totem.service.d/x11.conf"
verify 'totem.service with x11.conf, totem-x11.service' ./totem.service ./totem-x11.service
systemd-analyze security --offline=true --no-pager "$folder/totem.service" 2>/dev/null | tail -n 1
exit "$failed"
