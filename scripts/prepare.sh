#!/bin/sh
# Installs what is missing to build and run (or, with "test", also to test) Latchkey on Debian 12. Says what it does and
# changes nothing that is already there.
set -eu

if ! command -v swift >/dev/null 2>&1; then
    echo "Swift 6.3 or later is needed and not on PATH; get it from https://www.swift.org/install/linux/ and try again." >&2
    exit 1
fi

wanted="libssl-dev libsqlite3-dev pkg-config ca-certificates"
if [ "${1:-run}" = "test" ]; then
    wanted="$wanted openssl procps python3 python3-venv chromium chromium-driver softhsm2 opensc curl util-linux gcc"
fi

missing=""
for package in $wanted; do
    if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed"; then
        missing="$missing $package"
    fi
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "These packages are missing and neither root nor sudo is at hand:$missing" >&2
        exit 1
    fi
    as_root="sudo"
fi

echo "Installing missing packages:$missing"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086  # the list is split into words on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
