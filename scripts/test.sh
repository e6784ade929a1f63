#!/bin/sh
# Every test, as a list of named steps. A step that fails stops the run and says what to do.
set -eu
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$1"; }

failed() {
    printf '\nFAILED: %s\n' "$1" >&2
    exit 1
}

step "formatting"
swift format lint --strict --parallel --recursive Package.swift Sources Tests ||
    failed "the formatting differs from .swift-format; 'make format' rewrites it."

step "floors: imports against the manifest"
python3 scripts/check-arrows.py ||
    failed "a target imports what the manifest does not declare for it; declare it there, or take the import out."

step "secrets: none in the repository"
python3 scripts/check-secrets.py --self-test ||
    failed "a secret is in the repository, or the search for it is broken; the lines above name it."

step "development certificates"
python3 Tests/Scripts/test_certificates.py ||
    failed "certs/make-development-certificates.sh does not do what it says."

step "build (cold: about ten minutes)"
swift build --explicit-target-dependency-import-check error --build-tests ||
    failed "the build; the compiler's words are above."

# What waits for deadlines, and what starts processes, runs apart from what keeps every core busy and from what holds very
# many files open: with more than about a thousand of them Foundation crashes when it starts a process.
apart="OutboundHTTPTests PreflightTests GatewayAppTests WebhookSignatureTests StorageSQLiteTests"

swift_tests() {
    # shellcheck disable=SC2086,SC2046  # the lists are split into words on purpose
    swift test --explicit-target-dependency-import-check error --skip-build ${3:-} $(printf -- " $1 %s" $2) ||
        failed "a Swift test; 'swift test --filter NAME' runs one alone."
}

step "Swift tests"
swift_tests --skip "$apart"

for suite in $apart; do
    step "Swift tests: $suite"
    case $suite in
    # One after the other: side by side the slow servers of one test keep the threads that the deadline of another needs.
    OutboundHTTPTests) swift_tests --filter "$suite" --no-parallel ;;
    *) swift_tests --filter "$suite" ;;
    esac
done

step "Python environment"
sh scripts/prepare-python.sh ||
    failed "the packages in Tests/Scripts/requirements.txt could not be installed; is a package index within reach?"

step "stand-in Zendesk against Zendesk's own OpenAPI descriptions"
descriptions=${LATCHKEY_SHARED:-../shared}/zendesk/openapi
if [ -f "$descriptions/support-oas.yaml" ]; then
    .venv/bin/python Tests/Scripts/validate_emulator_openapi.py \
        --descriptions "$descriptions" --start .build/debug/zendesk-emulator ||
        failed "the stand-in answers otherwise than Zendesk describes; the lines marked FAIL name the places."
else
    printf '\n!!! SKIPPED: %s is not there. Nothing was compared.\n' "$descriptions/support-oas.yaml"
    printf '!!! Name the folder with LATCHKEY_SHARED to run this step.\n'
fi

step "the gateway against an OAuth server that we did not write"
.venv/bin/python Tests/Scripts/test_foreign_oauth.py ||
    failed "the gateway and authlib disagree; the lines marked FAIL say where."

step "zenpy, a client of Zendesk's API that we did not write, through the proxy"
.venv/bin/python Tests/Scripts/test_zenpy.py ||
    failed "zenpy does not work through the proxy; the lines marked FAIL say where."

step "tokens, events and the end of a connection, between kills"
.venv/bin/python Tests/Scripts/test_back_ends.py ||
    failed "a token, an event or a revocation was lost; the lines marked FAIL say which."

step "the commands about connections, tokens and events"
.venv/bin/python Tests/Scripts/test_commands.py ||
    failed "a command does not do or say what it should; the lines marked FAIL name it."

step "calls made up from the API's description (a minute)"
.venv/bin/python Tests/Scripts/test_openapi_fuzz.py ||
    failed "the API and its description disagree; the report above names the call, --seed repeats the run. 'make fuzz' runs longer."

step "no secret in logs, pages, database or process"
.venv/bin/python Tests/Scripts/test_canaries.py ||
    failed "a secret is where none may be, or the search for it is broken."

step "refresh under fire: two gateways killed and stopped, every fault of the stand-in (two minutes)"
.venv/bin/python Tests/Scripts/test_faults.py --minutes 0.4 --connections 40 --calm 0.3 ||
    failed "a token was lost, doubled or told otherwise than it is; the lines marked FAIL say which. 'make faults' runs longer."

step "a record opens with the independent reader"
.venv/bin/python Tests/Scripts/test_open_record.py ||
    failed "scripts/open-record.py does not open what the gateway seals; the lines marked FAIL say which."

step "a refresh that was begun and did not leave: its process killed, and stopped for longer than anybody waits"
.venv/bin/python Tests/Scripts/test_late_sender.py ||
    failed "a refresh token left twice, or a refresh was not taken over; the lines marked FAIL say which."

step "the runbooks, command by command"
.venv/bin/python Tests/Scripts/test_runbooks.py ||
    failed "a runbook in docs/ does not do what it says; the lines marked FAIL name the command."

step "a full disk"
.venv/bin/python Tests/Scripts/test_full_disk.py ||
    failed "a full disk costs more than the time it is full; the lines marked FAIL say what."

step "a terminal: passphrases, questions and a bar"
.venv/bin/python Tests/Scripts/test_terminal.py ||
    failed "something at a terminal is not as it should be; the lines marked FAIL say what."

step "what stays in the memory of the gateway"
.venv/bin/python Tests/Scripts/test_residue.py ||
    failed "a secret stays in memory where docs/memory-hygiene.md promises that none does."

step "the main job in a browser"
.venv/bin/python Tests/Scripts/test_browser_journey.py ||
    failed "the browser journey; --screenshots FOLDER keeps a picture of each page."

step "the diagnostics pages in a browser"
.venv/bin/python Tests/Scripts/test_browser_diagnostics.py ||
    failed "a diagnostics page; --screenshots FOLDER keeps a picture of each state."

step "attacks in a browser"
.venv/bin/python Tests/Scripts/test_browser_security.py ||
    failed "a browser was talked into something; the lines marked FAIL say into what."

printf '\nEvery step passed.\n'
