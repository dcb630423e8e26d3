"""The one exception whose text the user sees."""


class FuzzError(Exception):
    """A failure with one clear sentence that says what to do."""
