"""A hook of mkdocs: links to files outside docs/ become their names, since a site has only the pages."""

import re

_OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)[^)]+\)")


def on_page_markdown(markdown, **_):
    """Called by mkdocs with each page's text."""
    return _OUTSIDE.sub(r"\1", markdown)
