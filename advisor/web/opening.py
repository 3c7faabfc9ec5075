"""An advisor goes in; its library is made ready behind the page, which asks how far that is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence

from advisor.errors import AdvisorError
from advisor.models.nearby import Nearby
from advisor.pipeline import Advisor
from corpus import CorpusError


class Opening:
    """Runs once, and again after a failure, in a thread of its own.

    `said` is what it does, `failure` why it could not, `offers` the models on this machine that could write answers. It
    begins with the first reader: before that it would only take the processor from the page that is to appear.
    """

    def __init__(self, advisor: Advisor, look: Callable[[], Sequence[Nearby]]) -> None:
        """With `look` finding the models on this machine."""
        self._advisor = advisor
        self._look = look
        self._lock = threading.Lock()
        self._has_begun = False
        self._done = threading.Event()
        self.said = "Opening the library …"
        self.failure: str | None = None
        self.offers: Sequence[Nearby] = ()

    def begin(self) -> None:
        """Begin, where it has not begun; returns at once."""
        with self._lock:
            if not self._has_begun:
                self._has_begun = True
                self._done.clear()
                threading.Thread(target=self._open, daemon=True).start()

    @property
    def is_done(self) -> bool:
        """Whether the library is ready, or could not be made so."""
        return self._done.is_set()

    def wait(self) -> None:
        """Return when it is done."""
        self.begin()
        self._done.wait()

    def _open(self) -> None:
        self.failure = None
        try:
            self._advisor.prepare(self._say)
            self._advisor.retrieve("ready?")  # and no more: a chat model is not called unasked
            self.offers = self._look() if self._advisor.mode == "quote" else ()
        except (AdvisorError, CorpusError) as exc:
            self.failure = str(exc)
            self._say(self.failure)
        finally:
            self._has_begun = self.failure is None
            self._done.set()

    def _say(self, line: str) -> None:
        if line != self.said:  # a probe tries it again and again
            print(line, file=sys.stderr, flush=True)  # noqa: T201
        self.said = line
