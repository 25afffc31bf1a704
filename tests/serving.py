"""A real server of our own for tests and benchmarks: started by `main.py`, ended however the test likes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

import psutil

from i2v.settings import PROJECT

START_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`python main.py` on a data folder below `home`."""

    def __init__(self, home: Path, port: int | None = None, **environment: str) -> None:
        self.home = home
        self.outputs = home / "outputs"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = environment
        self._log: IO[str] | None = None
        self.process: subprocess.Popen[str] | None = None

    def start(self, wait: bool = True) -> Server:
        environment = {
            **os.environ,
            "I2V_NO_BROWSER": "1",
            "I2V_INPUT_DIR": str(self.home / "inputs"),
            "I2V_LOGS_DIR": str(self.home / "logs"),
            **self._environment,
        }
        command = [sys.executable, "main.py", "--port", str(self.port), "--output_dir", str(self.outputs)]
        self._log = (self.home / "console.txt").open("a")
        self.process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stderr=self._log, stdout=self._log, text=True
        )
        if wait:
            try:
                self.wait_until_ready()
            except BaseException:
                self.kill()
                raise
        return self

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.get("/health")["status"] == "ok":
                    return
            except (OSError, ValueError):
                assert self.process is not None
                assert self.process.poll() is None, f"it ended:\n{self.console()}"
            time.sleep(0.02)
        raise AssertionError(f"no answer at {self.url} in {START_SECONDS} s")

    def wait_until_console_says(self, words: str) -> None:
        """For servers that answer nobody without a token."""
        deadline = time.monotonic() + START_SECONDS
        while words not in self.console():
            assert time.monotonic() < deadline, self.console()
            time.sleep(0.02)

    def console(self) -> str:
        """What it has printed so far."""
        return (self.home / "console.txt").read_text("utf-8")

    def workers(self) -> list[psutil.Process]:
        """The worker processes of this server, now."""
        assert self.process is not None
        try:
            children = psutil.Process(self.process.pid).children(recursive=True)
            return [child for child in children if "i2v.worker" in child.cmdline()]
        except psutil.Error:
            return []

    def kill(self) -> None:
        """`kill -9`."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As a service manager does it."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None
        if self._log is not None:
            self._log.close()
            self._log = None

    @property
    def token(self) -> str | None:
        """What a server that strangers can reach asks for."""
        file = self.outputs / ".i2v" / "token"
        return file.read_text("utf-8") if file.exists() else None

    def get(self, path: str) -> Any:
        return self._ask(urllib.request.Request(self.url + path))

    def _ask(self, request: urllib.request.Request, seconds: float = 10) -> Any:
        if token := self.token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return json.loads(answer.read())

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs, the newest first."""
        found: list[dict[str, Any]] = []
        while True:
            before = f"&before={found[-1]['place']}" if found else ""
            page = self.get(f"/api/v1/jobs?limit=100{before}")["jobs"]
            found += page
            if len(page) < 100:
                return found

    def submit(self, picture: bytes | None, wish: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """One job by REST; raises `urllib.error.HTTPError` when refused, `OSError` when nobody answers."""
        boundary = "5f1c0e9d"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="request"\r\n\r\n{json.dumps(wish)}\r\n'.encode(),
            f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'.encode(),
            picture or b"",
            b"\r\n",
            f"--{boundary}--\r\n".encode(),
        ]
        if picture is None:
            del parts[1:4]
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(self.url + "/api/v1/jobs", b"".join(parts), headers)
        told: dict[str, Any] = self._ask(request, 20)
        return told

    def cancel(self, job_id: str) -> None:
        request = urllib.request.Request(f"{self.url}/api/v1/jobs/{job_id}/cancel", method="POST")
        self._ask(request)

    def wait_for(self, job_id: str, seconds: float = 60.0) -> dict[str, Any]:
        """The job once it is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            view: dict[str, Any] = self.get(f"/api/v1/jobs/{job_id}")
            if view["status"] in ("done", "failed", "cancelled"):
                return view
            time.sleep(0.02)
        raise AssertionError(f"job {job_id} is not over after {seconds} s")
