"""From settings to a running app. Nothing slow is imported before the port answers."""

from __future__ import annotations

import gc
import logging
import os
import platform
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable

from i2v import __version__
from i2v.app.ending import EndingLater
from i2v.app.splash import Splash
from i2v.errors import PortBusy, PortForbidden
from i2v.machine.ports import program_on
from i2v.settings import Settings
from i2v.storage.ownership import Ownership

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
PORTS_TO_TRY = 20


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """A listening socket on the wished port, or the next free one above it.

    Raises:
        PortBusy: twenty ports in a row are taken.
        PortForbidden: the system does not let this account have them.
    """
    fault: OSError | None = None
    for candidate in range(port, min(port + PORTS_TO_TRY, 65536)):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":
            # On Windows this option would let two programs share one port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(128)
            return listener
        except OSError as cause:
            listener.close()
            fault = fault or cause
    if isinstance(fault, PermissionError):
        raise PortForbidden(port=port, reason=fault.strerror) from fault
    raise PortBusy(port=port, host=host, program=program_on(port) or "?") from fault


def address_of(listener: socket.socket) -> str:
    """Where people find it."""
    return f"http://localhost:{listener.getsockname()[1]}"


def serve(
    settings: Settings, ownership: Ownership, listener: socket.socket, on_ready: Callable[[], None], token: str | None
) -> None:
    """Serves until Ctrl-C or SIGTERM. The listener answers already while everything else is loaded.

    The folders are prepared and owned. A job at work when the app ends waits for the next start. With a `token`, only
    those who show it are answered.

    Raises:
        StartFailed: the app cannot begin.
    """
    # A service manager and a closed terminal end it by SIGTERM, in the same order as Ctrl-C.
    ending = EndingLater()
    threading.Thread(target=_end_when_asked, args=(ownership,), name="end request", daemon=True).start()
    public = settings.public_address
    splash = Splash(listener, public.front if public else "")
    # What is imported stays for good: looking it over for garbage meanwhile costs about 0.2 s.
    gc.disable()

    try:
        # Before anything slow: whoever comes second waits only briefly for this note.
        ownership.announce(address_of(listener))
        # Uploads, half-made clips and Gradio's cache belong beside the outputs, where there is room for them.
        tempfile.tempdir = str(settings.temp_dir)
        os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(settings.temp_dir)))
        from i2v.services.house import open_house

        ending.obey()
        house = open_house(settings, ownership)
        try:
            ending.obey()
            house.dispatcher.start()
            from i2v.app.web import WebApp, run_server

            ending.obey()

            def be_ready() -> None:
                gc.freeze()
                gc.enable()
                house.housekeeper.start()
                log.info("i2v %s is ready (Python %s, %s)", __version__, platform.python_version(), platform.platform())
                on_ready()

            app = WebApp(house, listener.getsockname()[1], token)
            splash.stop()
            ending.end_at_once()
            run_server(app, listener, be_ready)
        finally:
            house.close()
    finally:
        splash.stop()
        listener.close()


def _end_when_asked(ownership: Ownership) -> None:
    ownership.wait_for_end_request()
    signal.raise_signal(signal.SIGTERM)
