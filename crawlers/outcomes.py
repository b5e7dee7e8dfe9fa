"""What a failed request means for a document: the end of it, or another try later. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from crawlers import errors
from store.document import FAILED, MISSING, REFUSED, TOO_BIG, WANTED

MOST_TRIES = 5
PAUSES = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8), timedelta(hours=24))


@dataclass(frozen=True)
class Outcome:
    """The status a document gets, its problem (a key), and whether its host is left alone for the rest of the visit."""

    status: str
    problem: str
    ends_host: bool = False


_OUTCOMES: dict[type[errors.SourceError], Outcome] = {
    errors.PageMissing: Outcome(MISSING, "missing"),
    errors.TooBig: Outcome(TOO_BIG, "too_big"),
    errors.RobotsRefused: Outcome(REFUSED, "robots"),
    errors.PrivateAddress: Outcome(REFUSED, "not_public"),
    errors.RedirectLoop: Outcome(FAILED, "redirects"),
    errors.RequestRefused: Outcome(FAILED, "not_understood"),
    errors.Throttled: Outcome(WANTED, "throttled", ends_host=True),
    errors.AccessRefused: Outcome(WANTED, "forbidden", ends_host=True),
    errors.ServerTrouble: Outcome(WANTED, "trouble", ends_host=True),
    errors.DeadHost: Outcome(WANTED, "dead_host", ends_host=True),
    errors.TimedOut: Outcome(WANTED, "timed_out", ends_host=True),
    errors.HtmlInstead: Outcome(WANTED, "web_page"),
}


def outcome_of(error: errors.SourceError, tries: int) -> Outcome:
    """What becomes of a document after its `tries`-th request ended in `error`; what may pass is tried five times."""
    found = _OUTCOMES.get(type(error), Outcome(WANTED, "cut"))
    if found.status == WANTED and tries >= MOST_TRIES:
        return Outcome(FAILED, found.problem, found.ends_host)
    return found


def pause_after(tries: int) -> timedelta:
    """How long a document waits after its `tries`-th failed request."""
    return PAUSES[min(max(tries, 1), len(PAUSES)) - 1]
