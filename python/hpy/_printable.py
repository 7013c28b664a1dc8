"""Escapes for text from extensions and programs that is shown in a terminal."""


def printable(text, keep=""):
    r"""The text with escapes for characters that are not printable, except those in `keep`.

    Control characters would change the terminal, and some others the order in which text is shown.

    >>> printable("caf\xe9 \x1b[31m\n\u202e")
    'café \\x1b[31m\\n\\u202e'
    """
    return "".join(
        char if char.isprintable() or char in keep else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
