"""Up the tiers: three firms comment, the province's document holds all three in time, each firm hears the outcome."""

from __future__ import annotations

from pathlib import Path

import docx

from tests.cast import CHENGHAI, TOYS
from tests.stories.commands import NOW, Commands, is_told
from tests.stories.people import OFFICERS, add_firm, run_stages
from tests.stories.published import export_sheet, notice_row

FIRMS = [f"toys{number}@exporter.example" for number in range(3)]
IN_TIME, SUBMITTED_ON = "2026-07-01T10:00+08:00", "2026-07-20T10:00+08:00"
PRODUCTS = "Toys (HS code(s): 950300); Toys (ICS code(s): 97.200.50)"


def letters_to(tbtwatch: Commands, address: str) -> list[str]:
    """The kinds of the letters about comments to one address, the first first."""
    kinds = [mail["kind"] for mail in reversed(tbtwatch.answer("outbox", "list")) if mail["to"] == address]
    return [kind for kind in kinds if kind.startswith("comment_")]


def test_three_firms_comment_and_each_hears_the_outcome(tbtwatch: Commands, tmp_path: Path) -> None:
    for sign_in, code in OFFICERS.items():
        tbtwatch.answer("officers", "add", sign_in, "--bureau", code)
    for address in FIRMS:
        add_firm(tbtwatch, address, TOYS, CHENGHAI)
    row = notice_row("G/TBT/N/USA/2201", "Safety of toys", "2026-06-01", "2026-07-30", Products_covered=PRODUCTS)
    tbtwatch.answer("import", str(export_sheet(tmp_path / "sheet.csv", [row])), "--as-news", "--now", NOW)
    run_stages(tbtwatch)
    for review in tbtwatch.answer("reviews", "list"):
        tbtwatch("reviews", "accept", review["id"], "--as", "guangdong", "--now", NOW)
    run_stages(tbtwatch)
    (warning,) = tbtwatch.answer("warnings", "list")

    wordings = [f"把第{number}条改为按国际标准测试" for number in range(3)]
    said = ["--affected", "yes", "--harm", "没有对应的测试标准", "--now", IN_TIME]
    ids = [
        tbtwatch.answer(
            "comments", "add", warning["id"], "--subscriber", firm, "--wording", words, "--value", "100", *said
        )["id"]
        for firm, words in zip(FIRMS, wordings, strict=True)
    ]
    is_told(
        tbtwatch("comments", "screen", ids[0], "--as", "dabu"), 1, "may not decide here"
    )  # fmt: skip
    for one in ids[:2]:
        assert tbtwatch.answer("comments", "screen", one, "--as", "chenghai", "--now", IN_TIME)["screened"] == "usable"

    paper = tmp_path / "paper.docx"
    document = tbtwatch.answer(
        "comments", "compile", warning["id"], "--as", "guangdong", "--docx", str(paper), "--now", SUBMITTED_ON
    )
    assert document["comments"] == ids
    text = "\n".join(paragraph.text for paragraph in docx.Document(str(paper)).paragraphs)
    assert all(words in text for words in wordings) and text.count("未经县级筛选") == 2  # its impact and its wording

    scan = tmp_path / "sealed.pdf"
    scan.write_bytes(b"%PDF-1.4 sealed")
    by = ["--as", "guangdong", "--number", "粤函〔2026〕1号", "--date", "2026-07-20", "--route", "公文交换"]
    paper.with_suffix(".txt").write_text("no scan")
    is_told(
        tbtwatch("comments", "submit", document["id"], "--scan", str(paper.with_suffix(".txt")), *by), 1, "neither PDF"
    )
    sent = tbtwatch.answer("comments", "submit", document["id"], "--scan", str(scan), *by, "--now", SUBMITTED_ON)
    assert (sent["status"], sent["submitted_at"][:10]) == ("submitted", "2026-07-20")  # three days before the 23rd
    run_stages(tbtwatch, SUBMITTED_ON)
    for firm in FIRMS:
        assert letters_to(tbtwatch, firm) == ["comment_received", "comment_used", "comment_submitted"]
    assert {row["state"] for row in tbtwatch.answer("comments", "list")} == {"submitted"}
