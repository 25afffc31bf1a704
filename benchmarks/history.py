"""How quick the history is when it is long, and how long a lost database takes to be made again.

python -m benchmarks.history --rows 10000
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from i2v.domain.recipe import Recipe
from i2v.media.video import encode_mp4
from tests.serving import Server

WORDS = ("slow", "zoom", "pan", "lake", "fox", "lantern", "mist", "推近", "湖面", "drift", "tilt", "orbit", "dawn")
SHAPE = (320, 512)
TIMES = 15


def fill_folder(outputs: Path, rows: int, seed: int = 1) -> None:
    """So many clips of 16 frames with recipes, all of the same film."""
    dice = random.Random(seed)
    outputs.mkdir(parents=True)
    noise = np.random.default_rng(seed).integers(0, 255, (SHAPE[0] // 32, SHAPE[1] // 32, 3), np.uint8)
    scene = noise.repeat(32, axis=0).repeat(32, axis=1)
    frames = [np.roll(scene, 4 * index, axis=1) for index in range(16)]
    options = {"width": SHAPE[1], "height": SHAPE[0], "num_frames": 16, "fps": 8, "seed": 7, "prompt": "~" * 80}
    model = outputs / "model"
    recipe = Recipe("0" * 32, "camera", options, "a" * 64, {"app": "0.1.0", "device": "cpu"})
    encode_mp4(frames, model, 8, recipe.to_json())
    film = model.read_bytes()
    model.unlink()
    begin = datetime(2026, 1, 1)
    for number in range(rows):
        sentence = " ".join(dice.choices(WORDS, k=6)).encode()[:80].decode("utf-8", "ignore")
        told = sentence.encode().ljust(80)
        name = (begin + timedelta(seconds=97 * number)).strftime("video_%Y%m%d_%H%M%S.mp4")
        clip = film.replace(b"0" * 32, uuid.uuid4().hex.encode(), 1).replace(b"~" * 80, told, 1)
        (outputs / name).write_bytes(clip)


def median_ms(ask: Callable[[], object]) -> float:
    """Of several times, the first of them among them."""
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    return 1000 * statistics.median(taken)


def measure(home: Path, rows: int) -> dict[str, float]:
    """Seconds of the rebuilding, milliseconds of each question."""
    fill_folder(home / "outputs", rows)
    figures: dict[str, float] = {}
    began = time.perf_counter()
    server = Server(home).start()
    figures["page answers after, s"] = time.perf_counter() - began
    try:
        while server.get("/api/v1/jobs?limit=1")["unread"] != 0:
            time.sleep(0.1)
        figures["all rows made again after, s"] = time.perf_counter() - began
        server.stop()
        began = time.perf_counter()
        server.start()
        figures["page answers at the next start, s"] = time.perf_counter() - began
        figures |= _ask_everything(server)
    finally:
        server.stop()
    return figures


def _ask_everything(server: Server) -> dict[str, float]:
    pages = "/api/v1/jobs?status=done&limit=60"
    newest = server.get(f"{pages}")["jobs"]
    oldest = server.jobs()[-100]["place"]
    questions = {
        "first page": pages,
        "first page of a search with many hits": f"{pages}&q=lake",
        "first page of a search with few hits": f"{pages}&q=video_20260101_0",
        "first page of a search without hits": f"{pages}&q=lake%20nowhere",
        "starred (none)": f"{pages}&starred=true",
        "the last page": f"{pages}&before={oldest}",
    }
    figures = {f"{name}, ms": median_ms(partial(server.get, path)) for name, path in questions.items()}
    urls = [server.url + job["thumbnail_url"] for job in newest[:TIMES]]
    fresh, kept = iter(urls), iter(urls)
    figures["thumbnail drawn, ms"] = median_ms(lambda: _fetch(next(fresh)))
    figures["thumbnail kept, ms"] = median_ms(lambda: _fetch(next(kept)))
    return figures


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        body: bytes = answer.read()
    return body


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        figures = measure(Path(home), parsed.rows)
    print(f"{'rows':<45} {parsed.rows}")
    for name, value in figures.items():
        print(f"{name:<45} {value:.1f}")


if __name__ == "__main__":
    main()
