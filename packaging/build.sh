#!/bin/sh
# Builds the program into dist/totem, from a checkout and with one command, and lets what was built test itself:
#
#   sh packaging/build.sh           without WebEngine
#   sh packaging/build.sh --web     with it, for vinti4's hosted payment page
#
# Set-up is packaging/dev.sh's. Each system builds for itself alone: Linux on Linux, Windows on Windows.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
web=0
case ${1:-} in
'') ;;
--web) web=1 ;;
*)
    printf 'usage: sh packaging/build.sh [--web]\n' >&2
    exit 2
    ;;
esac

sh "$root/packaging/dev.sh" setup
cd "$root"

# The same source gives the same bundle, as far as PyInstaller can: no hash order, no clock.
PYTHONHASHSEED=1
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 1700000000)
TOTEM_WEB=$web
export PYTHONHASHSEED SOURCE_DATE_EPOCH TOTEM_WEB

printf '%s\n' '== PyInstaller' >&2
.venv/bin/pyinstaller --noconfirm --clean --log-level ERROR \
    --distpath dist --workpath build/pyinstaller totem.spec

# What installs it lies beside it: one folder is all that a technician carries to the kiosk.
mkdir -p dist/totem/instalar
cp -R packaging/install.sh packaging/systemd packaging/udev dist/totem/instalar/
cp packaging/manual.md packaging/windows.md packaging/windows-printers.md dist/totem/

printf '%s\n' '== self-test' >&2
dist/totem/totem --self-test
du -sh dist/totem
