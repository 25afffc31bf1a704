"""Servers for the guard's tests: one with a real Gradio page, and plain ones with limits of their own."""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .server import CallLog, Served, answering, rest_app, run_page_server, serve


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Gradio page behind the guard, in a process of its own: Gradio would not live with warnings as errors."""
    folder = tmp_path_factory.mktemp("page")
    calls = CallLog(folder / "calls")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = (listener, calls, folder / "uploads")
        process = multiprocessing.get_context("spawn").Process(target=run_page_server, args=arguments)
        process.start()
        try:
            yield answering(listener, calls)
        finally:
            process.terminate()
            process.join()


@pytest.fixture
def calls(page: Served) -> CallLog:
    """The handlers of `page` that ran during this test."""
    page.calls.clear()
    return page.calls


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts a REST server with guard options of the test's own."""
    with ExitStack() as stack:

        def start_one(**guard_options: Any) -> Served:
            calls = CallLog(tmp_path / "calls")
            return stack.enter_context(serve(rest_app(calls), calls, **guard_options))

        yield start_one
