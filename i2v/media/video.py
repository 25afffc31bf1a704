"""Frames to MP4 and back: H.264 High, 8-bit 4:2:0, BT.709, index in front, so that every browser and phone plays it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from i2v.errors import ClipDamaged
from i2v.media.lasting import disk_fault

Frame = npt.NDArray[np.uint8]

# crf 17 is about where the eye no longer tells the clip from its frames.
_X264 = {
    "preset": "medium",
    "crf": "17",
    "profile": "high",
    # The same frames shall give the same bytes on any machine: the number of threads decides them, so it is fixed; and
    # without cpu-independent x264's AVX-512 code gives now these, now those. chromaloc tells that colour is sampled
    # between the pixels, as AREA below does.
    "x264-params": "threads=4:lookahead-threads=1:cpu-independent=1:chromaloc=1",
}
# The default converters of libswscale trade up to 20 levels of colour at edges for speed.
_TO_YUV = Interpolation.AREA | Interpolation.FULL_CHR_H_INP | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_TO_RGB = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_BT709 = 1


@dataclass(frozen=True)
class ClipFacts:
    """What decoding a clip from end to end has shown. `fps` is frames per second; `comment` the text of its ©cmt."""

    num_frames: int
    width: int
    height: int
    fps: float
    duration_seconds: float
    comment: str


def encode_mp4(frames: Iterable[Frame], path: Path, fps: int, comment: str) -> int:
    """Writes a clip, frame by frame as they come; the same frames give the same bytes.

    Args:
        frames: uint8 (height, width, 3), RGB, all of one size with even sides.
        path: where the file shall lie. On any failure it is removed again.
        fps: frames per second.
        comment: text for the ©cmt tag, without NUL, which would cut it short.

    Returns:
        Number of frames written.

    Raises:
        ValueError: no frames, a frame of another size, an odd side, NUL in the comment.
        DiskFull, OutputUnwritable: the file could not be written.
    """
    if "\0" in comment:
        raise ValueError("a comment must not contain NUL: the rest of it would be lost")
    coming = iter(frames)
    first = next(coming, None)
    if first is None:
        raise ValueError("a clip has at least one frame")
    height, width, _ = first.shape
    if height % 2 or width % 2:
        raise ValueError(f"a clip's sides are even, not {width} x {height}")
    try:
        with _telling(path):
            container = av.open(str(path.absolute()), "w", format="mp4", options={"movflags": "+faststart"})
        try:
            container.metadata["comment"] = comment
            return _write(container, chain([first], coming), first.shape, fps, path)
        except BaseException:
            with contextlib.suppress(Exception):  # what went wrong is already on its way
                container.close()
            raise
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(container: OutputContainer, frames: Iterable[Frame], shape: tuple[int, ...], fps: int, path: Path) -> int:
    stream = container.add_stream("libx264", rate=fps, options=_X264)
    stream.height, stream.width, _ = shape
    stream.pix_fmt = "yuv420p"
    codec = stream.codec_context
    codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
    codec.color_range = ColorRange.MPEG
    count = 0
    for frame in frames:
        if frame.shape != shape:
            raise ValueError(f"frame {count} is {frame.shape}, the first was {shape}")
        with _telling(path):
            container.mux(stream.encode(_to_yuv(frame)))
        count += 1
    with _telling(path):
        container.mux(stream.encode(None))
        container.close()
    return count


def open_mp4(source: Path | bytes) -> InputContainer:
    """Opens for reading; an absolute path, since FFmpeg takes `12:30.mp4` for an address."""
    file = io.BytesIO(source) if isinstance(source, bytes) else str(source.absolute())
    container: InputContainer = av.open(file, "r", format="mp4")
    return container


def probe_mp4(source: Path | bytes) -> ClipFacts:
    """Decodes a clip from end to end: what comes back has been proven.

    Raises:
        ClipDamaged: it is no MP4 with one film, a frame is damaged, or there are fewer than its index names.
    """
    try:
        with open_mp4(source) as container:
            (stream,) = container.streams.video
            # Else the decoder passes over about a fifth of the damage it could see, and paints something plausible.
            stream.codec_context.options = {"err_detect": "explode"}
            width, height, rate, named = stream.width, stream.height, stream.average_rate, stream.frames
            comment = container.metadata.get("comment", "")
            decoded = 0
            for frame in container.decode(stream):
                if frame.is_corrupt or (frame.width, frame.height) != (width, height):
                    raise ClipDamaged(expected=f"{named} frames of {width}×{height}", found=f"frame {decoded} damaged")
                decoded += 1
    except (FFmpegError, OSError, ValueError) as cause:
        raise ClipDamaged(expected="an MP4 that plays", found=str(cause)[:200]) from cause
    if decoded != named or not decoded or not rate:
        raise ClipDamaged(expected=f"{named} frames", found=f"{decoded} frames")
    return ClipFacts(decoded, width, height, float(rate), float(decoded / rate), comment)


def read_frames(source: Path | bytes) -> Iterator[Frame]:
    """Decodes a clip of ours: uint8 (height, width, 3), RGB, one after the other."""
    with open_mp4(source) as container:
        for frame in container.decode(video=0):
            yield _to_rgb(frame)


@contextlib.contextmanager
def read_film(source: Path | bytes) -> Iterator[tuple[Iterator[Frame], float]]:
    """A clip of anybody's: its frames as `read_frames` gives them, and how many a second.

    Raises:
        ClipDamaged: it is no MP4 with one film, or does not say how fast it plays. A frame that cannot be decoded
            raises what the decoder does.
    """
    try:
        container = open_mp4(source)
    except (FFmpegError, OSError, ValueError) as cause:
        found = getattr(cause, "strerror", None) or str(cause)
        raise ClipDamaged(expected="an MP4 that plays", found=found[:200]) from cause
    with container:
        streams = container.streams.video
        if len(streams) != 1 or not streams[0].average_rate:
            raise ClipDamaged(expected="one film", found=f"{len(streams)} of them")
        yield (_to_rgb(frame) for frame in container.decode(streams[0])), float(streams[0].average_rate)


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Refusals of the disk as what they mean; those of the engine that makes the frames pass by."""
    try:
        yield
    except OSError as cause:
        written = path.stat().st_size if path.exists() else 0
        raise disk_fault(cause, path, written + 1_000_000) from cause


def _to_yuv(frame: Frame) -> VideoFrame:
    return VideoFrame.from_ndarray(frame, format="rgb24").reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=_TO_YUV,
    )


def _to_rgb(frame: VideoFrame) -> Frame:
    rgb = frame.reformat(
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=_TO_RGB,
    )
    return np.asarray(rgb.to_ndarray(), dtype=np.uint8)
