"""Doing the same to many rows, each in a transaction of its own: one that fails is told in the log and tried later."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from sqlalchemy import Engine
from sqlmodel import Session

from store.engine import writing


def in_turn(
    engine: Engine, ids: Sequence[int | None], act: Callable[[Session, int], bool], log: logging.Logger, what: str
) -> int:
    """`act` on each id; returns how often it did something. `act` locks and looks again: another may have been first.

    For rows that are due by time alone and carry no claim; `what` names the deed in the log.
    """
    done = 0
    for key in ids:
        try:
            with writing(engine) as session:
                done += act(session, key or 0)
        except Exception:  # the others must not wait for one broken row; the next tick tries it again
            log.exception("%s %s failed", what, key)
    return done
