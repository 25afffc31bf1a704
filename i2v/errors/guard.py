"""What the guard in front of everything refuses."""

from __future__ import annotations

from i2v.errors.bad_input import BadInput


class HostRefused(BadInput):
    """values: host, known."""

    code = "host_refused"
    http_status = 421


class OriginRefused(BadInput):
    """values: origin."""

    code = "origin_refused"
    http_status = 403


class BodyTooLarge(BadInput):
    """values: megabytes, limit (megabytes)."""

    code = "body_too_large"
    http_status = 413

    @classmethod
    def of(cls, size_bytes: int, limit_bytes: int) -> BodyTooLarge:
        """From sizes in bytes; rounded up, or a body one byte over would read as just at the limit."""
        tenths = -(-size_bytes * 10 >> 20)
        return cls(megabytes=tenths / 10, limit=f"{limit_bytes / (1 << 20):g}")


class BodyTooSlow(BadInput):
    """values: seconds (how long was waited for it in all)."""

    code = "body_too_slow"
    http_status = 408


class UploadsBusy(BadInput):
    """values: limit (uploads at once), seconds (when to try again)."""

    code = "uploads_busy"
    http_status = 503


class MethodRefused(BadInput):
    """values: method, known (comma-separated)."""

    code = "method_refused"
    http_status = 405


class TokenRequired(BadInput):
    """values: realm, which tells whose token it is and nothing of the token; a refused one is never repeated."""

    code = "token_required"
    http_status = 401
