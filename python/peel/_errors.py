"""What can go wrong, as exceptions that also are what callers expect."""

from __future__ import annotations


class Error(Exception):
    """Something peel could not do. ``hint`` says what to do about it; it may be empty."""

    def __init__(self, message: str = "", hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageError(Error, ValueError):
    """An argument or a setting makes no sense."""


class InputError(Error, ValueError):
    """A picture cannot be read, or is over a limit."""


class ModelError(Error, RuntimeError):
    """A model is missing, damaged or not the kind of network expected."""


class DeviceError(Error, RuntimeError):
    """A device that was required cannot be used."""


class OutputError(Error, OSError):
    """A result could not be written."""


class InternalError(Error, RuntimeError):
    """A defect in peel or in a library below it."""


class Cancelled(Error):
    """It was stopped."""


_CLASSES: dict[int, type[Error]] = {
    2: UsageError,
    3: InputError,
    4: ModelError,
    5: DeviceError,
    6: OutputError,
    7: InternalError,
    8: Cancelled,
}


def make(code: int, message: str, hint: str) -> BaseException:
    """The exception for a code of peel.h."""
    if code == 9:
        return MemoryError(message)
    return _CLASSES.get(code, InternalError)(message, hint)
