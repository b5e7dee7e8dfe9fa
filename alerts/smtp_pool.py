"""Several connections to one mail server at once, in one thread: whichever has something to say is served.

Connections are opened in threads of their own (smtplib's EHLO, TLS, sign-in), and the clerk, who settles and fetches
mails, works in another: a commit does not keep the mail server waiting.
"""

from __future__ import annotations

import logging
import selectors
import smtplib
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from alerts.sending_journal import Journal
from alerts.smtp_lane import Lane, Parcel, SenderRefused
from alerts.smtp_replies import BadReply
from alerts.transports import Answer, MailServerUnreachable, SmtpTransport

log = logging.getLogger(__name__)

Done = tuple[int, Answer | Exception]  # a mail's id, and the answer or why it could not be built

_AT_ONCE = 64 * 1024  # bytes read in one go
_SETTLE_AT = 100  # answers that are worth a transaction while mails still leave
_FRUITLESS = 3  # connections lost one after the other without an answer: then nobody is there


class Waiting(Protocol):
    """A mail that waits for its turn."""

    @property
    def email_id(self) -> int:
        """The row's id."""

    @property
    def urgency(self) -> int:
        """Smaller leaves earlier."""

    def build(self) -> Parcel | None:
        """The mail's bytes; None when it may not be begun any more."""


class Clerk(Protocol):
    """What the pool needs of the store's side."""

    def round(self, done: Sequence[Done], wanted: bool) -> Sequence[Waiting]:
        """Keep what became of mails; if wanted, the next mails to build and send (none: there are none now)."""

    def begun(self, email_id: int) -> None:
        """A connection has this mail now: until its answer is kept, nobody else may send it."""

    def not_begun(self, email_id: int) -> None:
        """The mail came back untouched."""


class _Line:
    """A lane with its socket."""

    def __init__(self, smtp: smtplib.SMTP, lane: Lane, journal: Journal) -> None:
        assert smtp.sock is not None
        self.smtp, self.sock, self.lane, self.journal = smtp, smtp.sock, lane, journal
        self.sock.setblocking(False)
        self.events = selectors.EVENT_READ
        self.seen, self.since = 0, time.monotonic()

    def write(self) -> None:
        """Write what the socket takes."""
        out = self.lane.out
        while out:
            with suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                sent = self.sock.send(out)
                del out[:sent]
                self.since = time.monotonic()
                continue
            return

    def read(self) -> bytes:
        """What the server said; raises ConnectionError at its end."""
        said = b""
        with suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            while data := self.sock.recv(_AT_ONCE):
                said += data
                if not isinstance(self.sock, ssl.SSLSocket):
                    return said
            if not said:
                raise ConnectionError("the server hung up")
        return said

    def is_late(self, timeout_s: float) -> bool:
        """Whether no whole answer and no room for more came for too long; bytes of an answer alone do not count."""
        if self.lane.answered != self.seen or self.lane.idle:
            self.seen, self.since = self.lane.answered, time.monotonic()
        return time.monotonic() - self.since > timeout_s


class Pool:
    """Sends what the clerk brings; `run` returns when there is no more."""

    def __init__(self, server: SmtpTransport, clerk: Clerk, var: Path, lanes: int, timeout_s: float) -> None:
        """`lanes`: connections at most; `var` is where the journals go."""
        self._server, self._clerk, self._var, self._lanes, self._timeout_s = server, clerk, var, lanes, timeout_s
        self._queue: deque[Waiting] = deque()
        self._low = 1  # with fewer in the queue the clerk is asked for more
        self._again: deque[Parcel] = deque()
        self._done: list[Done] = []
        self._lines: list[_Line] = []
        self._free_journals: list[Journal] = []
        self._connecting: list[Future[smtplib.SMTP]] = []
        self._round: Future[Sequence[Waiting]] | None = None
        self._exhausted = False
        self._refused = 0  # answers that wait to be judged; what they set off may stop the mails behind them
        self._judging = False
        self._fruitless = 0
        self.failure: MailServerUnreachable | None = None

    def run(self, first: Sequence[Waiting]) -> None:
        """Send `first` and what the clerk brings until nothing is left, or the server cannot be used (`failure`)."""
        self._queue.extend(first)
        settled = False
        with selectors.DefaultSelector() as selector, ThreadPoolExecutor(self._lanes + 1) as threads:
            self._selector, self._threads = selector, threads
            self._bell, self._ear = socket.socketpair()
            self._ear.setblocking(False)
            selector.register(self._ear, selectors.EVENT_READ, None)
            try:
                while self._goes_on():
                    for key, events in selector.select(1.0 if self._timeout_s > 2 else self._timeout_s / 4):
                        if key.data is None:
                            self._ear.recv(4096)
                        else:
                            self._serve(key.data, events)
                settled = True
            finally:
                self._close_all(settled)
                self._bell.close()
                self._ear.close()

    def _goes_on(self) -> bool:
        """One look at everything that is not a socket; False when all is done."""
        self._collect_connections()
        self._collect_round()
        for line in [line for line in self._lines if line.is_late(self._timeout_s)]:
            self._lose(line, "no answer in time")
        self._ask_clerk()
        self._connect()
        for line in [line for line in self._lines if line.lane.idle]:
            if self._queue or self._again:
                self._guard(line, line.lane.start)
        busy = any(not line.lane.idle for line in self._lines)
        return bool(self._round or self._connecting or busy or self._done or self._can_supply())

    def _can_supply(self) -> bool:
        return self.failure is None and bool(self._queue or self._again or not self._exhausted)

    def _ask_clerk(self) -> None:
        if self._round is not None:
            return
        wanted = self.failure is None and not self._exhausted and len(self._queue) < self._low
        waits = not any(not line.lane.idle for line in self._lines)
        if wanted or self._refused or len(self._done) >= _SETTLE_AT or (self._done and waits):
            done, self._done = self._done, []
            self._judging, self._refused = self._refused > 0, 0
            self._round = self._threads.submit(self._clerk.round, done, wanted)
            self._wanted = wanted
            self._round.add_done_callback(self._ring)

    def _collect_round(self) -> None:
        if self._round is None or not self._round.done():
            return
        found = self._round.result()
        self._round, self._judging = None, False
        self._low = max(1, len(found) // 2)
        self._queue = deque(sorted((*self._queue, *found), key=lambda mail: mail.urgency))
        self._exhausted = self._exhausted or (self._wanted and not found)

    def _connect(self) -> None:
        if self.failure is not None:
            return
        needed = len(self._queue) + len(self._again) + sum(not line.lane.idle for line in self._lines)
        while len(self._lines) + len(self._connecting) < min(self._lanes, needed):
            future = self._threads.submit(self._server.connect)
            future.add_done_callback(self._ring)
            self._connecting.append(future)

    def _collect_connections(self) -> None:
        for future in [future for future in self._connecting if future.done()]:
            self._connecting.remove(future)
            try:
                smtp = future.result()
            except MailServerUnreachable as error:
                if not self._lines:  # where others serve, one connection less does no harm
                    self.failure = error
                else:
                    self._lanes = max(1, len(self._lines) + len(self._connecting))
                continue
            self._open(smtp)

    def _open(self, smtp: smtplib.SMTP) -> None:
        journal = self._journal()
        lane = Lane(journal, self._supply, self._keep, pipelining=smtp.has_extn("pipelining"))
        line = _Line(smtp, lane, journal)
        self._lines.append(line)
        self._selector.register(line.sock, line.events, line)
        self._guard(line, lane.start)

    def _journal(self) -> Journal:
        return self._free_journals.pop() if self._free_journals else Journal(self._var)

    def _supply(self) -> Parcel | None:
        """The next mail for a lane; none while a refusal is judged."""
        if self.failure is not None or self._refused or self._judging:
            return None
        while not self._again and self._queue:
            mail = self._queue.popleft()
            try:
                parcel = mail.build()
            except Exception as error:  # one bad mail must not hold up the others; the row keeps the reason
                log.exception("mail %s cannot be built", mail.email_id)
                self._done.append((mail.email_id, error))
                continue
            if parcel is not None:
                self._clerk.begun(parcel.email_id)
                return parcel
        if not self._again:
            return None
        self._clerk.begun(self._again[0].email_id)
        return self._again.popleft()

    def _keep(self, parcel: Parcel, answer: Answer) -> None:
        self._done.append((parcel.email_id, answer))
        self._refused += answer.outcome != "accepted"

    def _serve(self, line: _Line, events: int) -> None:
        if line not in self._lines:
            return
        if events & selectors.EVENT_READ:
            self._guard(line, lambda: line.lane.receive(line.read()))
        elif events & selectors.EVENT_WRITE:
            self._guard(line, lambda: None)

    def _guard(self, line: _Line, work: Callable[[], object]) -> None:
        """Do something with a line and write what came of it; a line that breaks is given up."""
        try:
            work()
            line.write()
        except SenderRefused as error:
            self.failure = self._server.unreachable(error)
            self._lose(line, str(error))
        except (OSError, BadReply) as error:
            self._lose(line, str(error))
        else:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.lane.out else 0)
            if events != line.events:
                line.events = events
                self._selector.modify(line.sock, events, line)

    def _lose(self, line: _Line, why: str) -> None:
        if line not in self._lines:
            return
        self._fruitless = 0 if line.lane.answered else self._fruitless + 1
        if self._fruitless >= _FRUITLESS and self.failure is None:
            self.failure = self._server.unreachable(why)
        untouched = line.lane.lost(why)
        for parcel in untouched:
            self._clerk.not_begun(parcel.email_id)
        self._again.extendleft(reversed(untouched))
        self._drop(line)

    def _drop(self, line: _Line) -> None:
        self._selector.unregister(line.sock)
        self._lines.remove(line)
        line.journal.write()
        self._free_journals.append(line.journal)
        line.smtp.close()

    def _close_all(self, settled: bool) -> None:
        for line in list(self._lines):
            with suppress(OSError):
                line.sock.setblocking(False)
                line.sock.send(b"QUIT\r\n")
            self._drop(line)
        for journal in self._free_journals:
            journal.close(settled=settled)

    def _ring(self, _future: Future[Any]) -> None:
        with suppress(OSError):
            self._bell.send(b"!")
