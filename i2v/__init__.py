"""One picture and one sentence become a short clip, on your own machine.

For programs, from any folder:

    >>> import i2v
    >>> video = i2v.generate_video("cat.jpg", "zoom in slowly", num_frames=16, seed=7)
    >>> video.path, video.seed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from i2v.programs import Video, generate_video

__version__ = "0.1.0"
__all__ = ["Video", "generate_video"]


def __getattr__(name: str) -> object:
    """Loads what makes clips when it is first asked for: `import i2v` alone brings no library with it."""
    if name in __all__:
        from i2v import programs

        return getattr(programs, name)
    raise AttributeError(f"module 'i2v' has no attribute {name!r}")
