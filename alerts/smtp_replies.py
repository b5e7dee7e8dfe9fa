"""The replies of a mail server, cut out of its bytes (RFC 5321, 4.2). Pure."""

from __future__ import annotations

_LONGEST = 64 * 1024  # bytes of one reply; a server that says more without an end is no mail server


class BadReply(Exception):
    """Raised when what the server says is no reply."""


class Replies:
    """Collects bytes and gives whole replies."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._bytes = b""
        self._lines: list[bytes] = []

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """(code, text) of each reply that is whole now; raises BadReply."""
        found: list[tuple[int, bytes]] = []
        *lines, self._bytes = (self._bytes + data).split(b"\n")
        for line in lines:
            if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b"\r", b""):
                raise BadReply("no SMTP reply")
            self._lines.append(line[4:].strip())
            if line[3:4] != b"-":
                found.append((int(line[:3]), b" ".join(self._lines)))
                self._lines = []
        if len(self._bytes) + sum(map(len, self._lines)) > _LONGEST:
            raise BadReply("a reply without an end")
        return found
