"""match.exact: what is found while another process edits, against the naive loop at the number each match names."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Engine, text

from alerts.criteria import Told, Wanted, hit_of
from alerts.match_index import index_of
from bench.match_edits import A_SECOND, edits_of
from bench.measure import Metric
from bench.subscriptions import make_notices, make_subscriptions, vocabulary
from settings import ROOT
from store.engine import reading

MATCHES = 1_000
SECONDS = 10
LOOPED = 20_000_000  # judgements of the naive loop: a million subscriptions are asked for fewer different notices


def exact(engine: Engine, members: Collection[str], number: int) -> Metric:
    """How many ids differ, over all matches."""
    notices = make_notices(max(10, min(200, LOOPED // number)), vocabulary())
    count = min(A_SECOND * SECONDS, number // 2)
    found, pace = _matched(engine, members, notices, number, count)
    expected = _naive(members, notices, number)
    applied = _applied(engine, number, count)
    edits = dict(edits_of(number, count))
    wrong = sum(
        len(set(ids) ^ _at(expected[place], applied, edits, change, notices[place], members))
        for place, ids, change in found
    )
    numbers = len({change for _, _, change in found})
    return Metric(
        "match.exact",
        float(wrong),
        f"{wrong} ids differ",
        f"0 ({len(found)} matches at {numbers} different numbers)",
        pairs=len(found),
        size=number,
        note=f"{count} edits by another process, {pace:.0f} a second",
    )


Matched = list[tuple[int, Sequence[int], int]]  # place of the notice, ids, number


def _matched(
    engine: Engine, members: Collection[str], notices: Sequence[Told], number: int, count: int
) -> tuple[Matched, float]:
    command = [sys.executable, "-m", "bench.match_edits", str(engine.url.database), str(number), str(count)]
    found: Matched = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout is not None
        other.stdout.readline()  # it begins
        while other.poll() is None or len(found) < len(notices):
            place = len(found) % len(notices)
            with reading(engine) as session:
                one = index_of(engine).ids_for(session, notices[place], members)
            found.append((place, one.ids.to_array(), one.number))
        pace = float(other.stdout.readline() or 0)
    return found[:: max(1, len(found) // MATCHES)], pace


def _naive(members: Collection[str], notices: Sequence[Told], number: int) -> list[set[int]]:
    """For each notice the ids before the edits: every subscription judged."""
    found: list[set[int]] = [set() for _ in notices]
    for key, wanted in enumerate(make_subscriptions(number, vocabulary()), start=1):
        for ids, told in zip(found, notices, strict=True):
            if hit_of(wanted, told, members) is not None:
                ids.add(key)
    return found


def _applied(engine: Engine, number: int, count: int) -> dict[int, int]:
    """subscription id -> the first number at which its edit was there."""
    first = (
        "SELECT subscription_id, min(number) FROM subscriptionchange WHERE number > :before GROUP BY subscription_id"
    )
    with reading(engine) as session:
        before = session.execute(
            text("SELECT min(number) - 1 FROM subscriptionchange WHERE subscription_id = :key"), {"key": number + 1}
        ).scalar_one()
        rows = session.execute(text(first), {"before": before - 1}).all()
    return {key: at for key, at in rows if key <= count // 2 or key > number}


def _at(
    before: set[int],
    applied: Mapping[int, int],
    edits: Mapping[int, Wanted | None],
    change: int,
    told: Told,
    members: Collection[str],
) -> set[int]:
    """The ids at a number: those before, without what had ended, and with what had begun and meets."""
    there = [key for key, at in applied.items() if at <= change]
    begun = {key for key in there if (wanted := edits[key]) is not None and hit_of(wanted, told, members) is not None}
    return before - {key for key in there if edits[key] is None} | begun
