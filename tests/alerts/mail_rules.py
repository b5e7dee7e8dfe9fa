"""What every mail must keep to, as a list of offences: headers, structure, lengths, encodings, HTML and calendar."""

from __future__ import annotations

import re
from email.message import EmailMessage

from icalendar import Calendar
from lxml import html as lxml_html

from tests.alerts.mailed import parsed, part

MOST_BYTES = 100_000
MOST_LINE = 998  # RFC 5322, 2.1.1
MOST_HEADER = 78  # the same: should
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted")
OWN = ("List-Unsubscribe", "List-Unsubscribe-Post")  # RFC 8058, in what goes to subscribers
ALLOWED = frozenset({*ONCE, *OWN, "Reply-To", "In-Reply-To", "References", "Content-Transfer-Encoding"})
LOADS = "|".join(f"//{one}" for one in "img link script iframe object embed form input svg video base".split())
_BAD = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029\ue000-\uf8ff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_REMOTE = re.compile(r"\bsrc\s*=|url\(|@import|\bon[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)


def offences(raw: bytes, *, to_subscriber: bool) -> list[str]:
    """What is wrong with a message, in words; empty when nothing is."""
    message = parsed(raw)
    return [
        *_bytes(raw),
        *_headers(message, to_subscriber=to_subscriber),
        *_parts(message),
        *_html(part(message, "html")),
        *_calendar(message),
    ]


def _bytes(raw: bytes) -> list[str]:
    lines = raw.split(b"\r\n")
    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return [
        *(["larger than 100 kB"] if len(raw) >= MOST_BYTES else []),
        *(["not 7-bit"] if not raw.isascii() else []),
        *(["a bare CR or LF"] if any(b"\n" in line or b"\r" in line for line in lines) else []),
        *(["a line over 998"] if max(map(len, lines)) > MOST_LINE else []),
        *[f"a header line over 78: {line[:30]!r}" for line in head if len(line) > MOST_HEADER and _can_fold(line)],
    ]


def _can_fold(line: bytes) -> bool:
    return b" " in line.strip().partition(b": ")[2]


def _headers(message: EmailMessage, *, to_subscriber: bool) -> list[str]:
    names = [name for name, _ in message.items()]
    wanted = ONCE + (OWN if to_subscriber else ())
    found = [f"{name}: {names.count(name)} times" for name in wanted if names.count(name) != 1]
    found += [f"unexpected header {name}" for name in names if name not in ALLOWED]
    found += [f"header {name} holds a control character" for name, value in message.items() if _BAD.search(str(value))]
    if to_subscriber:
        if not re.fullmatch(r"<https://\S+\?token=[0-9a-f]{32}>", message["List-Unsubscribe"] or ""):
            found.append("List-Unsubscribe is no single https address")
        if message["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click":
            found.append("List-Unsubscribe-Post")
    if not re.fullmatch(r"<[0-9a-f]{32}@[\w.-]+>", message["Message-ID"] or ""):
        found.append("Message-ID")
    if not str(message["Subject"]).strip() or len(str(message["Subject"])) > 150:
        found.append("Subject is empty or long")
    return found


def _parts(message: EmailMessage) -> list[str]:
    kinds = [each.get_content_type() for each in message.walk()]
    plain, mixed = ["multipart/alternative", "text/plain", "text/html"], ["multipart/mixed"]
    if kinds not in (plain, [*mixed, *plain, "text/calendar"]):
        return [f"structure {kinds}"]
    found = [
        f"{each.get_content_type()} is not base64 in utf-8"
        for each in message.walk()
        if not each.is_multipart()
        and (each["Content-Transfer-Encoding"], each.get_content_charset()) != ("base64", "utf-8")
    ]
    texts = part(message, "plain") + part(message, "html")
    return found + (["a control, bidirectional or private character in the text"] if _BAD.search(texts) else [])


def _html(page: str) -> list[str]:
    tree = lxml_html.fromstring(page)
    found = [f"element {element.tag}" for element in tree.xpath(LOADS)]  # type: ignore[union-attr]
    found += ["something is loaded or run"] if _REMOTE.search(_without_text(tree)) else []
    hrefs = [str(link.get("href")) for link in tree.iter("a")]
    found += [f"link {href!r}" for href in hrefs if not href.startswith("https://")]
    found += ["no lang"] if tree.get("lang") != "zh-CN" else []
    wanted = ('name="viewport"', 'name="color-scheme"', "prefers-color-scheme: dark")
    found += [f"{what} missing" for what in wanted if what not in page]
    return found


def _without_text(tree: lxml_html.HtmlElement) -> str:
    """The tags with their attributes and styles, without the words between them."""
    elements = [one for one in tree.iter() if isinstance(one.tag, str)]
    tags = [f"<{one.tag} " + " ".join(f'{k}="{v}"' for k, v in one.items() if k != "href") for one in elements]
    return "\n".join(tags) + "".join(style.text or "" for style in tree.iter("style"))


def _calendar(message: EmailMessage) -> list[str]:
    found = []
    for attached in message.iter_attachments():
        raw = attached.get_payload(decode=True)
        assert isinstance(raw, bytes)
        calendar = Calendar.from_ical(raw.decode())
        found += ["a calendar line over 75 bytes"] if any(len(line) > 75 for line in raw.split(b"\r\n")) else []
        events = calendar.walk("VEVENT")
        found += [] if events and calendar["method"] == "PUBLISH" and calendar["version"] == "2.0" else ["calendar"]
        wanted = ("uid", "dtstamp", "dtstart", "summary")
        found += [f"event without {name}" for event in events for name in wanted if name not in event]
        found += [f"calendar {error}" for event in events for error in event.errors]
    return found
