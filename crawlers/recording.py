"""Recorded exchanges: DIR/exchanges.jsonl and DIR/recording.json, read strictly and written by `tbtwatch record`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawlers.errors import BadRecording
from store.clock import parse_instant

EXCHANGES, ABOUT = "exchanges.jsonl", "recording.json"
BLANK = "BLANKED"  # stands where a key stood
_FIELDS = {
    "method",
    "url",
    "match",
    "request_body",
    "status",
    "headers",
    "body",
    "delay_s",
    "cut_after",
    "fill_to",
    "drip_s",
}
PIECE_BYTES = 64  # what a dripping server sends at a time


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what the server answered."""

    method: str
    url: str
    match: str = "exact"
    request_body: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Path | None = None
    delay_s: float = 0.0
    cut_after: int | None = None  # bytes of the body after which the connection ends
    fill_to: int | None = None  # bytes to which the body is filled up
    drip_s: float = 0.0  # seconds between pieces of PIECE_BYTES

    @property
    def size(self) -> int:
        """Bytes of the whole body, filler included."""
        own = self.body.stat().st_size if self.body else 0
        return max(own, self.fill_to or 0)

    @property
    def duration_s(self) -> float:
        """Seconds the server takes, as recorded."""
        return self.delay_s + self.drip_s * (self.size // PIECE_BYTES)


def same_request(exchange: Exchange, method: str, url: str, body: bytes) -> bool:
    """Whether `exchange` answers this request: the order of the query does not matter, a blanked key fits any."""
    if exchange.method != method or not _same_url(exchange, url):
        return False
    return exchange.request_body is None or _normal_body(exchange.request_body.encode()) == _normal_body(body)


def _same_url(exchange: Exchange, url: str) -> bool:
    mine, asked = urlsplit(exchange.url), urlsplit(url)
    if (mine.scheme, mine.netloc.lower(), mine.path or "/") != (asked.scheme, asked.netloc.lower(), asked.path or "/"):
        return False
    if exchange.match == "path":
        return True
    blank = {name for name, value in parse_qsl(mine.query, keep_blank_values=True) if value == BLANK}
    return _query(mine.query, blank) == _query(asked.query, blank)


def _query(query: str, left_out: set[str]) -> list[tuple[str, str]]:
    return sorted((n, v) for n, v in parse_qsl(query, keep_blank_values=True) if n not in left_out)


def _normal_body(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return sorted(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)) or body


class Recording:
    """A folder of exchanges. Raises BadRecording, naming folder, file and line, when it is not one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / EXCHANGES
        if not path.is_file():
            raise BadRecording(f"{folder}: no {EXCHANGES} there: `tbtwatch record SOURCE DIR` makes such a folder")
        lines = path.read_text(encoding="utf-8").splitlines()
        self.exchanges = [self._read(line, number) for number, line in enumerate(lines, 1) if line.strip()]

    def _read(self, line: str, number: int) -> Exchange:
        where = f"{self.folder / EXCHANGES}, line {number}"
        try:
            values = json.loads(line)
        except ValueError as error:
            raise BadRecording(f"{where}: no JSON ({error})") from None
        if not isinstance(values, dict) or "url" not in values:
            raise BadRecording(f"{where}: an object with at least 'url' is wanted")
        if unknown := sorted(values.keys() - _FIELDS):
            raise BadRecording(f"{where}: unknown field '{unknown[0]}'; known are {', '.join(sorted(_FIELDS))}")
        if values.get("match", "exact") not in ("exact", "path"):
            raise BadRecording(f"{where}: match is 'exact' or 'path', not '{values['match']}'")
        values["body"] = self._body(values.get("body"), where)
        values["method"] = str(values.get("method", "GET")).upper()
        values["headers"] = values.get("headers") or {}
        values["delay_s"], values["drip_s"] = float(values.get("delay_s") or 0), float(values.get("drip_s") or 0)
        return Exchange(**values)

    def _body(self, name: str | None, where: str) -> Path | None:
        if not name:
            return None
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise BadRecording(f"{where}: body '{name}' lies outside the recording")
        if not path.is_file():
            raise BadRecording(f"{where}: body '{name}' is not there")
        return path

    @property
    def recorded_at(self) -> datetime | None:
        """The clock of the recording; None when recording.json does not say, and then age is not judged."""
        path = self.folder / ABOUT
        if not path.is_file():
            return None
        try:
            text = json.loads(path.read_text(encoding="utf-8")).get("recorded_at")
        except (ValueError, AttributeError) as error:
            raise BadRecording(f"{path}: no JSON object ({error})") from None
        return parse_instant(text) if text else None


class Recorder:
    """Writes exchanges as they happen. Keys are blanked in addresses and never written with headers."""

    # Only what a reader may need: no cookies, no traces of the machine between.
    KEPT_HEADERS = ("Content-Type", "Content-Encoding", "ETag", "Last-Modified", "Retry-After", "Location")

    def __init__(self, folder: Path, *, recorded_at: datetime, secrets: tuple[str, ...] = ()) -> None:
        self._folder, self._secrets, self._lines = folder, secrets, list[dict[str, Any]]()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ABOUT).write_text(json.dumps({"recorded_at": recorded_at.isoformat()}) + "\n", encoding="utf-8")
        (folder / EXCHANGES).write_text("", encoding="utf-8")

    def write(
        self, method: str, url: str, request_body: bytes, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Add one exchange; `body` as it came over the wire or, when it was unpacked, without Content-Encoding."""
        name = f"{len(self._lines) + 1:03d}{_suffix(headers.get('Content-Type', ''))}"
        (self._folder / name).write_bytes(self._blanked(body.decode("latin-1")).encode("latin-1"))
        kept = {n: self._blanked(v) for n, v in headers.items() if n in self.KEPT_HEADERS}
        self._lines.append(
            {
                "method": method,
                "url": self._blanked(blank_keys(url, self._secrets)),
                "match": "exact",
                "request_body": self._blanked(request_body.decode("utf-8", "replace")) if request_body else None,
                "status": status,
                "headers": kept,
                "body": name,
                "delay_s": 0,
            }
        )
        self._flush()

    def _blanked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, BLANK) if secret else text
        return text

    def _flush(self) -> None:
        """A path asked only once is matched without its query: the dates in it depend on the day of the replay."""
        paths = [urlsplit(line["url"])._replace(query="") for line in self._lines]
        for line, path in zip(self._lines, paths, strict=True):
            line["match"] = "path" if paths.count(path) == 1 else "exact"
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self._lines)
        (self._folder / EXCHANGES).write_text(text, encoding="utf-8")


def _suffix(content_type: str) -> str:
    kinds = {"json": ".json", "xml": ".xml", "html": ".html", "spreadsheet": ".xlsx", "csv": ".csv", "text/": ".txt"}
    return next((suffix for part, suffix in kinds.items() if part in content_type.lower()), ".bin")


def blank_keys(url: str, secrets: tuple[str, ...]) -> str:
    """`url` with every query value that is a secret blanked; without one it stays as it is written."""
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    if not any(value in secrets for _, value in given):
        return url
    query = [(n, BLANK if v in secrets else v) for n, v in given]
    return urlunsplit(parts._replace(query=urlencode(query)))
