"""A local HTTP server that plays recorded exchanges back, faults included, to the real downloader."""

from __future__ import annotations

import io
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from crawlers.recording import PIECE_BYTES, Exchange, Recording, same_request

ORIGINAL = "X-Original-Url"  # the address the spider asked for
HOPELESS_S = 2.0  # an answer that takes longer than this is what a time-out looks like in a replay
_CHUNK = 1 << 16
_FILLER = b" " * _CHUNK


class ReplayServer:
    """Serves one recording on 127.0.0.1 from threads of this process. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.recording = Recording(folder)
        self._turns: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.replay = self
        self.port = int(self._http.server_address[1])

    def __enter__(self) -> ReplayServer:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def matching(self, method: str, url: str, body: bytes) -> list[int]:
        """The positions of the exchanges recorded for this request, in order."""
        return [i for i, e in enumerate(self.recording.exchanges) if same_request(e, method, url, body)]

    def peek(self, method: str, url: str, body: bytes) -> Exchange | None:
        """The exchange that the next such request gets, without taking its turn."""
        found = self.matching(method, url, body)
        return self.recording.exchanges[found[min(self._turns[found[0]], len(found) - 1)]] if found else None

    def take(self, method: str, url: str, body: bytes) -> Exchange | None:
        """The exchange for this request: several are given in order, the last one again and again."""
        with self._lock:
            chosen = self.peek(method, url, body)
            if chosen:
                self._turns[self.matching(method, url, body)[0]] += 1
            return chosen

    def knows(self, method: str, url: str, body: bytes) -> bool:
        """False for a request that must end like one to a dead host; /robots.txt is always answered."""
        return bool(self.matching(method, url, body)) or urlsplit(url).path == "/robots.txt"


def dead_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a handler that sleeps for a recorded delay must not hold the crawl's end
    replay: ReplayServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away (time-out, size limit) is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        url = self.headers.get(ORIGINAL) or ""
        exchange = self.server.replay.take(self.command, url, body)
        if exchange is None:
            if urlsplit(url).path == "/robots.txt":
                self._answer(Exchange("GET", url, status=404))
            else:
                self._reset()
            return
        time.sleep(min(exchange.delay_s, 2 * HOPELESS_S))
        self._answer(exchange)

    do_POST = do_HEAD = do_PUT = do_GET

    def _answer(self, exchange: Exchange) -> None:
        headers = {
            n.title(): v for n, v in exchange.headers.items() if n.lower() not in ("transfer-encoding", "connection")
        }
        headers.setdefault("Content-Length", str(exchange.size))
        self.send_response_only(exchange.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD" or exchange.status in (204, 304):
            return
        sent = self._send(exchange)
        if sent != int(headers["Content-Length"]) or exchange.cut_after is not None:
            self._reset()

    def _send(self, exchange: Exchange) -> int:
        """Write the body, filler and all, up to the cut; returns the bytes written."""
        limit = exchange.size if exchange.cut_after is None else min(exchange.cut_after, exchange.size)
        step = PIECE_BYTES if exchange.drip_s else _CHUNK
        sent = 0
        with exchange.body.open("rb") if exchange.body else io.BytesIO() as body:
            while sent < limit:
                piece = (body.read(step) or _FILLER)[: min(step, limit - sent)]
                self.wfile.write(piece)
                sent += len(piece)
                if exchange.drip_s and sent < limit:
                    time.sleep(exchange.drip_s)
        self.wfile.flush()
        return sent

    def _reset(self) -> None:
        """End the connection the hard way, as a cut line does."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_WR)

    def log_message(self, format: str, *args: object) -> None:
        """Standard error belongs to the crawl."""
