"""What the security team does in the browser: a whole rotation by clicking, pause and speed, what goes wrong, and by
keyboard alone. Shared by the runs of the browser journey."""

import shutil
import sqlite3

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browser import Browser
from gateway_process import World
from journey import Journey

BEGUN = 12
ORGANIZATIONS = ("acme", "agentville", "noguide", "fenced")


def sign_in(journey, *more):
    journey.browser.open(journey.gateway.sign_in_link("--role", "security", *more))
    journey.browser.wait_for(lambda b: b.path == "/security", "the Security page after the sign-in link")


def state(journey):
    return journey.browser.text("#state")


def wait_for_state(journey, words, seconds=40):
    """The page comes to it by itself: by its script, or by loading itself, perhaps while we look."""
    def has_come(browser):
        try:
            return words in browser.text("#state")
        except StaleElementReferenceException:
            return False

    journey.browser.wait_for(has_come, f"the state “{words}”", seconds)


def open_steps(journey):
    if not journey.browser.find("#steps").get_attribute("open"):
        journey.browser.find("#steps summary").click()


def fresh(journey):
    """A new installation: nothing to do, and nobody else gets in."""
    check, browser = journey.check, journey.browser
    sign_in(journey)
    check.expect("In order" in state(journey) and "never rotated" in state(journey), "one key, in order", state(journey))
    check.expect("No proof has been made yet" in browser.text(), "and no proof yet")
    journey.look("30-security-fresh")
    open_steps(journey)
    journey.look("31-security-steps")
    journey.sign_in("--role", "connect")
    check.expect(not browser.has("a[href='/security']"), "the role connect is shown no way to it")
    journey.open("/security")
    check.expect("Not allowed" in browser.text(), "and may not see it", browser.text())
    sign_in(journey)
    journey.open("/integrations/zendesk")
    check.equal(browser.path, "/security", "the role security is led back from the connections")


def step_by_step(journey):
    """Generate, promote, reseal with a speed, pause, resume, retire, destroy, keep: each by its button."""
    check, browser = journey.check, journey.browser
    journey.sign_in("--role", "connect")
    for organization in ORGANIZATIONS:
        journey.connect(organization)
    for _ in range(BEGUN):  # a sign-in that was begun is a sealed record as well
        journey.go_to_zendesk("acme")
    sign_in(journey)
    former = browser.text(".key-card h3").split()[0]
    open_steps(journey)
    browser.click("#generate")
    check.expect("A new key waits" in state(journey), "a key that was made waits", state(journey))
    journey.look("32-security-generated")
    browser.click("#next-step")
    check.expect("Records under a former key" in state(journey), "after Promote the rest is to be resealed",
                 state(journey))
    open_steps(journey)
    browser.type("#reseal-speed", "no number")
    browser.click("#reseal")
    check.expect("Write a whole number" in browser.text("#reseal-speed-error"), "an odd speed is refused beside its field",
                 browser.text())
    journey.look("33-security-odd-speed")
    browser.type("#reseal-speed", "1")
    browser.click("#reseal")
    wait_for_state(journey, "Rotation under way")
    journey.look("34-security-running")
    watch(journey)
    browser.click("#pause")
    wait_for_state(journey, "Rotation paused")
    check.expect(browser.has("#next-step") and browser.has("#rows_per_second"), "it can be resumed, and its speed set")
    journey.look("35-security-paused")
    browser.type("#rows_per_second", "")
    browser.click("#speed")
    check.expect("As fast as it goes" in state(journey), "an empty speed is as fast as it goes", state(journey))
    browser.click("#next-step")
    wait_for_state(journey, "Rotation proven")
    proof = browser.text("section[aria-labelledby=proof]")
    check.expect("Complete" in proof and "console session ses_" in proof, "it ends with a proof that names who asked",
                 proof)
    journey.look("36-security-proven")
    leave(journey, former)


def watch(journey):
    """With a script the figures move without the page being loaded again; without one the page loads itself."""
    check, browser = journey.check, journey.browser
    before = browser.text("#progress-text")
    if browser.javascript:
        browser.driver.execute_script("window.stays = true")
        browser.wait_for(lambda b: b.text("#progress-text") != before, "the figures to move")
        check.expect(browser.driver.execute_script("return window.stays === true"),
                     "the figures move without the page being loaded again", browser.text("#progress-text"))
    else:
        browser.wait_for(lambda b: b.text("#progress-text") != before, "the page to load itself", 15)
        check.expect(True, "without a script the page loads itself")
        browser.click("#state a[href$='refresh=off']")
        check.expect("Look again now" in state(journey), "and stands still when asked to", state(journey))


def leave(journey, former):
    check, browser = journey.check, journey.browser
    browser.click(f"#retire-{former}")
    check.expect("cannot be taken back" in browser.text(), "Retire asks first", browser.text())
    journey.look("37-security-retire")
    browser.click("#cancel")
    check.expect(browser.has(f"#retire-{former}"), "leaving it as it is changes nothing")
    browser.click(f"#retire-{former}")
    browser.type("#reason-step", "SEC-115")
    browser.click("#confirm-step")
    check.expect("In order" in state(journey), "afterwards all is in order", state(journey))
    browser.click(f"#destroy-{former}")
    journey.look("38-security-destroy")
    browser.click("#confirm-step")
    check.expect("Will be destroyed" in browser.text(".key-card") and "in 6 days" in browser.text(".key-card"),
                 "a destruction waits a week", browser.text("section[aria-labelledby=keys]"))
    journey.look("39-security-scheduled")
    browser.click(f"#keep-{former}")
    check.expect(browser.has(f"#destroy-{former}"), "and can be called off until then")
    journey.gateway.command("keys", "destroy", former, "--delay", "0", "--yes")
    journey.open("/security")
    browser.find("#destroyed summary").click()
    check.expect(former in browser.text("#destroyed"), "a destroyed key is told apart", browser.text("#destroyed"))
    journey.look("40-security-destroyed")


def all_at_once(journey):
    """One button does all of it; a record that does not open is named, and the former key stays."""
    check, browser = journey.check, journey.browser
    sign_in(journey)
    browser.click("#next-step")
    wait_for_state(journey, "Rotation proven")
    check.expect(True, "Rotate goes from the new key to the proof")
    kept = spoil(journey)
    open_steps(journey)
    browser.click("#rotate")
    wait_for_state(journey, "Not complete")
    check.expect("1 record did not open" in state(journey), "what does not open is counted", state(journey))
    browser.click("#next-step")
    browser.find("#unreadable summary").click()
    check.expect(kept[0] in browser.text("#unreadable"), "and named", browser.text("#unreadable"))
    journey.look("41-security-unreadable")
    mend(journey, kept)
    journey.open("/security")
    open_steps(journey)
    browser.click("#reseal")
    wait_for_state(journey, "Rotation proven")
    check.expect(True, "once it opens again, resealing ends with a complete proof")


def spoil(journey):
    """Turns a bit of one sealed record, as a bad disk would."""
    with sqlite3.connect(journey.gateway.database, timeout=10) as database:
        row, octets = database.execute("SELECT connection_id, access_token FROM credentials LIMIT 1").fetchone()
        bad = octets[:-1] + bytes([octets[-1] ^ 1])
        database.execute("UPDATE credentials SET access_token = ? WHERE connection_id = ?", (bad, row))
    return row, octets


def mend(journey, kept):
    with sqlite3.connect(journey.gateway.database, timeout=10) as database:
        primary = database.execute("SELECT id FROM data_keys WHERE state = 'primary'").fetchone()[0]
        key, = database.execute("SELECT key_id FROM credentials WHERE connection_id = ?", kept[:1]).fetchone()
        assert key != primary, "an unreadable record was resealed"
        # What guards the table would refuse the record as it was: it stands under the former key.
        guard = "credentials_under_primary_1"
        text, = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (guard,)).fetchone()
        database.execute(f"DROP TRIGGER {guard}")
        database.execute("UPDATE credentials SET access_token = ? WHERE connection_id = ?", (kept[1], kept[0]))
        database.execute(text)


def by_keyboard(journey):
    """A rotation without a mouse."""
    check, browser = journey.check, journey.browser
    sign_in(journey)
    press(browser, Keys.TAB)
    press(browser, Keys.ENTER)
    reached = []
    for _ in range(40):
        press(browser, Keys.TAB)
        reached.append(browser.driver.execute_script("return document.activeElement.parentNode.id"))
        if reached[-1] == "steps":
            break
    check.equal(reached[-1], "steps", "Tab reaches the fold with the single steps")
    press(browser, Keys.ENTER)
    check.expect(browser.find("#steps").get_attribute("open"), "Enter unfolds the single steps")
    press(browser, Keys.TAB)
    check.equal(browser.driver.execute_script("return document.activeElement.id"), "reason-generate",
                "whose first asks for a reason")
    press(browser, "SEC-114 by keyboard")
    press(browser, Keys.TAB)
    check.equal(browser.driver.execute_script("return document.activeElement.id"), "generate", "and is Generate")
    before = browser.find("html")
    press(browser, Keys.ENTER)
    browser.wait_for(lambda b: b._is_gone(before), "the page after Generate")
    check.expect("A new key waits" in state(journey), "which Enter presses", state(journey))
    check.expect("; reason: SEC-114 by keyboard" in journey.gateway.command("audit", "export"),
                 "KEY-30: and the reason stands in the audit log")


def press(browser, key):
    ActionChains(browser.driver).send_keys(key).perform()


SCENES = [("security: fresh", fresh), ("security: step by step", step_by_step), ("security: all at once", all_at_once)]
KEYBOARD = [("security: by keyboard", by_keyboard)]


def doubtful(check, options):
    """A database that went back in time is told on top of the page."""
    with World(options.binaries) as world, check.scene("security: an older database"):
        gateway, old = world.gateway, world.workplace.path / "old.sqlite"
        gateway.stop()
        gateway.settings["LATCHKEY_AUDIT_CHECKPOINT_FILE"] = str(world.workplace.path / "checkpoints")
        gateway.start()
        gateway.stop()
        shutil.copy(gateway.database, old)
        gateway.start()
        gateway.stop()
        for suffix in ("-wal", "-shm"):
            gateway.database.with_name(gateway.database.name + suffix).unlink(missing_ok=True)
        shutil.copy(old, gateway.database)
        gateway.start(answers="/healthz")
        for width in (360, 1280):
            with Browser(width) as browser:
                journey = Journey(world, check, browser, options.screenshots)
                sign_in(journey)
                doubt = browser.text("#audit-doubt")
                # Older while it has fewer entries than were signed, another one as soon as it has gone on by itself.
                told = "older than the audit checkpoint" in doubt or "The audit log is not the one" in doubt
                check.expect(told and "accept-restore" in doubt,
                             "an older database is told, with what to do", doubt)
                journey.look("42-security-doubtful")
