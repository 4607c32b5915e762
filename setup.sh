#!/bin/sh
# Makes this checkout ready: system packages that are missing, then .venv from the hash-locked requirements.
#   ./setup.sh        what the vault needs to run
#   ./setup.sh test   that, and what its tests need
# Tried on Debian 12. Written for, but never tried on, Ubuntu 24.04 and macOS with Homebrew.
# May be run again at any time: what is there already is left alone, and what was interrupted is done again.
set -eu
cd "$(dirname "$0")"

purpose=${1:-run}
case $purpose in
    run) lock=requirements.lock ;;
    test) lock=requirements-dev.lock ;;
    *) echo "usage: ./setup.sh [run|test]" >&2; exit 2 ;;
esac
LANGUAGES='eng vie msa tha'

say() { printf 'setup: %s\n' "$*"; }
stop() {
    printf 'setup: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '       %s\n' "$line" >&2; done
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# --- what is missing on the system ------------------------------------------------------------------------------

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        # Run it, don't only look for it: version managers leave names behind that start nothing.
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

missing_languages() {
    known=" $(tesseract --list-langs 2>/dev/null | tr '\n' ' ') "
    for language in $LANGUAGES; do
        case $known in *" $language "*) ;; *) echo "$language" ;; esac
    done
    case $known in *" Vietnamese "* | *" script/Vietnamese "*) ;; *) echo script-viet ;; esac
}

has_postgres() {
    has initdb && return
    for program in /usr/lib/postgresql/*/bin/initdb /opt/homebrew/opt/postgresql@17/bin/initdb \
        /usr/local/opt/postgresql@17/bin/initdb; do
        [ -x "$program" ] && return
    done
    return 1
}

has_browser() { has chromium || has chromium-browser || [ -d '/Applications/Google Chrome.app' ]; }

# Prints the packages to install, one a line, by the names of the package manager $1.
missing_packages() {
    python=$(find_python)
    if [ "$1" = apt ]; then
        [ -n "$python" ] || echo python3
        if [ -z "$python" ] || ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then echo python3-venv; fi
        has tesseract || echo tesseract-ocr
        for language in $(missing_languages); do echo "tesseract-ocr-$language"; done
    else
        [ -n "$python" ] || echo python@3.13
        has tesseract || echo tesseract
        [ -z "$(missing_languages)" ] || echo tesseract-lang
    fi
    [ "$purpose" = test ] || return 0
    has age || echo age
    has_postgres || if [ "$1" = apt ]; then echo postgresql; else echo postgresql@17; fi
    if [ "$1" = apt ] && ! has_browser; then
        # Ubuntu has no package of the browser itself, only one that fetches the snap.
        if grep -q '^ID=ubuntu' /etc/os-release; then echo chromium-browser; else echo chromium; fi
    fi
}

install_with_apt() {
    packages=$(missing_packages apt | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    commands="apt-get update && apt-get install -y --no-install-recommends $packages"
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        has sudo || stop "system packages are missing: $packages" \
            "There is no sudo here. Ask whoever has root rights to run this, then run make again:" "$commands"
        if [ "${CI:-}" = true ] || [ ! -t 0 ]; then
            sudo -n true 2>/dev/null || stop "system packages are missing: $packages" \
                "Nobody is here to be asked for root rights. Run this, then run make again:" "sudo sh -c '$commands'"
        else
            say "these system packages are missing: $packages"
            printf 'setup: install them now, with sudo? [y/N] '
            read -r answer || answer=
            case $answer in
                y | Y | yes) ;;
                *) stop "nothing was changed. To do it yourself:" "sudo sh -c '$commands'" ;;
            esac
        fi
        as_root=sudo
    fi
    say "installing system packages: $packages"
    # shellcheck disable=SC2086 # the names are words of their own
    if ! { $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $packages; }; then
        stop "the system packages could not be installed (the reason stands above)." \
            "Most often: no network, another package manager at work, or a full disk." \
            "Put that right and run make again; nothing that was done is lost."
    fi
}

install_with_brew() {
    packages=$(missing_packages brew | tr '\n' ' ')
    if [ "$purpose" = test ] && ! has_browser; then
        stop "the page tests need Google Chrome in /Applications." "Install it, then run make again."
    fi
    [ -n "$packages" ] || return 0
    say "installing with Homebrew: $packages"
    # shellcheck disable=SC2086 # the names are words of their own
    brew install $packages || stop "Homebrew could not install: $packages" "Put that right and run make again."
}

install_missing() {
    if has apt-get; then
        install_with_apt
    elif has brew; then
        install_with_brew
    elif [ -n "$(missing_packages apt)" ]; then
        stop "this system has neither apt-get nor Homebrew. Please install what these Debian packages hold:" \
            "$(missing_packages apt | tr '\n' ' ')"
    fi
    [ -n "$(find_python)" ] || stop "Python 3.11 or newer is needed; this system has $(python3 --version 2>&1 || true)." \
        "Install a newer one beside it and name it: PYTHON=/path/to/python3.11 make demo"
    [ -z "$(missing_languages)" ] || stop "Tesseract is here but lacks: $(missing_languages | tr '\n' ' ')" \
        "If there are two Tesseracts, the first in PATH is used: $(command -v tesseract || echo none)"
}

# --- the virtual environment ------------------------------------------------------------------------------------

digest() { "$1" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$2"; }

# The stamp names the lock that was installed and the place it was installed for (scripts hold their own path).
stamp_for() { echo "$(digest "$1" "$2") $(digest "$1" pyproject.toml) $PWD"; }

stamped() {
    [ -f .venv/stamp ] && .venv/bin/python -c '' 2>/dev/null || return 1
    if [ "$(cat .venv/stamp)" = "$(stamp_for .venv/bin/python requirements-dev.lock)" ]; then return 0; fi
    [ "$purpose" = run ] && [ "$(cat .venv/stamp)" = "$(stamp_for .venv/bin/python requirements.lock)" ]
}

make_venv() {
    if stamped; then return; fi
    python=$(find_python)
    if [ -e .venv/unfinished ] || ! .venv/bin/python -c 'import pip' 2>/dev/null ||
        { [ -f .venv/stamp ] && [ "$(cut -d' ' -f3- .venv/stamp)" != "$PWD" ]; }; then
        rm -rf .venv
    fi
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    if [ ! -d .venv ] && [ "$free" -lt 1500 ]; then
        stop "only $free MB are free here; the Python packages and their downloads need about 1500." \
            "Make room and run make again."
    fi
    say "installing the locked Python packages into .venv ($lock)"
    mkdir -p .venv
    : >.venv/unfinished
    rm -f .venv/stamp
    [ -x .venv/bin/python ] || "$python" -m venv .venv || failed 'Python packages'
    # The project itself comes last, without an index: its build tool is in the lock like everything else.
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r "$lock" || failed 'Python packages'
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-index --no-deps --no-build-isolation -e . || failed 'Python packages'
    stamp_for .venv/bin/python "$lock" >.venv/stamp
    rm -f .venv/unfinished
}

failed() {
    stop "the $1 could not be installed (the reason stands above)." \
        "Most often: no network, a proxy that is not set (HTTPS_PROXY), or a full disk ($(df -Ph . | awk 'NR == 2 { print $4 }') free)." \
        "A hash that does not match means that a download was damaged or exchanged: do not work round it." \
        "Run make again when it is put right: it starts over by itself."
}

# --- other people's age, for the tests --------------------------------------------------------------------------

# npm comes with the venv, so that no Node.js of the system is needed or used.
make_peers() {
    wanted=$(digest .venv/bin/python tests/peers/package-lock.json)
    if [ "$(cat tests/peers/node_modules/stamp 2>/dev/null)" = "$wanted" ]; then return; fi
    say "installing the locked npm packages of the tests into tests/peers"
    rm -f tests/peers/node_modules/stamp
    # No package runs code of its own while it is installed.
    (cd tests/peers && PATH="$OLDPWD/.venv/bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
        failed 'npm packages'
    echo "$wanted" >tests/peers/node_modules/stamp
}

install_missing
make_venv
[ "$purpose" = run ] || make_peers
