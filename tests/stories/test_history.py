"""History never alerts: it is classified and searchable. What follows it, and what the province lets out, is news."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cast import CHENGHAI, TOYS
from tests.stories.commands import NOW, Commands
from tests.stories.conftest import Prepare
from tests.stories.people import add_firm, mails, newest_mail, run_stages
from tests.stories.published import export_sheet, notice_row

ROWS, FIRMS = 1000, 10
OLD = "G/TBT/N/USA/{}"
PRODUCTS = "Toys (HS code(s): 950300); Toys (ICS code(s): 97.200.50)"  # what the classifier is sure of


def old_row(number: int) -> dict[str, str]:
    """A toy notification of 2025, its comment period long over."""
    day = f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    return notice_row(
        OLD.format(number), f"Safety of toys, part {number}", day, "2025-12-31", Products_covered=PRODUCTS
    )


def recent_row(number: int) -> dict[str, str]:
    """A toy notification of the week, open for comments."""
    return notice_row(
        OLD.format(number), f"Toys, draft {number}", "2026-06-01", "2026-07-31", Products_covered=PRODUCTS
    )


def with_ten_firms(tbtwatch: Commands) -> None:
    """Ten firms that want every toy warning, and a thousand old rows about toys."""
    for number in range(FIRMS):
        add_firm(tbtwatch, f"firm{number}@exporter.example", TOYS, CHENGHAI)
    tbtwatch.answer("officers", "add", "guangdong", "--bureau", "440000")
    sheet = export_sheet(tbtwatch.var.with_suffix(".csv"), [old_row(number) for number in range(1, ROWS + 1)])
    done = tbtwatch.answer("import", str(sheet), "--now", NOW)
    assert done == {
        "file": sheet.name, "rows": ROWS, "new": ROWS, "changed": 0, "unchanged": 0, "rejected": 0,
    }  # fmt: skip
    counts = run_stages(tbtwatch)
    assert (counts["classify"], counts["raise"], counts["send"]) == (ROWS, ROWS, 0)


@pytest.fixture
def archive(prepared: Callable[[Prepare], Commands]) -> Commands:
    """A store that took over the past."""
    return prepared(with_ten_firms)


def take_over(archive: Commands, row: dict[str, str], *options: str) -> dict[str, int]:
    """Import one row and do everything that is pending; the import's counts."""
    sheet = export_sheet(archive.var.with_suffix(".csv"), [row])
    counts: dict[str, int] = archive.answer("import", str(sheet), "--now", NOW, *options)
    run_stages(archive)
    return counts


def test_a_thousand_old_rows_make_no_review_and_no_mail(archive: Commands) -> None:
    assert archive.answer("reviews", "list", "--state", "all") == []
    assert archive.answer("warnings", "list") == []
    assert mails(archive) == []
    found = archive.answer("notices", "list", "--industry", TOYS)
    assert len(found) == ROWS
    assert {notice["admitted"] for notice in found} == {"history"}


def test_a_later_addendum_to_one_of_them_is_news(archive: Commands) -> None:
    addendum = notice_row(
        OLD.format(7) + "/Add.1", "Safety of toys, part 7", "2026-06-02",
        Notification_type="Addendum to Regular Notification", Keywords="Adoption/publication/entry into force of reg.",
    )  # fmt: skip
    assert take_over(archive, addendum, "--as-news")["new"] == 1
    shown = archive.answer("notices", "show", OLD.format(7) + "/Add.1")
    assert (shown["admitted"], shown["thread_reason"]) == ("news", "adopted")
    (warning,) = archive.answer("warnings", "list")
    assert (warning["industries"], warning["stage"], warning["basis"]) == ([TOYS], "adopted", "automatic")
    assert mails(archive) == [(f"firm{number}@exporter.example", "issue") for number in range(FIRMS)]


def test_recent_rows_alert_only_when_imported_as_news(archive: Commands) -> None:
    assert take_over(archive, recent_row(5001))["new"] == 1
    assert mails(archive) == []
    assert take_over(archive, recent_row(5002), "--as-news")["new"] == 1
    assert [kind for _, kind in mails(archive)] == ["issue"] * FIRMS


def test_what_can_still_be_commented_on_waits_for_the_province(archive: Commands) -> None:
    take_over(archive, recent_row(5001))
    (still_open,) = archive.answer("notices", "list", "--open", "--now", NOW)
    assert (still_open["symbols"], still_open["comment_deadline"]) == ([OLD.format(5001)], "2026-07-31")
    assert archive.answer("notices", "list", "--open", "--now", "2026-08-01T09:00+08:00") == []
    archive.answer("notices", "release", still_open["id"], "--as", "guangdong", "--now", NOW)
    run_stages(archive)
    assert [kind for _, kind in mails(archive)] == ["issue"] * FIRMS
    assert "2026年7月31日" in newest_mail(archive, "firm3@exporter.example")["text"]
    assert archive.answer("notices", "list", "--open", "--now", NOW) == []


def test_old_notices_are_history_even_when_imported_as_news(archive: Commands) -> None:
    old = notice_row(OLD.format(6001), "Toys of the past", "2026-05-01", "2026-06-01", Products_covered=PRODUCTS)
    assert take_over(archive, old, "--as-news")["new"] == 1
    assert archive.answer("notices", "show", OLD.format(6001))["admitted"] == "history"
    assert mails(archive) == []


def test_a_row_dated_in_the_future_is_refused_by_name(archive: Commands) -> None:
    late = notice_row("G/TBT/N/USA/9999", "Safety of toys", "2026-12-31")
    sheet = export_sheet(archive.var.with_suffix(".csv"), [late, recent_row(5003)])
    counts = archive.answer("import", str(sheet), "--as-news", "--now", NOW)
    assert (counts["rows"], counts["new"], counts["rejected"]) == (2, 1, 1)
