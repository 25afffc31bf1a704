"""The process that decodes: it may hang, die or lie, and costs one picture."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest
from PIL import Image

from i2v.errors import PictureTooHeavy, PictureUnreadable
from i2v.media import intake
from i2v.media.intake import intake_picture
from i2v.media.limits import LIMITS
from tests.media.samples import saved


def pretend(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Puts another program in the helper's place: it may have been taken over by what it read."""
    monkeypatch.setattr(intake, "_command", lambda limits: [sys.executable, "-c", program])


def test_a_helper_that_hangs_is_ended_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "import time; time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(PictureTooHeavy):
        intake_picture(b"x" * 1_000_000, "slow.jpg", LIMITS._replace(seconds=1))
    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_helper_that_crashes_costs_one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(PictureUnreadable, match="-11"):
        intake_picture(b"x" * 1_000_000, "crash.heic")
    pretend(monkeypatch, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(PictureTooHeavy):
        intake_picture(b"x", "killed.heic")


GOOD = {"width": 64, "height": 64, "sha256": "a" * 64, "notices": []}


@pytest.mark.parametrize(
    "answer",
    [
        "b''",
        "b'\\xff\\xff\\xff\\xff' + b'x' * 100000",
        "frame(b'not json')",
        "frame(b'[]')",
        "frame(b'{}')",
        "frame(dumps({'code': 'job_unknown', 'values': {}}))",
        "frame(dumps({'code': 'picture_unreadable', 'values': 3}))",
        f"frame(dumps({{**{GOOD!r}, 'png': 10**12}}))",
        f"frame(dumps({{**{GOOD!r}, 'png': -1}}))",
        f"frame(dumps({{**{GOOD!r}, 'png': 3}}), b'GIF')",
        f"frame(dumps({{**{GOOD!r}, 'png': len(png)}}), png + b'more')",
        f"frame(dumps({{**{GOOD!r}, 'png': len(png), 'sha256': '../../etc/passwd'}}), png)",
        f"frame(dumps({{**{GOOD!r}, 'png': len(png), 'width': 65}}), png)",
        f"frame(dumps({{**{GOOD!r}, 'png': len(png), 'notices': [['made_up', {{}}]]}}), png)",
    ],
)
def test_nothing_a_helper_says_is_believed_unchecked(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    png = saved(Image.new("RGB", (64, 64)), "PNG")
    program = f"""
import struct, sys, json
png = {png!r}
dumps = lambda value: json.dumps(value).encode()
frame = lambda header, rest=b'': struct.pack('>I', len(header)) + header + rest
sys.stdout.buffer.write({answer})
"""
    pretend(monkeypatch, program)
    with pytest.raises(PictureUnreadable):
        intake_picture(b"x", "x.png")


def test_a_helper_that_never_stops_talking_is_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "import sys\nwhile True: sys.stdout.buffer.write(b'\\0\\0\\0\\2{}' + b'x' * 65536)"
    pretend(monkeypatch, endless)
    with pytest.raises(PictureUnreadable):
        intake_picture(b"x", "x.png")


def test_a_helper_that_talks_nonsense_and_stays_is_ended_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "import sys, time; print('nonsense' * 9, flush=True); time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(PictureUnreadable):
        intake_picture(b"x", "x.png")
    assert time.monotonic() - began < 10


def test_no_process_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "import os, sys; sys.stdout.write(str(os.getpid()))")
    started: list[int] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            started.append(self.pid)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    with pytest.raises(PictureUnreadable):
        intake_picture(b"x", "x.png")
    (process,) = started
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_the_helper_starts_light() -> None:
    """Everything it imports is waited for after each drop: 0.03 s as it is, 0.1 s more with NumPy."""
    program = "import sys, i2v.media.decoder; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "PIL.Image" in loaded
    assert not {"numpy", "pydantic", "yaml", "PIL.ImageCms", "pillow_heif", "asyncio"} & set(loaded)
