"""The one exception whose text the user sees, so that no failure ends in a traceback."""


class SetupError(Exception):
    """A failure with one clear sentence that says what to do."""
