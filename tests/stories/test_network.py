"""The three tiers, linked: what a desk says, what its silence costs, and what reaches exporters whatever it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import CHENGHAI, PROVINCE, STRANGER, TOYS
from tests.stories.commands import Commands
from tests.stories.people import add_firm, mails, newest_mail, review_at, run_stages
from tests.stories.published import export_sheet, notice_row

GUZHEN, MEIZHOU, HENGLAN = "442000105", "441400", "442000110"
LIGHTING, CABLES, CERAMICS = "lighting-led", "wire-cable-connectors", "ceramics-daily"
SYMBOL = "G/TBT/N/USA/2500"


def at(text: str) -> str:
    return f"2026-{text}+08:00"


def publish(tbtwatch: Commands, rows: Sequence[dict[str, str]], now: str) -> None:
    """Rows arrive as news, and everything pending is done."""
    sheet = export_sheet(tbtwatch.var.with_suffix(".csv"), rows)
    tbtwatch.answer("import", str(sheet), "--as-news", "--now", now)
    run_stages(tbtwatch, now)


def officers(tbtwatch: Commands, **bureaus: str) -> None:
    for sign_in, code in bureaus.items():
        tbtwatch.answer("officers", "add", sign_in, "--bureau", code)


def newest_warning(tbtwatch: Commands) -> Any:
    return tbtwatch.answer("warnings", "list")[0]


@pytest.fixture
def lamps(tbtwatch: Commands) -> Commands:
    """A doubtful notice of lamps on the desks of Guzhen, which leads, and others; firms of lamps and of cables."""
    officers(tbtwatch, guzhen=GUZHEN, henglan=HENGLAN, zhongshan="442000", guangdong=PROVINCE)
    add_firm(tbtwatch, "lamps@exporter.example", LIGHTING, HENGLAN)
    add_firm(tbtwatch, "own-lamps@exporter.example", LIGHTING, GUZHEN)
    add_firm(tbtwatch, "cables@exporter.example", CABLES, "441900121")
    publish(
        tbtwatch, [notice_row(SYMBOL, "LED lamps: marking of cords", "2026-06-01", "2026-08-10")], at("06-03T09:00")
    )
    return tbtwatch


def test_a_lead_adds_for_all_and_what_it_takes_away_settles_after_a_working_day(lamps: Commands) -> None:
    """(a) Ten minutes after the lead's correction the cable firms have it; others see the proposal until it settles."""
    review = review_at(lamps, GUZHEN)
    assert review["lead"] and review["industries"] == [LIGHTING]
    waiting = Commands(lamps.var, lamps.url, {"take_back_minutes": "10"})
    done = waiting.answer(
        "reviews", "correct", review["id"], "--as", "guzhen", "--industry", CABLES, "--now", at("06-03T10:00")
    )
    assert done["warning_state"] == "outgoing"
    run_stages(waiting, at("06-03T10:09"))
    assert mails(lamps) == []
    run_stages(waiting, at("06-03T10:10"))
    assert mails(lamps) == [("cables@exporter.example", "issue")]
    assert "古镇分局签发" in newest_mail(lamps, "cables@exporter.example")["text"]
    assert review_at(lamps, HENGLAN)["state"] == "open"  # the proposal is before it
    run_stages(lamps, at("06-04T09:59"))
    assert review_at(lamps, HENGLAN)["state"] == "open"
    run_stages(lamps, at("06-04T10:00"))
    assert lamps.answer("reviews", "list", "--bureau", HENGLAN) == []
    assert mails(lamps) == [("cables@exporter.example", "issue")]


def test_another_county_objects_and_its_firms_hear_of_it_after_all(lamps: Commands) -> None:
    review = review_at(lamps, GUZHEN)
    lamps.answer("reviews", "correct", review["id"], "--as", "guzhen", "--industry", CABLES, "--now", at("06-03T10:00"))
    run_stages(lamps, at("06-03T10:00"))
    lamps.answer("reviews", "object", review_at(lamps, HENGLAN)["id"], "--as", "henglan", "--now", at("06-03T15:00"))
    run_stages(lamps, at("06-03T15:00"))
    told = mails(lamps)
    assert told[0] == ("cables@exporter.example", "issue")
    assert ("cables@exporter.example", "update") in told and ("lamps@exporter.example", "issue") in told


@pytest.fixture
def bowls(tbtwatch: Commands) -> Commands:
    """A doubtful notice of tableware: Dabu's desk has it, and a firm of Dabu asked for it."""
    officers(tbtwatch, dabu=STRANGER, meizhou=MEIZHOU, guangdong=PROVINCE)
    add_firm(tbtwatch, "bowls@exporter.example", CERAMICS, STRANGER)
    publish(
        tbtwatch, [notice_row(SYMBOL, "Ceramic tableware: lead release", "2026-06-01", "2026-08-10")], at("06-03T09:00")
    )
    return tbtwatch


def test_nobody_in_the_county_acts_and_the_province_issues_on_behalf(bowls: Commands) -> None:
    """(b) County, city, province: each in its time, with the reason; the mail says who signed for whom."""
    assert review_at(bowls, STRANGER)["state"] == "open"
    run_stages(bowls, at("06-10T09:00"))
    city = review_at(bowls, MEIZHOU)
    assert "大埔县市场监管局逾期未研判" in city["reasons"]
    run_stages(bowls, at("06-12T09:00"))
    province = review_at(bowls, PROVINCE)
    assert "梅州市市场监管局逾期未研判" in province["reasons"]
    bowls.answer("reviews", "accept", province["id"], "--as", "guangdong", "--now", at("06-12T10:00"))
    run_stages(bowls, at("06-12T10:00"))
    assert mails(bowls) == [("bowls@exporter.example", "digest"), ("bowls@exporter.example", "issue")]
    text = newest_mail(bowls, "bowls@exporter.example")["text"]
    assert "省市场监管局代" in text and "签发（预警代发）" in text


def test_nobody_acts_at_all_and_it_is_out_within_ten_days_all_the_same(bowls: Commands) -> None:
    """(c) The exporter has it in Monday's digest, and the warning itself, marked, on the tenth day."""
    digest, issue = ("bowls@exporter.example", "digest"), ("bowls@exporter.example", "issue")
    for day in range(4, 13):
        run_stages(bowls, at(f"06-{day:02d}T09:00"))
        assert mails(bowls) == ([digest] if day >= 8 else [])
        if day == 8:
            assert "未经研判" in newest_mail(bowls, "bowls@exporter.example")["text"]
    run_stages(bowls, at("06-13T09:00"))
    assert mails(bowls) == [digest, issue]
    assert "未经研判" in newest_mail(bowls, "bowls@exporter.example")["text"]
    assert newest_warning(bowls)["basis"] == "unreviewed"


def test_a_red_on_the_national_day_is_out_within_four_hours(tbtwatch: Commands) -> None:
    """(d) County, city and province have it at once; nobody is at work; at noon it is out, marked."""
    officers(tbtwatch, chenghai=CHENGHAI, guangdong=PROVINCE)
    add_firm(tbtwatch, "toys@exporter.example", TOYS, CHENGHAI)
    row = notice_row(
        SYMBOL, "Emergency ban of toys with magnets", "2026-10-01", Products_covered="Toys (HS code(s): 950300)",
        Notification_type="Emergency notification",
    )  # fmt: skip
    publish(tbtwatch, [row], at("10-01T08:00"))
    assert newest_warning(tbtwatch)["severity"] == "red"
    assert {CHENGHAI, "440500", PROVINCE} <= {r["bureau"] for r in tbtwatch.answer("reviews", "list")}
    run_stages(tbtwatch, at("10-01T11:59"))
    assert mails(tbtwatch) == []
    run_stages(tbtwatch, at("10-01T12:00"))
    assert mails(tbtwatch) == [("toys@exporter.example", "issue")]
    assert "机器初判，未经研判" in newest_mail(tbtwatch, "toys@exporter.example")["text"]


def test_a_wider_scope_is_an_update_to_the_old_and_a_first_issue_to_the_new(tbtwatch: Commands) -> None:
    """(e) The second half; the withdrawal that cancels to exactly the earlier ones is in test_first_mail.py."""
    add_firm(tbtwatch, "toys@exporter.example", TOYS, CHENGHAI)
    add_firm(tbtwatch, "bowls@exporter.example", CERAMICS, STRANGER)
    row = {"Products_covered": "Toys (HS code(s): 950300); (ICS code(s): 97.200.50)"}
    publish(tbtwatch, [notice_row(SYMBOL, "Safety of toys", "2026-06-01", "2026-08-10", **row)], at("06-03T09:00"))
    assert mails(tbtwatch) == [("toys@exporter.example", "issue")]
    wider = {"Products_covered": "Toys (HS code(s): 950300); ceramic tableware (HS code(s): 691110)"}
    addendum = notice_row(
        f"{SYMBOL}/Add.1", "Safety of toys and tableware", "2026-06-08", "2026-08-10",
        Keywords="Content or scope of measure changed", Notification_type="Addendum to Regular Notification", **wider,
    )  # fmt: skip
    publish(tbtwatch, [addendum], at("06-08T09:00"))
    for review in tbtwatch.answer("reviews", "list"):  # a new industry may be in doubt: then a desk signs
        officers(tbtwatch, guangdong=PROVINCE)
        tbtwatch.answer("reviews", "accept", review["id"], "--as", "guangdong", "--now", at("06-08T10:00"))
        run_stages(tbtwatch, at("06-08T10:00"))
        break
    assert sorted(mails(tbtwatch)[1:]) == [("bowls@exporter.example", "issue"), ("toys@exporter.example", "update")]


def test_a_first_fill_of_ten_thousand_mails_nobody(fresh: Commands) -> None:
    """(h) Ten thousand old notices: 0 mails, 0 reviews; those whose dates lie ahead stand on one list."""
    fresh.answer("db", "upgrade")
    fresh.answer("data", "load")
    add_firm(fresh, "toys@exporter.example", TOYS, CHENGHAI)
    day, rows = date(2024, 1, 1), []
    for number in range(10_000):
        published = day + timedelta(days=number % 880)
        deadline = "2026-07-31" if number % 1000 == 0 else "2025-01-01"
        rows.append(
            notice_row(f"G/TBT/N/USA/{number + 1}", f"Safety of toys, part {number}", published.isoformat(), deadline)
        )
    sheet = export_sheet(fresh.var.with_suffix(".csv"), rows)
    assert fresh.answer("import", str(sheet), "--now", at("06-03T09:00"))["new"] == 10_000
    run_stages(fresh, at("06-03T09:00"))
    assert mails(fresh) == [] and fresh.answer("reviews", "list") == [] and fresh.answer("warnings", "list") == []
    assert len(fresh.answer("notices", "list", "--open", "--now", at("06-03T09:00"))) == 10
