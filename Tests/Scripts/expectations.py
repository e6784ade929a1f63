"""Sentences that must hold. Every one is printed; those that fail decide the exit status."""

import contextlib
import time
import traceback


class Expectations:
    def __init__(self):
        self.held, self.failed = 0, []
        self.chapter = ""

    def expect(self, condition, sentence, seen=None):
        """`sentence` says what should be; `seen` what was there instead."""
        if condition:
            self.held += 1
            print(f"  ok    {sentence}", flush=True)
        else:
            self.fail(sentence if seen is None else f"{sentence}; seen: {str(seen)[:400]}")
        return bool(condition)

    def equal(self, value, wanted, sentence):
        return self.expect(value == wanted, sentence, seen=value)

    def fail(self, sentence):
        self.failed.append(f"{self.chapter}: {sentence}")
        print(f"  FAIL  {sentence}", flush=True)

    @contextlib.contextmanager
    def scene(self, title, on_failure=None):
        """A chapter of the run. What goes wrong in it is a failure, and the next chapter still runs."""
        self.chapter = title
        print(f"- {title}", flush=True)
        before = len(self.failed)
        try:
            yield
        except Exception as error:  # a broken scene must not hide the next one
            self.fail(f"the scene broke off: {type(error).__name__}: {str(error)[:600]}")
            traceback.print_exc(limit=-4)
        if len(self.failed) > before and on_failure:
            on_failure(title)

    def report(self, name):
        print(f"\n{name}: {self.held} held, {len(self.failed)} failed")
        for sentence in self.failed:
            print(f"  FAIL  {sentence}")
        return 1 if self.failed else 0


def wait_until(condition, what, seconds=20.0, every=0.05):
    """The first true value of `condition()`. Polls with a deadline instead of sleeping for luck."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} seconds for {what}")
        time.sleep(every)
