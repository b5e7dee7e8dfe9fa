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
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=_WHOLE if name == "id" else None)
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in columns))
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console.width = _FILE_WIDTH  # a file or a pipe has no edge to fold at
    console.print(table)


_WHOLE = 32  # a public id is of no use in part
_FILE_WIDTH = 300


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return _plain(value) if not isinstance(value, float) else f"{value:.3g}"
