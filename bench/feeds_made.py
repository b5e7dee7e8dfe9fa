"""The seeded records as feeds of a regulator: every other page RSS 2.0, the others Atom, 100 entries each."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from bench.generators import PAGE

_RSS = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' "
    "xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>Rules and recalls</title><language>en</language>"
    "<link>https://agency.example/</link><atom:link rel='self' href='https://agency.example/rss'/>{}</channel></rss>"
)
_ATOM = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'>"
    "<title>Rules and recalls</title><id>https://agency.example/</id><updated>2026-05-29T08:00:00Z</updated>"
    "<link rel='self' href='https://agency.example/atom'/>{}</feed>"
)


def feeds(records: Sequence[dict[str, Any]]) -> list[bytes]:
    """The records as feeds of PAGE entries."""
    pages = [records[i : i + PAGE] for i in range(0, len(records), PAGE)]
    return [_page(page, *((_RSS, _item), (_ATOM, _entry))[number % 2]) for number, page in enumerate(pages)]


def _page(records: Sequence[dict[str, Any]], frame: str, written: Callable[[dict[str, Any]], str]) -> bytes:
    return frame.replace("{}", "\n".join(map(written, records))).encode()


def _item(record: dict[str, Any]) -> str:
    published = format_datetime(datetime.fromisoformat(record["distributionDate"]), usegmt=True)
    tags = "".join(f"<category>{_escaped(word)}</category>" for word in _categories(record))
    return (
        f"<item>\n<title>{_escaped(_title(record))}</title>\n<link>{_escaped(record['notifiedDocumentLink'])}</link>\n"
        f"<guid isPermaLink='false'>{record['id']}</guid>\n<pubDate>{published}</pubDate>\n"
        f"<dc:creator>{_escaped(record['notifyingMember'])}</dc:creator>{tags}\n"
        f"<description>{_escaped(_summary(record))}</description>\n</item>"
    )


def _entry(record: dict[str, Any]) -> str:
    instant = record["distributionDate"]
    tags = "".join(f"<category term='{html.escape(word)}'/>" for word in _categories(record))
    return (
        f"<entry>\n<title>{_escaped(_title(record))}</title>\n"
        f"<link href='{html.escape(record['notifiedDocumentLink'])}'/>\n"
        f"<id>tag:agency.example,2026:{record['id']}</id>\n"
        f"<published>{instant}</published>\n<updated>{instant}</updated>\n"
        f"<author><name>{_escaped(record['notifyingMember'])}</name></author>{tags}\n"
        f"<summary type='html'>{_escaped(_summary(record))}</summary>\n</entry>"
    )


def _title(record: dict[str, Any]) -> str:
    """Without the body that the WTO's form puts into the title of an addendum."""
    return str(record["title"].partition("\n")[0])


def _summary(record: dict[str, Any]) -> str:
    """HTML as a publisher's system writes it: the body, the goods, the codes."""
    codes = "; ".join(code["name"] for code in (*record["hsCodes"], *record["icsCodes"]))
    goods = f"<p>Products covered: {html.escape(record['productsFreeText'])}</p>"
    return f"{record['description'] or ''}{goods}" + (f"<p>{html.escape(codes)}</p>" if codes else "")


def _categories(record: dict[str, Any]) -> list[str]:
    return [record["area"], *(aim["name"] for aim in record["objectives"])]


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)
