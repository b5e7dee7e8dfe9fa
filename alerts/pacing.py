"""A provider's pace as a token bucket that gives turns: pure, its state passed in.

Tokens may go below zero: that is the queue of turns already given. So a mail draws once, gets its turn, and comes at
that instant, however many processes send and however many mails wait; nobody asks in vain again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens at an instant; below zero: mails whose turn is still to come."""

    tokens: float
    at: datetime


def draw(bucket: Bucket, wanted: int, now: datetime, *, per_minute: int, burst: int) -> tuple[list[timedelta], Bucket]:
    """How long each of `wanted` mails waits for its turn (zero: it may go now), and the bucket afterwards.

    The bucket fills by `per_minute` tokens a minute up to `burst`; a clock that went back fills nothing.
    """
    per_second = per_minute / 60
    rested = max((now - bucket.at).total_seconds(), 0.0)
    tokens = min(bucket.tokens + rested * per_second, float(burst))
    waits = []
    for _ in range(wanted):
        tokens -= 1.0
        waits.append(timedelta(seconds=max(-tokens, 0.0) / per_second))
    return waits, Bucket(tokens, max(now, bucket.at))
