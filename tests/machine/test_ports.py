"""The program that has a port is named."""

from __future__ import annotations

import os
import socket

import psutil

from i2v.machine.ports import program_on
from tests.serving import free_port


def test_who_listens_on_a_port_is_named_by_name_and_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert program_on(port) == f"{psutil.Process().name()} ({os.getpid()})"
        with socket.create_connection(("127.0.0.1", port)) as guest:
            assert program_on(guest.getsockname()[1]) == ""  # has a port too, and listens on none


def test_a_port_that_nobody_has_names_nobody() -> None:
    assert program_on(free_port()) == ""
