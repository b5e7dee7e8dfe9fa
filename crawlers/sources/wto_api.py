"""Records of the keyed ePing API (and of the site's own JSON, which has the same item) -> NoticeItem."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from crawlers.codes import codes_in_text, distinct_codes, hs_code, hs_in_cell, ics_code, ics_in_cell
from crawlers.dates import read_date, resolve_date
from crawlers.errors import BadRecord, EmptyAnswer, HtmlInstead, TruncatedAnswer, WrongCharset, WrongFormat
from crawlers.items import Link, NoticeItem, as_json
from crawlers.markup import one_line, plain_text
from crawlers.members import member_code
from crawlers.reading import Note, Reading, distinct_links, language_of, links_in, members_of, split_title
from crawlers.symbols import find_symbols

# Item 3 of the TBT form, by the names of the fields; the order is inferred from the names (sources/wto.md 1).
_ARTICLES = {
    "technicalRegulation": "2.9.2",
    "technicalRegulationUrgent": "2.10.1",
    "conformityAssessmentProcedure": "5.6.2",
    "conformityAssessmentProcedureUrgent": "5.7.1",
    "technicalRegulationLocalGovernment": "3.2",
    "conformityAssessmentProcedureLocalGovernment": "7.2",
    "articleOther": "other",
}
_URGENT = {"2.10.1", "5.7.1"}
_STANDARDS = {
    "codexAlimentariusCommision": "codex",
    "worldOrganizationForAnimalHealth": "woah",
    "internationalPlantProtectionConvention": "ippc",
    "notRelevant": "none",
}
_CONFORMS = {"conformStandardYes": "yes", "conformStandardNo": "no", "conformStandardNA": "not applicable"}
# Read by name and left: sort keys, the site's own bookkeeping, and what another field says better.
_IGNORED = frozenset(
    (
        "documentSymbolOrdered",
        "notifyingMemberCode",
        "version",
        "notificationFormatId",
        "relatedNotifications",
        "isCountExceeded",
        "isFavorite",
        "language",
        "languageId",
    )
)


_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")  # the escape of one, rightly paired or not
LONGEST_WORD = 5  # false: a cut in the middle of one is told from its beginning


def read_answer(body: bytes, source: str) -> Reading:
    """One page of the search operation. A record that cannot be read is listed as bad; the others are kept.

    Raises EmptyAnswer, HtmlInstead, WrongCharset, TruncatedAnswer, WrongFormat.
    """
    answer = _decode(body)
    records = answer.get("items") if isinstance(answer, dict) else None
    if not isinstance(records, list):
        raise WrongFormat("the answer has no list 'items': the API has changed, see sources/wto_api.py")
    total, size = answer.get("totalCount"), answer.get("pageSize")
    reading = Reading(
        rows=len(records),
        total=total if isinstance(total, int) else None,
        page_size=size if isinstance(size, int) and size > 0 else None,
    )
    halves = _HALF_CHARACTER.search(body) is not None
    for position, record in enumerate(records, 1):
        try:
            item, notes = read_item(record, source)
            if halves:
                _refuse_broken_text(item)
        except BadRecord as error:
            reading.bad.append(error)
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            reading.bad.append(BadRecord(f"record {position}", f"a field is not of its declared type ({error})"))
        else:
            reading.items.append(item)
            reading.notes += notes
    reading.notes = list(dict.fromkeys(reading.notes))
    return reading


def _decode(body: bytes) -> Any:
    if not body.strip():
        raise EmptyAnswer("the answer is empty")
    if body.lstrip()[:1] == b"<":
        raise HtmlInstead("an HTML page came instead of JSON: maintenance, or a person is wanted")
    try:
        return json.loads(body.replace(b"\\u0000", b""))  # no store takes NUL in a text
    except UnicodeDecodeError as error:
        raise WrongCharset(f"the answer is not UTF-8 (byte {error.start} of {len(body)})") from None
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc.rstrip()) - LONGEST_WORD or error.msg.startswith("Unterminated"):
            raise TruncatedAnswer(f"the JSON ends in the middle, after {len(body)} bytes") from None
        raise WrongFormat(f"the answer is no JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise WrongFormat("the answer is no listing: it is nested too deeply") from None


def read_item(record: Mapping[str, Any], source: str) -> tuple[NoticeItem, list[Note]]:
    """One item of the answer, and notes on it. Raises BadRecord when id or symbol is missing or unreadable.

    Only these two are required: the API leaves fields out that its own documentation marks as required.
    """
    left = dict(record)
    key = str(left.pop("id", None) or "").strip()
    printed = str(left.pop("documentSymbol", None) or "")
    symbols = find_symbols(printed)
    if not key or not symbols:
        raise BadRecord(printed.strip() or f"id {key or '?'}", "no id or no document symbol that can be read")
    issuer, members, notes = members_of(str(left.pop("notifyingMember", None) or ""), symbols)
    published = _published(left, str(symbols[0]))
    texts = _texts(left)
    fields = texts | _codes(left, texts["products"]) | _dates(left, published) | _lists(left)
    item = NoticeItem(
        source=source,
        source_key=key,
        kind="notification",
        issuer=issuer,
        members=members,
        symbols=tuple(map(str, symbols)),
        domain=symbols[0].domain,
        links=_links(left),
        attributes=_attributes(left),
        **fields,
    )
    if item.notification_type and "emergency" in item.notification_type.lower():
        item.attributes["urgent"] = True
    left.pop("area", None)
    unread = sorted(name for name in left if name not in _IGNORED)
    return item, notes + [
        Note("unread_field", name, f"the API has a field '{name}' that is not read") for name in unread
    ]


def _refuse_broken_text(item: NoticeItem) -> None:
    try:
        json.dumps(as_json(item), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadRecord(item.symbols[0], "a field holds half a character (a lone surrogate)") from None


def _published(left: dict[str, Any], record: str) -> tuple[Any, str]:
    text = str(left.pop("distributionDate", None) or "")
    day = read_date(text)
    if text and day is None:
        raise BadRecord(record, f"distribution date '{text}' is no date")
    return day, text


def _texts(left: dict[str, Any]) -> dict[str, Any]:
    raw = {
        name: left.pop(f"{name}Plain", None) or left.get(name) for name in ("title", "description", "productsFreeText")
    }
    for name in raw:
        left.pop(name, None)
    title, description = split_title(plain_text(raw["title"]), plain_text(raw["description"]))
    products = plain_text(raw["productsFreeText"])
    kind = left.pop("notificationType", None)
    return {
        "title": title,
        "description": description,
        "products": "" if products == "None" else products,
        "lang": language_of(f"{title}\n{description}\n{products}"),
        "notification_type": one_line(str(kind)) if kind else None,
    }


def _codes(left: dict[str, Any], products: str) -> dict[str, Any]:
    text = str(left.pop("hsCodeText", None) or ""), str(left.pop("icsCodeText", None) or "")
    listed = [
        [str(entry.get("code") or entry.get("name") or "") for entry in left.pop(name, None) or []]
        for name in ("hsCodes", "icsCodes")
    ]
    own_hs, own_ics = codes_in_text(products)
    return {
        "hs": distinct_codes(map(hs_code, listed[0]), hs_in_cell(text[0]), own_hs),
        "ics": distinct_codes(map(ics_code, listed[1]), ics_in_cell(text[1]), own_ics),
    }


def _dates(left: dict[str, Any], published: tuple[Any, str]) -> dict[str, Any]:
    day, text = published
    deadline = str(left.pop("commentDeadlineDate", None) or "")
    adoption = str(left.pop("proposedAdoptionDate", None) or left.get("proposedAdoptionDateText") or "")
    adopted = resolve_date(adoption, day)
    force = str(left.pop("proposedEntryIntoForceDate", None) or left.get("proposedEntryIntoForceDateText") or "")
    return {
        "published_on": day,
        "published_text": text,
        "comment_deadline": resolve_date(deadline, day),
        "comment_deadline_text": deadline,
        "adoption_on": adopted,
        "adoption_text": plain_text(left.pop("proposedAdoptionDateText", None)) or adoption,
        "force_on": resolve_date(force, day, adopted),
        "force_text": plain_text(left.pop("proposedEntryIntoForceDateText", None)) or force,
    }


def _lists(left: dict[str, Any]) -> dict[str, Any]:
    keywords = _names(left.pop("keywords", None)) + _names(left.pop("spsKeywords", None))
    affected = _names(left.pop("countriesAffected", None))
    words = [plain_text(left.pop(name, None)) for name in ("specificRegionsOrCountries", "affectedRegionsOrCountries")]
    return {
        "objectives": tuple(dict.fromkeys(_names(left.pop("objectives", None)))),
        "keywords": tuple(dict.fromkeys(keywords)),
        "origins": tuple(dict.fromkeys(code for code in map(member_code, affected) if code)),
        "regions_affected": next((w for w in words if w), "") or ", ".join(affected),
    }


def _names(entries: list[dict[str, Any]] | None) -> list[str]:
    return [name for name in (plain_text(str(entry.get("name") or "")) for entry in entries or []) if name]


def _links(left: dict[str, Any]) -> tuple[Link, ...]:
    """`linkToNotification` is given as it stands; dolLink is the same document under the WTO's older address."""
    links = links_in(str(left.pop("linkToNotification", None) or ""), "notification")
    dol = str(left.pop("dolLink", None) or "").strip()
    if dol and not links:
        path = dol.replace("\\", "/")
        links.append(
            Link("notification", "", f"https://docs.wto.org/dol2fe/Pages/SS/directdoc.aspx?filename=q:/{path}")
        )
    return distinct_links(links + links_in(str(left.pop("notifiedDocumentLink", None) or ""), "document"))


def _attributes(left: dict[str, Any]) -> dict[str, object]:
    articles = [article for name, article in _ARTICLES.items() if left.pop(name, None)]
    standards = [body for name, body in _STANDARDS.items() if left.pop(name, None)]
    conforms = [answer for name, answer in _CONFORMS.items() if left.pop(name, None)]
    found: dict[str, object] = {
        "articles": articles,
        "urgent": bool(_URGENT.intersection(articles)),
        "international_standards": standards,
        "conforms_to_standard": conforms[0] if conforms else None,
        "all_trading_partners": bool(left.pop("allTradingPartners", None)),
        "trade_facilitating": bool(left.pop("tradeFacilitatingMeasure", None)),
        "objectives_text": plain_text(left.pop("objectivesFreeText", None)),
        "relevant_document": plain_text(left.pop("relevantDocumentTitle", None)),
    }
    return {name: value for name, value in found.items() if value}
