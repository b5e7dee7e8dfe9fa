"""The command `tbtwatch`: the same functions by hand. Each command file imports its rooms when it is called."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from typing import NoReturn

import typer

from settings import TbtwatchError

COMMAND_FILES = (
    "database",
    "data",
    "crawl",
    "classify",
    "train",
    "evaluate",
    "notices",
    "documents",
    "officers",
    "network",
    "audit",
    "reviews",
    "joins",
    "policy",
    "exporters",
    "comments",
    "warnings",
    "match",
    "drill",
    "outbox",
    "mail",
    "bounces",
    "digests",
    "robots",
    "stages",
    "send",
    "serve",
    "backup",
    "bench",
)

app = typer.Typer(
    name="tbtwatch",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Early warning of technical barriers to trade: crawl, classify, review, warn.",
)
for _name in COMMAND_FILES:
    importlib.import_module(f"cli.{_name}").register(app)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 bad input or setting, 2 usage, 3 a source failing, 4 no store."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app(standalone_mode=True)
    except TbtwatchError as error:
        _end(str(error), error.exit_code)
    except BrokenPipeError:  # the reader of a pipe went away: nothing to tell anyone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # a full disk under standard output, a file that may not be read
        _end(f"{error}; free the place or the rights that are missing", 1)
    except Exception as error:
        if not _is_lost_store(error):
            raise
        from store.engine import first_line

        _end(f"the store failed: {first_line(error)}; what was not finished is done by the next run", 4)


def _end(message: str, exit_code: int) -> NoReturn:
    told = " ".join(message.split())  # one line, also where it quotes what somebody wrote
    sys.stderr.write(f"tbtwatch: {told}\n")
    sys.exit(exit_code)


def _is_lost_store(error: Exception) -> bool:
    """A server that went away, a full disk, a standby; SQLAlchemy is not imported just to ask."""
    known = sys.modules.get("sqlalchemy.exc")
    return known is not None and isinstance(error, (known.OperationalError, known.InterfaceError, known.InternalError))
