"""What the command line prints: results on standard output, as a table or as JSON; nothing else goes there."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any


def emit(value: Any, *, as_json: bool, columns: Sequence[str] = ()) -> None:
    """Print `value` (an object or a list of objects): with `as_json` as one line of JSON, else as a table."""
    if as_json:
        emit_line(value)
        return
    rows = value if isinstance(value, list) else [value]
    _print_table(rows, list(columns) or _columns_of(rows))


def rows_to_show(asked: int | None, usual: int, *, as_json: bool) -> int | None:
    """How many rows a list is to hold: as many as asked; else all for a script, and `usual` for a table."""
    return asked if asked is not None or as_json else usual


def emit_list(rows: Sequence[dict[str, Any]], *, as_json: bool, columns: Sequence[str], limit: int | None) -> None:
    """Print a list as `emit` does; a table that was cut at `limit` says so on standard error."""
    emit(list(rows), as_json=as_json, columns=columns)
    if not as_json and limit is not None and len(rows) == limit:
        say(f"the first {limit}: --limit N shows more")


def emit_line(value: Any) -> None:
    """One line of JSON on standard output; instants and dates in ISO 8601."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def say(message: str) -> None:
    """A line for the person at the terminal, on standard error."""
    sys.stderr.write(message + "\n")


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def _columns_of(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _print_table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console.width = _FILE_WIDTH  # a file or a pipe has no edge to fold at
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    longest = [
        max(cell_len(name), *(cell_len(line[place]) for line in cells)) if cells else cell_len(name)
        for place, name in enumerate(columns)
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    widths = _widths(columns, longest, console.width)
    for name, width in zip(columns, widths, strict=False):
        table.add_column(name, no_wrap=True, overflow="ellipsis", width=width)
    for line in cells:
        table.add_row(*(Text(cell) for cell in line[: len(widths)]))  # what a publisher writes is no markup
    console.print(table)


_FILE_WIDTH = 300
_BETWEEN = 3  # characters between columns
_NARROWEST = 8


def _widths(columns: Sequence[str], longest: Sequence[int], room: int) -> list[int]:
    """The widest cells give way until a line fits, then the last columns; an id never does: a part of it is no use."""
    for most in range(room, _NARROWEST - 1, -1):
        widths = [width if name == "id" else min(width, most) for name, width in zip(columns, longest, strict=True)]
        if sum(widths) + _BETWEEN * len(widths) <= room:
            return widths
    return _widths(columns[:-1], longest[:-1], room) if len(columns) > 1 else list(longest)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return _plain(value) if not isinstance(value, float) else f"{value:.3g}"
