"""What foreign publishers say in the stories: answers of the keyed API to replay, and exported sheets to import."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TBT, SPS = "wto_tbt_notifications", "wto_sps_notifications"
ADDRESS = "https://api.wto.org/eping/notifications/search"
RECORDED_AT = "2026-06-03T09:00:00+08:00"

TOY_SYMBOL = "G/TBT/N/USA/2400"
TOY_LINK = "https://docs.wto.org/imrd/directdoc.asp?DDFDocuments/t/G/TBTN26/USA2400.DOCX"
# Words alone, no code: the classifier is unsure, and a county has to look.
DOUBTFUL_TOY = {
    "id": "130001", "area": "TBT", "documentSymbol": f" {TOY_SYMBOL}", "notifyingMember": "United States of America",
    "notificationType": "Regular notification", "distributionDate": "2026-06-01T00:00:00Z",
    "commentDeadlineDate": "2026-07-31T00:00:00Z", "title": "<p>Toys: small parts</p>",
    "description": "<p>Limits what can be swallowed.</p>", "productsFreeText": None,
    "linkToNotification": TOY_LINK,
}  # fmt: skip

HEADER = (
    "Notifying Member", "Distribution date", "Document symbol", "Title", "Description", "Products covered",
    "HS code(s)", "ICS code(s)", "Objectives", "Keywords", "Final date for comments", "Notification type",
    "Notified document", "Link to notification(EN)",
)  # fmt: skip


def record_answer(folder: Path, source: str, records: Sequence[Mapping[str, Any]]) -> Path:
    """A recording of one page with these records, in a folder of the source's name below `folder`."""
    body = {"items": records, "currentPage": 1, "pageSize": 100, "totalCount": len(records)}
    return record_exchanges(folder / source, [{}], {"answer.json": json.dumps(body).encode()})


def record_exchanges(
    folder: Path,
    exchanges: Sequence[Mapping[str, Any]],
    files: Mapping[str, bytes],
    recorded_at: str | None = RECORDED_AT,
) -> Path:
    """A recording: each exchange is a good answer to the API's address with the first file, but for what it says."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)
    usual = {
        "method": "GET", "url": ADDRESS, "match": "path", "request_body": None, "status": 200,
        "headers": {"Content-Type": "application/json; charset=utf-8"}, "body": next(iter(files), None), "delay_s": 0,
    }  # fmt: skip
    lines = [json.dumps({**usual, **exchange}) for exchange in exchanges]
    (folder / "exchanges.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if recorded_at:
        (folder / "recording.json").write_text(json.dumps({"recorded_at": recorded_at}), encoding="utf-8")
    return folder


def notice_row(symbol: str, title: str, published: str, deadline: str = "", **more: str) -> dict[str, str]:
    """A row of an export: a regular notification of the USA, but for what `more` says (keys as in HEADER)."""
    row = {
        "Notifying Member": "United States of America", "Document symbol": symbol, "Title": title,
        "Distribution date": published, "Final date for comments": deadline, "Products covered": "",
        "Notification type": "Regular notification",
        "Link to notification(EN)": f"https://docs.wto.org/imrd/directdoc.asp?{symbol.replace('/', '')}.DOCX",
    }  # fmt: skip
    return row | {name.replace("_", " "): value for name, value in more.items()}


def export_sheet(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """An exported sheet as CSV."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path
