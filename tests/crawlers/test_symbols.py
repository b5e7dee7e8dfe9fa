"""Symbols: normal form, families, and the reason of an addendum."""

from __future__ import annotations

import pytest

from crawlers.items import NoticeItem
from crawlers.symbols import family_of, find_symbols, thread_reason


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        (" G/TBT/N/USA/1234", ["G/TBT/N/USA/1234"]),
        (" G/TBT/N/USA/00001234/Add.00000002", ["G/TBT/N/USA/1234/Add.2"]),  # the sort key
        ("G/TBT/N/USA/1234/Amend.1", []),  # never the original
        (
            " G/TBT/N/ARE/703, G/TBT/N/BHR/780,G/TBT/N/KWT/764",
            ["G/TBT/N/ARE/703", "G/TBT/N/BHR/780", "G/TBT/N/KWT/764"],
        ),
        ("g/sps/n/tpkm/641/ Add. 1", ["G/SPS/N/TPKM/641/Add.1"]),
        ("G/SPS/N/BRA/2175/Add.2/Corr.1", ["G/SPS/N/BRA/2175/Add.2/Corr.1"]),
        ("G/TBT/N/USA/552/Rev.3/Add.5", ["G/TBT/N/USA/552/Rev.3/Add.5"]),
        ("G/TBT/Notif.00/015", ["G/TBT/Notif.00/15"]),
        ("G/TBT/N/EU/7, G/TBT/N/EU/7", ["G/TBT/N/EU/7"]),
        ("G/TBT/N/1122/Rev.1", []),  # the member is missing
        ("G/TBT/N/USA/1234567890123456", []),
    ],
)
def test_symbols_are_found_in_normal_form(text: str, symbols: list[str]) -> None:
    assert [str(symbol) for symbol in find_symbols(text)] == symbols


@pytest.mark.parametrize(
    ("symbol", "family"),
    [
        ("G/TBT/N/USA/552/Rev.3/Add.5", "TBT/USA/552"),
        ("G/TBT/N/EEC/29", "TBT/EU/29"),  # the Union's symbol before 2009
        ("G/TBT/Notif.99/212", "TBT/Notif.99/212"),
    ],
)
def test_all_documents_on_one_notification_share_a_family(symbol: str, family: str) -> None:
    assert family_of(symbol) == family


def test_what_is_no_symbol_has_no_family() -> None:
    with pytest.raises(ValueError, match="no WTO document symbol"):
        family_of("WT/DS/1")


def _addendum(text: str = "", *keywords: str, symbol: str = "G/SPS/N/JPN/1/Add.1") -> NoticeItem:
    return NoticeItem("s", "1", "notification", "JPN", symbols=(symbol,), description=text, keywords=keywords)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (_addendum("", "Modification of final date for comments"), "deadline_changed"),
        (_addendum("The period for comments is extended to 3 August 2026."), "deadline_changed"),
        (_addendum("Se amplía el plazo para presentar observaciones."), "deadline_changed"),
        (_addendum("评议期延长：延长评议截止日期至8月3日"), "deadline_changed"),
        (_addendum("", "Withdrawal of the measure"), "withdrawn"),
        (_addendum("The United Kingdom withdraws the draft notified in G/TBT/N/GBR/127."), "withdrawn"),
        (_addendum("", "Adoption/publication/entry into force of reg."), "adopted"),
        (_addendum("It came into force on 1 May.", "Adoption/publication/entry into force of reg."), "in_force"),
        (_addendum("The final rule was adopted on 12 May 2026."), "adopted"),
        (_addendum("The order comes into force on 1 December 2026."), "in_force"),
        (_addendum("", "Modification of content/scope of regulation"), "scope_changed"),
        (_addendum("The draft is amended: luminaires are left out."), "scope_changed"),
        (_addendum("The code is replaced.", symbol="G/TBT/N/TPKM/589/Corr.1"), "corrected"),
        (_addendum("Supplementary information.", symbol="G/TBT/N/JPN/2/Suppl.1"), "other"),
        (_addendum("Adopted.", symbol="G/TBT/N/BRA/1588/Rev.1"), None),
        (_addendum("Adopted.", symbol="G/TBT/N/BRA/1588"), None),
    ],
)
def test_the_reason_of_an_addendum(item: NoticeItem, reason: str | None) -> None:
    assert thread_reason(item) == reason
