"""Following the store: work until nothing is left, then wait for the next commit; outlive any error."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine

from settings import TbtwatchError
from store.nudge import listening

log = logging.getLogger(__name__)

TICK_S = 30.0  # the safety net behind the nudges
PAUSE_S = 5.0  # after an error


def follow(engine: Engine, name: str, work: Callable[[], bool], stopping: threading.Event) -> None:
    """Do `work` until it finds nothing, then wait for a commit or the tick; returns when `stopping` is set."""
    while not stopping.is_set():
        try:
            with listening(engine) as waiter:
                while not stopping.is_set():
                    if not work():
                        waiter.wait(TICK_S, stopping)
        except TbtwatchError as error:
            log.error("%s: %s", name, error)
            stopping.wait(PAUSE_S)
        except Exception:
            log.exception("the %s loop failed; it goes on in %d s", name, PAUSE_S)
            stopping.wait(PAUSE_S)
