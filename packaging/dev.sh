#!/bin/sh
# Runs Totem, or its tests, from a checkout, and does all set-up by itself: the virtual environment `.venv` beside this
# folder, the locked dependencies (each checked by its hash), and a look at the system libraries that Qt needs.
# It needs Python 3.11, 3.12 or 3.13 with pip and venv, and nothing else. Nothing is done again that is already done.
#
#   sh packaging/dev.sh demo --headless --sales 1 --method pix --out build/demo
#   sh packaging/dev.sh test
set -eu

# Images for containers set it, and then every start compiles each of our sources anew.
unset PYTHONDONTWRITEBYTECODE

usage() {
    cat <<'TEXT'
usage: sh packaging/dev.sh COMMAND [ARGUMENTS]

  test [PYTEST ARGUMENTS]   linters, types, import contracts, then the tests
  setup                     makes .venv with everything in it
  lock [--upgrade]          writes the lock files anew from pyproject.toml
  run PROGRAM [ARGUMENTS]   runs a program of .venv
  totem [ARGUMENTS]         runs the kiosk
  anything else             is a command of totem: demo, doctor, brcode, sandbox, journal ...

Exit codes of its own: 3 a system library lacks, 4 no fitting Python.
TEXT
}

say() { printf '%s\n' "$*" >&2; }

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=$root/.venv

find_python() {
    for candidate in "${TOTEM_PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    say "No Python 3.11, 3.12 or 3.13 found. Install it: sudo apt-get install -y python3 python3-venv"
    say "(or name one: TOTEM_PYTHON=/path/to/python3.11)"
    return 4
}

# What lacks is named before anything is downloaded. A build machine (CI=true, root) helps itself.
check_system() {
    [ "$(uname -s)" = Linux ] || return 0
    if "$python" "$root/packaging/preflight.py" "$@" --packages >/dev/null; then return 0; fi
    if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        packages=$("$python" "$root/packaging/preflight.py" "$@" --packages) || true
        say "Installing: $packages"
        # shellcheck disable=SC2086 # a list of names
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } \
            >&2 || say "apt-get failed"
    fi
    "$python" "$root/packaging/preflight.py" "$@"
}

make_venv() {
    if "$venv/bin/python" -c 'import pip' 2>/dev/null; then return 0; fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "This Python cannot make a virtual environment: package python$version-venv (or python3-venv) lacks."
        say "  sudo apt-get update && sudo apt-get install -y python$version-venv"
        return 4
    fi
    say "Making .venv ..."
    "$python" -m venv --clear "$venv"
}

# $1: the lock file. The stamp in .venv names what was installed, so that an unchanged lock costs one checksum.
install_lock() {
    lock=$root/$1
    stamp=$venv/.installed-$1
    wanted=$(cksum <"$lock")$(cksum <"$root/pyproject.toml")
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted $root" ]; then return 0; fi
    say "Installing $1 ..."
    pip install --require-hashes --only-binary :all: -r "$lock"
    pip install --no-deps --no-build-isolation -e "$root"
    printf '%s\n' "$wanted $root" >"$stamp"
}

pip() {
    "$venv/bin/python" -m pip --quiet --quiet --disable-pip-version-check --no-input "$@"
}

# $1: the lock file; the rest: topics of the preflight.
setup() {
    lock_name=$1
    shift
    python=$(find_python)
    check_system "$@"
    make_venv
    install_lock "$lock_name"
}

wants_display() {
    for word in "$@"; do
        case $word in --headless | --list-faults | -h | --help) return 1 ;; esac
    done
    case ${1:-} in demo | --windowed | --config | '') return 0 ;; *) return 1 ;; esac
}

run_totem() {
    if wants_display "$@"; then
        setup requirements.lock display
    else
        setup requirements.lock
    fi
    exec "$venv/bin/python" -m totem "$@"
}

# Every check runs, so that one look shows all that is wrong; pytest last, so that its summary closes.
run_tests() {
    setup requirements-dev.lock tests
    failed=
    cd "$root"
    step 'ruff check' ruff check .
    step 'ruff format' ruff format --check .
    step 'mypy' mypy
    step 'import contracts' lint-imports
    say "== pytest"
    # Named tests run as they are asked for; all of them side by side, each worker with the next that is left.
    [ $# -gt 0 ] || set -- --numprocesses auto --dist worksteal
    "$venv/bin/python" -m pytest "$@" || failed="$failed pytest"
    [ -z "$failed" ] || { say "FAILED:$failed"; exit 1; }
}

# $1: its title; the rest: a program of .venv and its arguments.
step() {
    title=$1 program=$2
    shift 2
    say "== $title"
    "$venv/bin/$program" "$@" || failed="$failed '$title'"
}

# No host, no index and no date goes into a lock: the same input gives the same file wherever it is made.
write_locks() {
    setup requirements-dev.lock
    cd "$root"
    set -- pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --extra build "$@" pyproject.toml
    "$venv/bin/uv" "$@" --output-file requirements.lock
    "$venv/bin/uv" "$@" --extra dev --constraint requirements.lock --output-file requirements-dev.lock
}

case ${1:-} in
'' | -h | --help | help) usage ;;
setup) setup requirements-dev.lock tests ;;
test) shift && run_tests "$@" ;;
lock) shift && write_locks "$@" ;;
run)
    shift
    setup requirements-dev.lock
    program=$1
    shift
    exec "$venv/bin/$program" "$@"
    ;;
totem) shift && run_totem "$@" ;;
*) run_totem "$@" ;;
esac
