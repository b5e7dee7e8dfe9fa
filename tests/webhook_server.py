"""A real receiver of the officers' webhook on this machine: answers as told, keeps what came."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

Answer = tuple[int, bytes]


@dataclass
class Receiver:
    """`answers` in their order, the last again and again; `came` holds (headers, body) of each post."""

    address: str = ""
    answers: list[Answer] = field(default_factory=lambda: [(200, b"ok")])
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiving(answers: Sequence[Answer] = ((200, b"ok"),)) -> Iterator[Receiver]:
    """A receiver on a free port until the block ends."""
    receiver = Receiver(answers=list(answers))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.came.append((dict(self.headers), body))
            status, said = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiver.address = f"http://127.0.0.1:{server.server_port}/hook?key=very-secret-key"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
