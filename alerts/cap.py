"""One warning version as a CAP 1.2 message (OASIS Common Alerting Protocol, 1 July 2010). Pure.

docs/cap.md has the tables below in words, and the reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from lxml import etree

from store.clock import SHANGHAI

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
CONTENT_TYPE = "application/cap+xml"
# None of CAP's categories is trade. A product's hazard abroad is no danger to people here: "Safety" or "Health" would
# put the message among public alarms.
CATEGORY = "Other"
MSG_TYPES = {"issue": "Alert", "update": "Update", "cancel": "Cancel"}
SEVERITY = {"red": "Extreme", "orange": "Severe", "yellow": "Moderate", "blue": "Minor"}
RESPONSE = {
    "draft": ("Assess", "Prepare"),  # judge the draft and comment; see to what it would ask
    "adopted": ("Prepare",),
    "in_force": ("Execute",),
    "emergency": ("Execute",),
    "recall": ("Assess",),
    "border": ("Assess",),
    "standard": ("Monitor",),
    "other": ("Monitor",),
    "withdrawn": ("AllClear",),
}
CERTAINTY = {
    "draft": "Possible",
    "adopted": "Likely",
    "in_force": "Observed",
    "emergency": "Observed",
    "recall": "Observed",
    "border": "Observed",
    "withdrawn": "Unlikely",
}
_URGENCY = ("Future", "Expected", "Immediate")
_URGENT = {"draft": 0, "standard": 0, "adopted": 1, "in_force": 2, "emergency": 2, "recall": 2, "border": 2}
_SOONER = {"red": 1, "blue": -1}
_NOT_IN_NAMES = re.compile(r"[\s,<&]")  # CAP 1.2, 3.2.1: of identifier and sender
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Sent:
    """Who sent which message when: what a later message refers to."""

    sender: str
    identifier: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Area:
    """Places by name, with their administrative codes."""

    description: str
    codes: Sequence[str]  # GB/T 2260 (6 digits), towns GB/T 10114 (9 digits)


@dataclass(frozen=True, slots=True)
class Info:
    """What is told in one language; empty texts are left out."""

    language: str
    event: str
    sender_name: str
    headline: str
    description: str
    instruction: str
    areas: Sequence[Area]
    parameters: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """A version as CAP asks for it; instants are aware. `stage` is one of alerts.facts.STAGES, `kind` issue | update |
    cancel, `status` Actual | Exercise | Test."""

    sent: Sent
    status: str
    kind: str
    stage: str
    severity: str
    infos: Sequence[Info]
    references: Sequence[Sent] = ()  # the earlier messages of the same warning, the first first
    note: str = ""
    onset: datetime | None = None
    expires: datetime | None = None
    web: str = ""
    contact: str = ""


def cap_xml(alert: Alert) -> bytes:
    """The message as UTF-8 XML. Raises ValueError for a sender or identifier that CAP does not allow."""
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the stubs know no default one
    _add(root, "identifier", _name(alert.sent.identifier))
    _add(root, "sender", _name(alert.sent.sender))
    _add(root, "sent", instant(alert.sent.at))
    _add(root, "status", alert.status)
    _add(root, "msgType", MSG_TYPES[alert.kind])
    _add(root, "scope", "Public")
    _add(root, "note", alert.note)
    if alert.kind != "issue":
        _add(root, "references", " ".join(_reference(earlier) for earlier in alert.references))
    for info in alert.infos:
        _add_info(root, alert, info)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def instant(at: datetime) -> str:
    """`2026-06-03T09:00:00+08:00`: CAP wants seconds and an offset, and no Z."""
    return at.astimezone(SHANGHAI).replace(microsecond=0).isoformat()


def urgency_of(stage: str, severity: str) -> str:
    """How soon to act: by the stage, one step sooner for red, one later for blue."""
    if stage == "withdrawn":
        return "Past"
    if stage not in _URGENT:
        return "Unknown"
    step = _URGENT[stage] + _SOONER.get(severity, 0)
    return _URGENCY[min(max(step, 0), len(_URGENCY) - 1)]


def sender_of(base_url: str) -> str:
    """The sender's name: the service at its own address, `tbtwatch@warn.example`."""
    return f"tbtwatch@{urlsplit(base_url).netloc}"


def _add_info(root: etree._Element, alert: Alert, info: Info) -> None:
    """One info block, its parts in the order of the schema."""
    stage = "withdrawn" if alert.kind == "cancel" else alert.stage
    block = etree.SubElement(root, f"{{{NAMESPACE}}}info")
    _add(block, "language", info.language)
    _add(block, "category", CATEGORY)
    _add(block, "event", info.event)
    _add_all(block, "responseType", RESPONSE.get(stage, ("Monitor",)))
    _add(block, "urgency", urgency_of(stage, alert.severity))
    _add(block, "severity", SEVERITY.get(alert.severity, "Unknown"))
    _add(block, "certainty", CERTAINTY.get(stage, "Unknown"))
    _add(block, "effective", instant(alert.sent.at))
    _add(block, "onset", instant(alert.onset) if alert.onset else "")
    _add(block, "expires", instant(alert.expires) if alert.expires else "")
    for name, text in (
        ("senderName", info.sender_name),
        ("headline", info.headline),
        ("description", info.description),
        ("instruction", info.instruction),
        ("web", alert.web),
        ("contact", alert.contact),
    ):
        _add(block, name, text)
    for name, value in info.parameters:
        _add_pair(block, "parameter", name, value)
    for area in info.areas:
        _add_area(block, area)


def _add_area(block: etree._Element, area: Area) -> None:
    place = etree.SubElement(block, f"{{{NAMESPACE}}}area")
    _add(place, "areaDesc", area.description)
    for code in area.codes:
        _add_pair(place, "geocode", "GBT10114" if len(code) > 6 else "GBT2260", code)


def _add(parent: etree._Element, name: str, text: str) -> None:
    if text := _NOT_IN_XML.sub("", text):
        etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text


def _add_all(parent: etree._Element, name: str, texts: Iterable[str]) -> None:
    for text in texts:
        _add(parent, name, text)


def _add_pair(parent: etree._Element, kind: str, name: str, value: str) -> None:
    if not _NOT_IN_XML.sub("", value):
        return
    pair = etree.SubElement(parent, f"{{{NAMESPACE}}}{kind}")
    _add(pair, "valueName", name)
    _add(pair, "value", value)


def _name(text: str) -> str:
    if not text or _NOT_IN_NAMES.search(text):
        raise ValueError(f"'{text}' cannot name a CAP message: no spaces, commas, < or & in it")
    return text


def _reference(earlier: Sent) -> str:
    return f"{_name(earlier.sender)},{_name(earlier.identifier)},{instant(earlier.at)}"
