"""Texts that extensions and programs made up, on their way to a terminal."""


def printable(text, keep=""):
    r"""The text with escapes for what is no visible character; `keep` are characters that stay.

    A terminal obeys control characters, and shows text in another order after others.

    >>> printable("caf\xe9 \x1b[31m\n\u202e")
    'café \\x1b[31m\\n\\u202e'
    """
    return "".join(
        char if char.isprintable() or char in keep else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
