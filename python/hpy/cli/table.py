"""The profile as a table in the terminal: with `rich` if that is installed, otherwise as plain text."""

from hpy._printable import printable

from . import numbers

NOTHING = """\
hpy trace: no HPy extension was called in trace mode.
Only extensions of the universal and hybrid ABIs can be traced: build with --hpy-abi=universal. Extensions
that the environment variable HPY lists with another mode are not traced, and neither are other processes."""

COLUMNS = ["function", "module", "calls", "self", "% self", "total", "self/call"]
LEFT = 2  # number of columns with text
BAR = 12
# The style of each kind of row, and what it means.
KINDS = {
    "api": ("cyan", "context functions"),
    "function": ("bold green", "functions of extensions"),
    "import": ("magenta", "functions imported from other extensions"),
}
# Terminals narrower than this have no room for the bars, or for the names.
WIDE = 100
NARROWEST = 80


def show(profile, stream, top=20):
    """Write the `top` rows with the most own time to `stream`; all of them for 0."""
    if not profile.rows:
        print(NOTHING, file=stream)
        return
    try:
        import rich
    except ImportError:
        rich = None
    rows = profile.by_own_time()
    shown = rows[:top] if top > 0 else rows
    (_show_plain if rich is None else _show_rich)(profile, shown, stream)
    if len(shown) < len(rows):
        rest = sum(row.own for row in rows[len(shown) :])
        more = f"{len(rows) - len(shown)} more with {numbers.duration(rest)} of self time; --top 0 shows all"
        print(more, file=stream)


def summary(profile):
    """The totals, in one line."""
    api, functions = profile.calls("api"), profile.calls("function")
    return (
        f"{numbers.count(api)} API call{'s' * (api != 1)} and {numbers.count(functions)} "
        f"call{'s' * (functions != 1)} of extension functions took {numbers.duration(profile.own())} "
        f"of {numbers.duration(profile.wall)}"
    )


def _cells(row, whole):
    return [
        printable(row.name),
        printable(row.module),
        numbers.count(row.calls),
        numbers.duration(row.own),
        numbers.share(row.own, whole),
        numbers.duration(row.total),
        numbers.duration(row.own / row.calls if row.calls else 0),
    ]


def _show_plain(profile, rows, stream):
    whole = profile.own()
    table = [COLUMNS, *(_cells(row, whole) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table)]
    table.insert(1, ["-" * width for width in widths])
    print(f"hpy trace: {summary(profile)}\n", file=stream)
    for cells in table:
        aligned = [
            cell.ljust(width) if place < LEFT else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths))
        ]
        print("  ".join(aligned).rstrip(), file=stream)


def _show_rich(profile, rows, stream):
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    whole, most = profile.own(), max((row.own for row in rows), default=0)
    console = Console(file=stream)
    console.width = max(console.width, NARROWEST)
    wide = console.width >= WIDE
    console.print(Text(f"hpy trace: {summary(profile)}"))
    table = Table(box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    table.add_column(COLUMNS[0], overflow="fold", min_width=20)
    for place, name in enumerate(COLUMNS[1:], 1):
        table.add_column(name, justify="left" if place < LEFT else "right", no_wrap=True)
        if name == "self" and wide:
            table.add_column("", no_wrap=True, width=BAR)
    for row in rows:
        style, _ = KINDS[row.kind]
        name, *cells = _cells(row, whole)
        bar = [Text(_bar(row.own, most), style)] if wide else []
        table.add_row(Text(name, style), *cells[:3], *bar, *map(Text, cells[3:]))
    console.print(table)
    there = {row.kind for row in profile.rows} | {"api", "function"}
    console.print(
        Text(" · ").join(Text(label, style) for kind, (style, label) in KINDS.items() if kind in there)
    )


def _bar(part, whole):
    """A bar of eighths of blocks."""
    eighths = round(8 * BAR * part / whole) if whole else 0
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
