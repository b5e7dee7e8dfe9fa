"""What the back-test counts: on made rows, and read from a store of news and history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from alerts.backtest import ENOUGH, Incidence, Past, exceeded, figures_of, is_few, percentile
from alerts.flags import FLAGS
from alerts.incidents import Incident
from alerts.joining import join_pending
from alerts.network import read_rules
from alerts.past import count_past, read_incidences, read_past
from alerts.policy import DEFAULT, Policy, WaveRule
from alerts.severity import SEVERITIES, Case, Rule
from store.engine import reading
from store.notice import HISTORY
from store.warning import WarningVersion
from tests.alerts.raised import SURE, UNSURE, count, put, put_next, run, versions
from tests.alerts.test_waves import put_recall
from tests.cast import TOYS

MONDAY = date(2026, 6, 1)
RULES = [
    Rule("red", {"wave": True}, "wave"),
    Rule("red", {"stage": "emergency"}, "emergency"),
    Rule("orange", {"origin_guangdong": True}, "ours"),
    Rule("blue", {}, "rest"),
]
CUBES = Incident("magnet cube", "swallowing", "")


DRAFT = Case("notification", "draft")


def past(key: int, case: Case = DRAFT, day: date = MONDAY, **fields: object) -> Past:
    values: dict[str, object] = {"signs": frozenset(), "desks": ("440515",), "source": "wto", "matter": key} | fields
    return Past(notice_id=key, day=day, case=case, **values)  # type: ignore[arg-type]


def figures(pasts: list[Past], policy: Policy = DEFAULT, incidences: Sequence[Incidence] = ()) -> dict[str, Any]:
    return figures_of(pasts, incidences, policy, RULES, MONDAY, MONDAY)


def test_severities_flags_and_shares() -> None:
    doubt = frozenset({"doubt", "horizontal"})
    found = figures(
        [
            past(1, Case("notification", "emergency")),
            past(2, signs=doubt),
            past(3, Case("recall", "recall", origin_guangdong=True)),
            past(4),
        ]
    )
    assert found["warnings"] == 4
    assert found["by_severity"] == {"red": 1, "orange": 1, "yellow": 0, "blue": 2}
    assert found["red_share"] == 0.25
    assert found["flagged"] == 2
    assert found["by_flag"] == dict.fromkeys(FLAGS, 0) | {"doubt": 1, "horizontal": 1, "sign_off": 1}


def test_a_policy_takes_flags_away_and_lowers_the_sign_off() -> None:
    pasts = [past(1, signs=frozenset({"doubt"})), past(2, Case("recall", "recall", origin_guangdong=True))]
    assert figures(pasts)["flagged"] == 1
    assert figures(pasts, Policy(off=frozenset({"doubt"})))["flagged"] == 0
    assert figures(pasts, Policy(sign_off_from="orange"))["flagged"] == 2
    assert figures(pasts, Policy(sign_off_from="orange", off=frozenset({"sign_off"})))["flagged"] == 1


def test_like_items_of_a_county_and_week_are_one_bundle() -> None:
    doubt = frozenset({"doubt"})
    cubes = [past(n, signs=doubt, incident=CUBES, source="cpsc") for n in range(10)]
    assert figures(cubes)["bundles_most"] == 1
    elsewhere = past(11, signs=doubt, incident=CUBES, source="rasff")
    alone = [past(n, signs=doubt) for n in (12, 13)]
    next_week = past(14, signs=doubt, day=MONDAY + timedelta(days=7))
    two_desks = past(15, signs=doubt, desks=("440515", "441422"))
    found = figures([*cubes, elsewhere, *alone, next_week, two_desks, past(16)])
    # Chenghai this week: cubes, elsewhere, 12, 13, 15; next week: 14; Dabu: 15
    assert (found["county_weeks"], found["bundles_most"], found["bundles_p95"]) == (3, 5, 5)


def incidents(*firms: str) -> list[Incidence]:
    return [
        Incidence(at, at, MONDAY + timedelta(days=at), Incident("magnet cube", "swallowing", firm))
        for at, firm in enumerate(firms)
    ]


def test_a_wave_is_red_once_and_rests_on_what_was_no_warning_too() -> None:
    evidence = incidents("a", "b", "c", "a", "b", "c", "a")
    warned = [past(n, Case("recall", "recall"), MONDAY + timedelta(days=n), incident=CUBES) for n in (4, 5, 6)]
    found = figures(warned, incidences=evidence)
    assert (found["waves"], found["red_share"]) == (1, 0.3333)
    assert figures(warned, Policy(wave=WaveRule(6, 3, 30)), evidence)["waves"] == 1
    assert figures(warned, Policy(wave=WaveRule(8, 3, 30)), evidence)["waves"] == 0
    assert figures(warned, Policy(wave=WaveRule(5, 4, 30)), evidence)["waves"] == 0
    assert figures(warned, Policy(wave=WaveRule(2, 2, 1)), evidence)["waves"] == 0


@pytest.mark.parametrize(
    ("values", "rank", "value"),
    [([], 95, 0), ([7], 95, 7), (list(range(1, 101)), 95, 95), (list(range(1, 21)), 95, 19), ([1, 2, 30], 95, 30)],
)
def test_the_nearest_rank(values: list[int], rank: int, value: int) -> None:
    assert percentile(values, rank) == value


@pytest.mark.parametrize(
    ("warnings", "red", "p95", "broken"),
    [
        (ENOUGH, 0.01, 20, []),
        (ENOUGH, 0.0101, 20, ["red_share"]),
        (ENOUGH - 1, 0.5, 20, []),  # too few to tell a share by
        (ENOUGH - 1, 0.5, 21, ["bundles_p95"]),
        (ENOUGH, 0.02, 21, ["red_share", "bundles_p95"]),
    ],
)
def test_limits(warnings: int, red: float, p95: int, broken: list[str]) -> None:
    found = {"warnings": warnings, "red_share": red, "bundles_p95": p95}
    assert exceeded(found) == broken
    assert is_few(found) == (warnings < ENOUGH)


SINCE, UNTIL = date(2025, 6, 3), date(2026, 6, 3)


def test_the_past_is_read_from_news_and_history_and_nothing_is_written(loaded: Engine, now: datetime) -> None:
    first = put(loaded, now, "G/TBT/N/USA/1", SURE, admitted=HISTORY, published_on=date(2026, 1, 5))
    put_next(loaded, now, first, "Add.1", "other", admitted=HISTORY, published_on=date(2026, 2, 2))  # says nothing new
    put_next(loaded, now, first, "Add.2", "adopted", admitted=HISTORY, published_on=date(2026, 3, 2))
    put(loaded, now, "G/TBT/N/USA/2", UNSURE)
    put(loaded, now, "G/TBT/N/USA/3", [])  # concerns no industry
    put(loaded, now, "G/TBT/N/USA/4", None)  # not classified
    put(loaded, now, "G/TBT/N/CHN/5", SURE, issuer="CHN")
    put(loaded, now, "G/TBT/N/USA/6", SURE, published_on=date(2025, 6, 2))  # too old
    statements: list[str] = []
    event.listen(loaded, "before_cursor_execute", lambda *call: statements.append(call[2]))
    found = read_past(loaded, SINCE, UNTIL)
    with reading(loaded) as session:
        assert count_past(session, SINCE, UNTIL) == 6
    assert [(p.day.isoformat(), p.case.stage, sorted(p.signs)) for p in found] == [
        ("2026-01-05", "draft", []),
        ("2026-03-02", "adopted", []),  # with the industry of the notification it adds to
        ("2026-06-01", "draft", ["doubt"]),
    ]
    assert all("440515" in p.desks for p in found) and all(p.case.priority == "A" for p in found)
    assert not [s for s in statements if s.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]


def test_the_past_is_graded_as_it_was_raised(loaded: Engine, now: datetime) -> None:
    for at, firm in enumerate(("Muster", "Beispiel", "Sample", "Muster", "Hilltop", "Riverline")):
        put_recall(loaded, now, firm, suggested=UNSURE if at == 2 else SURE, published_on=date(2026, 5, 20 + at))
        while join_pending(loaded, now):  # by the day, as in life
            pass
        run(loaded, now)
    put(loaded, now, "G/TBT/N/USA/8", [(TOYS, "flagged")], notification_type="Emergency notification")
    run(loaded, now)
    with reading(loaded) as session:
        rules = read_rules(session)
    found = figures_of(
        read_past(loaded, SINCE, UNTIL), read_incidences(loaded, SINCE, UNTIL), DEFAULT, rules, SINCE, UNTIL
    )
    real = versions(loaded)
    assert found["warnings"] == count(loaded, WarningVersion) == len(real) == 7
    assert found["by_severity"] == {name: sum(v.severity == name for v in real) for name in SEVERITIES}
    assert found["flagged"] == sum(bool(v.flags) for v in real) == 3
    assert found["by_flag"] == {name: sum(name in v.flags for v in real) for name in FLAGS}
    assert found["waves"] == 1
