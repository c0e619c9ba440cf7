"""Errors that the user can mend; the command line prints them as one paragraph."""


class UserError(Exception):
    """Something outside the program is not as it must be, and the user can change it.

    Args:
        message: what is wrong, one sentence or two.
        hint: what to do about it, or None when the message says it all.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
