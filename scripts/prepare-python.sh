#!/bin/sh
# Makes the Python environment of the tests (browser journey, foreign OAuth server, schema checks) in .venv, once for
# each state of the requirements file.
set -eu
cd "$(dirname "$0")/.."
requirements=Tests/Scripts/requirements.txt
stamp=.venv/requirements.installed
if [ -f "$stamp" ] && cmp -s "$requirements" "$stamp"; then
    exit 0
fi
echo "Making the Python environment of the tests in .venv"
/usr/bin/python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r "$requirements"
cp "$requirements" "$stamp"
