"""The profile as a page: one HTML file that needs nothing else.

All that the page says is in its markup; the script in `page.js` only sorts, filters and switches. Looks are
in `page.css`, the frame in `page.html`.
"""

import math
import re
import shlex
from html import escape
from pathlib import Path
from string import Template

from . import numbers

# Bars in a chart; the others are one more.
BARS = 12

# What the table of all functions calls each kind of row.
KINDS = {"api": "API", "function": "extension", "import": "other extension"}


def render(profile):
    """The text of the page."""
    command = shlex.join(profile.command)
    parts = {
        "title": escape(command),
        "meta": _meta(profile),
        "tiles": _tiles(profile),
        "split": _split(profile),
        "api": _bars(_merged(profile, "api"), "api"),
        "functions": _bars(profile.by_own_time("function"), "function", with_module=True),
        "imports": _imports(profile),
        "matrix": _matrix(profile),
        "rows": _rows(profile),
        "css": _read("page.css"),
        "js": _read("page.js"),
    }
    return Template(_read("page.html")).substitute(parts)


def _read(name):
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _meta(profile):
    started = profile.started.strftime("%d %B %Y, %H:%M").lstrip("0")
    facts = [started, profile.python, f"HPy {profile.hpy}"]
    return " · ".join(map(escape, facts))


def _tiles(profile):
    api, functions = profile.calls("api"), profile.calls("function")
    per_second = round(api / profile.wall * 10**9) if profile.wall else 0
    modules = profile.modules()
    tiles = [
        ("Run time", numbers.duration(profile.wall), "on the clock"),
        (
            "In traced extensions",
            numbers.duration(profile.own()),
            f"{numbers.share(profile.own(), profile.wall)} of the run time",
        ),
        ("API calls", numbers.compact(api), f"{numbers.compact(per_second)} per second"),
        ("Calls of extensions", numbers.compact(functions), _per_call(api, functions)),
        ("Modules", str(len(modules)), escape(", ".join(modules))),
    ]
    return "\n".join(
        f"<div><dt>{label}</dt><dd><b>{value}</b><small>{note}</small></dd></div>"
        for label, value, note in tiles
    )


def _per_call(api, functions):
    if not functions:
        return "none"
    average = api / functions
    shown = f"{average:.1f}" if average < 100 else numbers.compact(round(average))
    return f"{shown} API calls in each"


def _split(profile):
    """Where the run time went, as one bar."""
    own = profile.own()
    # With several threads, more time may have passed in them than on the clock.
    whole = max(profile.wall, own)
    parts = [
        ("api", "in API functions", profile.own("api")),
        ("function", "in functions of extensions", profile.own("function")),
        ("import", "in functions that they import from others", profile.own("import")),
        ("rest", "outside of traced extensions", whole - own),
    ]
    bar = "".join(
        f'<i class="{kind}" style="flex-grow:{time / whole:.6f}"></i>' for kind, _, time in parts if time
    )
    legend = "".join(
        f'<li><i class="{kind}"></i><b>{numbers.share(time, whole)}</b> {label} '
        f"<small>{numbers.duration(time)}</small></li>"
        for kind, label, time in parts
        if time or kind != "import"
    )
    return f'<div class="split" aria-hidden="true">{bar}</div><ul class="legend">{legend}</ul>'


class _Sum:
    """Rows of several modules for one function."""

    def __init__(self, name):
        self.name, self.module = name, ""
        self.calls = self.total = self.own = 0

    def add(self, row):
        self.calls += row.calls
        self.total += row.total
        self.own += row.own


def _merged(profile, kind):
    """One row for each function, whatever the module."""
    sums = {}
    for row in profile.rows:
        if row.kind == kind:
            sums.setdefault(row.name, _Sum(row.name)).add(row)
    return sorted(sums.values(), key=lambda row: (-row.own, -row.calls, row.name))


def _bars(rows, kind, with_module=False):
    if not rows:
        return '<p class="empty">None was called.</p>'
    shown, rest = rows[:BARS], rows[BARS:]
    others = _Sum(f"{len(rest)} others")
    for row in rest:
        others.add(row)
    most = max(rows[0].own, others.own) or 1
    whole = sum(row.own for row in rows)
    bars = [_bar(row, kind, most, whole, with_module) for row in shown]
    if rest:
        bars.append(_bar(others, f"{kind} others", most, whole, False))
    return f'<ol class="bars">{"".join(bars)}</ol>'


def _bar(row, kind, most, whole, with_module):
    module = f"<small>{escape(row.module)}</small> " if with_module else ""
    per_call = numbers.duration(row.own / row.calls if row.calls else 0)
    details = f"{numbers.count(row.calls)} calls, {per_call} each; {numbers.duration(row.total)} in total"
    return (
        f'<li class="{kind}" title="{escape(details)}"><span class="name">{module}{_name(row.name)}</span>'
        f'<span class="track" aria-hidden="true"><i style="width:{100 * row.own / most:.2f}%"></i></span>'
        f'<span class="value">{numbers.duration(row.own)}</span>'
        f'<span class="share">{numbers.share(row.own, whole)}</span></li>'
    )


def _imports(profile):
    """The section of functions of other extensions, which few programs have."""
    rows = profile.by_own_time("import")
    if not rows:
        return ""
    return (
        '<section aria-labelledby="imports">'
        '<h2 id="imports">Functions of other extensions <small>by self time</small></h2>'
        '<p class="hint">What the extensions asked of each other. If the other one is traced, too, what it '
        f"did is not included.</p>{_bars(rows, 'import', with_module=True)}</section>"
    )


def _name(name):
    """A name that may be broken between its words."""
    return re.sub("(?<=[a-zA-Z0-9]_)(?=[a-zA-Z])", "<wbr>", escape(name))


def _matrix(profile):
    modules = [module for module in profile.modules() if any(_is_api(row, module) for row in profile.rows)]
    cells = {(row.name, row.module): row for row in profile.rows if row.kind == "api"}
    if not cells:
        return '<p class="empty">No API function was called.</p>'
    most_calls = max(row.calls for row in cells.values())
    most_own = max(row.own for row in cells.values())
    functions = sorted(_merged(profile, "api"), key=lambda row: (-row.calls, row.name))
    head = "".join(f'<th scope="col">{escape(module)}</th>' for module in modules)
    body = []
    for function in functions:
        row = [_cell(cells.get((function.name, module)), most_calls, most_own) for module in modules]
        body.append(f'<tr><th scope="row">{_name(function.name)}</th>{"".join(row)}</tr>')
    return (
        '<table class="matrix" data-show="calls"><thead><tr><th scope="col">API function</th>'
        f"{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def _is_api(row, module):
    return row.kind == "api" and row.module == module


def _cell(row, most_calls, most_own):
    if row is None:
        return '<td class="none"><span aria-label="none">·</span></td>'
    style = f"--calls:{_heat(row.calls, most_calls):.3f};--own:{_heat(row.own, most_own):.3f}"
    details = f"{numbers.count(row.calls)} calls, {numbers.duration(row.own)} of self time"
    return (
        f'<td style="{style}" title="{details}"><span class="calls">{numbers.compact(row.calls)}</span>'
        f'<span class="own">{numbers.duration(row.own)}</span></td>'
    )


def _heat(value, most):
    """From 0 to 1; each factor of ten is the same step, and a ten-thousandth of the most is 0."""
    return max(0, 1 + math.log10(value / most) / 4) if value else 0


def _rows(profile):
    body = []
    for row in profile.by_own_time():
        per_call = row.own / row.calls if row.calls else 0
        body.append(
            f'<tr class="{row.kind}"><th scope="row"><i></i>{_name(row.name)}</th>'
            f"<td>{escape(row.module)}</td><td>{KINDS[row.kind]}</td>"
            + _number(row.calls, numbers.count)
            + _number(row.own, numbers.duration)
            + _number(row.total, numbers.duration)
            + _number(per_call, numbers.duration)
            + "</tr>"
        )
    return "".join(body)


def _number(value, text):
    return f'<td data-value="{value:.6g}">{text(value)}</td>'
