"""The trunk of the error tree: what every error is, and how one comes back from its code."""

from __future__ import annotations

from typing import ClassVar

_BY_CODE: dict[str, type[I2VError]] = {}


class I2VError(Exception):
    """A fault with a stable code; `values` fill the placeholders of its sentences."""

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" in cls.__dict__:
            if cls.code in _BY_CODE:
                raise TypeError(f"two errors share the code {cls.code!r}")
            _BY_CODE[cls.code] = cls

    def __init__(self, **values: object) -> None:
        self.values = {name: _writable(value) for name, value in values.items()}
        told = ", ".join(f"{name}={value!r}" for name, value in values.items())
        super().__init__(f"{self.code}: {told}" if told else self.code)


def _writable(value: object) -> object:
    """Text that any file, console or answer takes: a lone surrogate, or a file name in no encoding, is spelled out."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def error_types() -> dict[str, type[I2VError]]:
    """Every error a user can meet, by code."""
    return {I2VError.code: I2VError, **_BY_CODE}


def rebuild(code: str, values: dict[str, object]) -> I2VError:
    """The error that crossed a process or a database as code and values; unknown codes become `internal`."""
    return error_types().get(code, I2VError)(**values)


def plain_values(error: I2VError) -> dict[str, object]:
    """The error's values as JSON can hold them."""
    return {
        name: value if isinstance(value, int | float | str | None) else _writable(str(value))
        for name, value in error.values.items()
    }


class JobCancelled(Exception):
    """Raised by `report` inside an engine when the user has cancelled; not a fault, so not in the tree."""
