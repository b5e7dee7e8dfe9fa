"""A real HTTP server that answers as an endpoint for machine-made text may: well, badly, slowly, never."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HERE = "127.0.0.1"


def completion(content: str) -> bytes:
    """A chat completion with this content."""
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


def texts(title: str, summary: str) -> bytes:
    """A chat completion as it was asked for."""
    return completion(json.dumps({"title": title, "summary": summary}, ensure_ascii=False))


@dataclass
class Endpoint:
    """What the server says, and what it was asked."""

    url: str = ""
    status: int = 200
    answer: bytes = b""
    drips: bool = False  # a byte now and then, for ever
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def text_server() -> Iterator[Endpoint]:
    """Serve on a free port of this machine."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            endpoint.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            endpoint.headers.append(dict(self.headers.items()))
            self.send_response(endpoint.status)
            self.end_headers()
            if endpoint.drips:
                while not endpoint.closing.wait(0.05):
                    self.wfile.write(b" ")
                    self.wfile.flush()
            self.wfile.write(endpoint.answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer((HERE, 0), Handler)
    server.daemon_threads = True
    endpoint.url = f"http://{HERE}:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
