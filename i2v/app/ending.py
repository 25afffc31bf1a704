"""Being asked to end while the app is still being put together."""

from __future__ import annotations

import signal
from typing import NoReturn


class EndingLater:
    """Ctrl-C and SIGTERM are noted from here on and obeyed between two steps; whoever asks twice is obeyed at once.

    An import that is broken off may leave the interpreter's import lock held. Then no process can be started any more,
    and whoever waits for a thread that just does so waits for ever.
    """

    def __init__(self) -> None:
        self._is_asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores it on purpose
                signal.signal(number, self._note)

    def obey(self) -> None:
        """Between two steps: ends if that was asked for.

        Raises:
            KeyboardInterrupt: it was.
        """
        if self._is_asked:
            raise KeyboardInterrupt

    def end_at_once(self) -> None:
        """Everything is there: from now on Ctrl-C and SIGTERM mean now, and leave the same order behind."""
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _interrupt)
        self.obey()

    def _note(self, number: int, frame: object) -> None:
        if self._is_asked:
            raise KeyboardInterrupt
        self._is_asked = True


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt
