"""Pictures that cannot be taken in."""

from __future__ import annotations

from i2v.errors.bad_input import BadInput


class PictureMissing(BadInput):
    """No picture came with the request, or the file does not exist. values: name."""

    code = "picture_missing"


class PictureUnreadable(BadInput):
    """The file is damaged. values: name, reason."""

    code = "picture_unreadable"


class PictureTruncated(BadInput):
    """The file ends before the picture does. values: name, size_bytes."""

    code = "picture_truncated"


class PictureUnrecognized(BadInput):
    """No picture of any known kind. values: name, known (formats that are taken)."""

    code = "picture_unrecognized"


class PictureUnsupported(BadInput):
    """A picture in a format that is not taken. values: name, format, known."""

    code = "picture_unsupported"


class PictureTooSmall(BadInput):
    """values: width, height, minimum (pixels of the shorter side)."""

    code = "picture_too_small"


class PictureTooLarge(BadInput):
    """values: width, height, megapixels, maximum (megapixels)."""

    code = "picture_too_large"


class PictureTooNarrow(BadInput):
    """values: width, height, ratio, maximum."""

    code = "picture_too_narrow"


class PictureTooHeavy(BadInput):
    """Decoding ran out of its memory or time. values: name, seconds, megabytes."""

    code = "picture_too_heavy"
