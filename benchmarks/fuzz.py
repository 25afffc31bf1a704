"""Sends a real server thousands of requests that no client of good will would send, and counts what it does wrong.

python -m benchmarks.fuzz --requests 3000 --seed 1
python -m benchmarks.fuzz --seed 1 --only 1234      # one of them again, with its answer
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import http.client
import io
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from PIL import Image

from benchmarks.fuzz_requests import BROKEN, LEFT, Shot, World, draw_shot
from tests.serving import Server

AT_ONCE = 4
ANSWER_SECONDS = 30.0
"""Longer than the server waits for a body that does not come."""
STREAM_BYTES = 64 * 1024
GROWTH_MB = 150
SMALL = {"engine": "camera", "prompt": "zoom in", "width": 64, "height": 64, "num_frames": 4}


@dataclass
class Findings:
    """What a run has found; `wrong` should be empty."""

    requests: int = 0
    answers: collections.Counter[int] = field(default_factory=collections.Counter)
    kinds: collections.Counter[str] = field(default_factory=collections.Counter)
    hung_up: int = 0
    wrong: list[str] = field(default_factory=list)
    memory_mb: tuple[float, float] = (0.0, 0.0)
    seconds: float = 0.0


def run_fuzz(home: Path, requests: int, seed: int = 1) -> Findings:
    """Sends the requests, four at a time, then looks whether the server is the one it was."""
    findings = Findings(requests)
    server = Server(home, HF_HUB_OFFLINE="1", I2V_DEVICE="cpu").start()
    try:
        world = build_world(server)
        assert server.process is not None
        process = psutil.Process(server.process.pid)
        before_mb = process.memory_info().rss / 1e6
        began = time.monotonic()
        lock = threading.Lock()

        def fire(number: int) -> None:
            shot = draw_shot(seed, number, world)
            status, fault = send(shot, server.port)
            with lock:
                findings.kinds[shot.kind] += 1
                findings.answers[status] += status > 0
                findings.hung_up += status == 0 and not fault
                if fault:
                    findings.wrong.append(f"request {number} ({shot.kind}): {fault}")

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(fire, range(requests)))
        findings.seconds = time.monotonic() - began
        findings.wrong += _after(server, process, world)
        findings.memory_mb = (before_mb, process.memory_info().rss / 1e6 if process.is_running() else 0.0)
        if findings.memory_mb[1] - before_mb > GROWTH_MB:
            findings.wrong.append(f"memory grew from {before_mb:.0f} to {findings.memory_mb[1]:.0f} MB")
    finally:
        server.stop()
    findings.wrong += _complaints(server)
    return findings


def build_world(server: Server) -> World:
    """One finished clip, and every address the server tells of itself."""
    buffer = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((96, 80)).save(buffer, "PNG")
    job = server.submit(buffer.getvalue(), dict(SMALL))
    assert server.wait_for(job["id"])["status"] == "done"
    paths = server.get("/api/v1/openapi.json")["paths"]
    routes = [(method.upper(), path) for path, methods in sorted(paths.items()) for method in sorted(methods)]
    return World(f"127.0.0.1:{server.port}", routes, job["id"], job["picture"]["sha256"], buffer.getvalue())


def send(shot: Shot, port: int) -> tuple[int, str]:
    """The answer's status, 0 where there was none; and what was wrong with it, empty if nothing."""
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) as connection:
        # It may have answered already and closed; then the answer tells.
        with contextlib.suppress(OSError):
            for piece in shot.pieces:
                connection.sendall(piece)
                time.sleep(shot.pause_seconds)
            if shot.manners == BROKEN:
                connection.shutdown(socket.SHUT_WR)
        if shot.manners == LEFT:
            # Half of them with a reset instead of a goodbye.
            if len(shot.pieces[0]) % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return 0, ""
        try:
            status = _read_answer(connection, "HEAD" if shot.is_head else "GET")
        except TimeoutError:
            return 0, f"no answer in {ANSWER_SECONDS:.0f} s"
        except (OSError, http.client.HTTPException) as cause:
            return 0, "" if shot.manners == BROKEN else f"dropped: {cause!r}"
        return status, f"answered {status}" if status >= 500 else ""


def _read_answer(connection: socket.socket, method: str) -> int:
    """Reads one whole answer; of a stream without an end only its beginning."""
    answer = http.client.HTTPResponse(connection, method=method)
    try:
        answer.begin()
        if answer.headers.get_content_type() == "text/event-stream":
            answer.read1(STREAM_BYTES)
        else:
            answer.read()
        return answer.status
    finally:
        answer.close()


def _after(server: Server, process: psutil.Process, world: World) -> Iterator[str]:
    """What is wrong once it is over: it must be the same process, and still make clips."""
    if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
        yield "the server is gone"
        return
    for job in server.jobs():
        if job["status"] in ("queued", "running"):
            server.cancel(job["id"])
    try:
        last = server.submit(world.picture, dict(SMALL))
        if (status := server.wait_for(last["id"])["status"]) != "done":
            yield f"the clip made afterwards is {status}"
    except (OSError, AssertionError) as cause:
        yield f"no clip could be made afterwards: {cause!r}"


def _complaints(server: Server) -> Iterator[str]:
    """Errors and tracebacks in the log and on the console."""
    for path in (*sorted((server.home / "logs").glob("*.log")), server.home / "console.txt"):
        text = path.read_text("utf-8", "replace")
        words = ("Traceback", "Exception", " error ")
        lines = [line for line in text.splitlines() if any(word in line for word in words)]
        if lines:
            yield f"{path.name}: {len(lines)} complaints, the first: {lines[0][:300]}"


def _show_one(home: Path, number: int, seed: int) -> None:
    server = Server(home, HF_HUB_OFFLINE="1", I2V_DEVICE="cpu").start()
    try:
        shot = draw_shot(seed, number, build_world(server))
        data = b"".join(shot.pieces)
        print(f"{shot.kind}, {shot.manners}, {len(data)} bytes:\n{data[:3000]!r}\n")
        print(send(shot, server.port))
    finally:
        server.stop()
    for path in sorted((home / "logs").glob("*.log")):
        print(path.read_text("utf-8")[-6000:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="send this one alone and show what comes back")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        if parsed.only is not None:
            _show_one(Path(home), parsed.only, parsed.seed)
            return
        findings = run_fuzz(Path(home), parsed.requests, parsed.seed)
    print(f"seed {parsed.seed}, {findings.requests} requests in {findings.seconds:.0f} s: {dict(findings.kinds)}")
    print(f"answers {dict(sorted(findings.answers.items()))}, connections closed without one {findings.hung_up}")
    print("memory of the server {:.0f} MB before, {:.0f} MB after".format(*findings.memory_mb))
    print(f"wrong {len(findings.wrong)}")
    for fault in findings.wrong:
        print(f"  {fault}")


if __name__ == "__main__":
    main()
