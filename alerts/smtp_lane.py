"""One connection to a mail server, as what to write and what its answers mean; it opens and reads nothing itself.

Pipelined (RFC 2920) where the server says so: the text of a mail, its final dot and MAIL, RCPT, DATA of the next leave
in one write. Elsewhere one command waits for the answer to the one before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from alerts.sending_journal import Journal
from alerts.smtp_replies import BadReply, Replies
from alerts.transports import Answer, answer_text

Step = Literal["rset", "mail", "rcpt", "data", "dot", "void"]
SERVICE_CLOSES = 421


@dataclass(frozen=True, slots=True)
class Parcel:
    """One mail ready to leave."""

    email_id: int
    sender: str
    recipient: str
    content: bytes  # as DATA carries it: no line begins with a single dot (`dotted`)


class SenderRefused(Exception):
    """Raised when the server refuses MAIL FROM: a matter of the set-up, not of this mail."""


class Lane:
    """The conversation over one connection, from after EHLO, TLS and sign-in on."""

    def __init__(
        self,
        journal: Journal,
        supply: Callable[[], Parcel | None],
        done: Callable[[Parcel, Answer], None],
        *,
        pipelining: bool,
    ) -> None:
        """`supply` gives the next mail (None: none at the moment), `done` takes what became of one."""
        self._journal, self._supply, self._done, self._pipelining = journal, supply, done, pipelining
        self._replies = Replies()
        self._expected: deque[tuple[Step, Parcel | None]] = deque()
        self._unsent: deque[tuple[Step, Parcel | None, bytes]] = deque()  # without pipelining: what waits its turn
        self._refused: Answer | None = None  # of the mail whose DATA is not answered yet
        self._open = False  # a mail transaction that only RSET ends
        self.out = bytearray()
        self._queued = self._dot_at = 0  # bytes given to `out` in all; up to and with the last final dot
        self.answered = 0  # replies on this connection

    @property
    def idle(self) -> bool:
        """Whether no answer is waited for."""
        return not self._expected and not self._unsent

    def start(self) -> None:
        """Begin the next mail, if there is one and nothing goes on."""
        if self.idle:
            self._announce()
            self._pump()

    def receive(self, data: bytes) -> None:
        """Take what the server says. Raises ConnectionError when it closes the service, SenderRefused, BadReply."""
        for code, text in self._replies.feed(data):
            if not self._expected:
                raise ConnectionError(f"{code} unasked")
            self.answered += 1
            step, parcel = self._expected.popleft()
            self._take(step, parcel, code, text)
        self._pump()

    def lost(self, why: str) -> list[Parcel]:
        """The connection is gone: what was begun gets its answer; returns the mails that go to another connection."""
        unsent = len(self.out)
        again: list[Parcel] = []
        for parcel in dict.fromkeys(p for _, p in [*self._expected, *[u[:2] for u in self._unsent]] if p is not None):
            steps = [step for step, p in self._expected if p is parcel]
            if "dot" in steps and self._queued - unsent >= self._dot_at:
                self._finish(parcel, Answer("smtp", "ambiguous", None, f"no answer after the final dot: {why}"))
            elif self._refused is not None and "mail" not in steps:
                self._finish(parcel, self._refused)
            elif self._is_untouched(parcel, steps):
                again.append(parcel)
            else:
                self._finish(parcel, Answer("smtp", "temporary", None, f"connection lost: {why}"))
        self._expected.clear()
        self._unsent.clear()
        return again

    def _is_untouched(self, parcel: Parcel, steps: list[Step]) -> bool:
        """Whether the server said nothing to this mail, on a connection that had served another."""
        waits = "mail" in steps or any(step == "mail" and p is parcel for step, p, _ in self._unsent)
        return waits and self.answered > 0

    def _announce(self) -> None:
        """Queue MAIL, RCPT and DATA of the next mail."""
        parcel = self._supply()
        if parcel is None:
            return
        if self._open:
            self._unsent.append(("rset", None, b"RSET\r\n"))
            self._open = False
        self._unsent.append(("mail", parcel, b"MAIL FROM:<%s>\r\n" % parcel.sender.encode("ascii")))
        self._unsent.append(("rcpt", parcel, b"RCPT TO:<%s>\r\n" % parcel.recipient.encode("ascii")))
        self._unsent.append(("data", parcel, b"DATA\r\n"))

    def _pump(self) -> None:
        while self._unsent and (self._pipelining or not self._expected):
            step, parcel, line = self._unsent.popleft()
            self._say(step, parcel, line)

    def _say(self, step: Step, parcel: Parcel | None, data: bytes) -> None:
        self._expected.append((step, parcel))
        self.out += data
        self._queued += len(data)

    def _take(self, step: Step, parcel: Parcel | None, code: int, text: bytes) -> None:
        if step == "rset" or parcel is None:
            if code != 250:
                raise ConnectionError(f"RSET: {code}")
            return
        if step == "mail":
            self._take_mail(parcel, code, text)
        elif step == "rcpt":
            self._take_recipient(parcel, code, text)
        elif step == "data":
            self._take_data(parcel, code, text)
        else:
            self._take_end(step, parcel, code, text)
        if code == SERVICE_CLOSES:
            raise ConnectionError("421, the server closes the connection")

    def _take_mail(self, parcel: Parcel, code: int, text: bytes) -> None:
        self._refused = None
        if code == 250:
            self._open = True
            return
        used = self.answered > 1
        self._expected.appendleft(("mail", parcel))  # nothing was done for this mail: `lost` gives it back
        self._forget_steps(parcel)
        if code == SERVICE_CLOSES and used:
            raise ConnectionError("421, the server closes the connection")
        self.answered = max(self.answered, 1)
        raise SenderRefused(f"MAIL FROM refused: {code} {answer_text(text)}")

    def _take_recipient(self, parcel: Parcel, code: int, text: bytes) -> None:
        if code in (250, 251):
            return
        self._refused = refusal(code, text)
        if not self._pipelining:
            self._unsent.clear()
        if not self._pipelining or code == SERVICE_CLOSES:
            self._forget_steps(parcel)
            self._end_refused(parcel)

    def _take_data(self, parcel: Parcel, code: int, text: bytes) -> None:
        if code != 354:
            self._refused = self._refused or refusal(code, text)
            self._end_refused(parcel)
            return
        if self._refused is not None:  # no recipient, but the server wants the text: an empty one (RFC 2920, 3.1)
            self._say("void", parcel, b".\r\n")
            return
        self._open = False
        self._journal.begin(parcel.email_id)
        self._say("dot", parcel, parcel.content + b".\r\n")
        self._dot_at = self._queued
        if self._pipelining:
            self._announce()

    def _take_end(self, step: Step, parcel: Parcel, code: int, text: bytes) -> None:
        if step == "void":
            self._open = False
            self._end_refused(parcel)
            return
        accepted = 200 <= code < 300
        self._finish(parcel, Answer("smtp", "accepted", code, answer_text(text)) if accepted else refusal(code, text))
        if code != SERVICE_CLOSES and self.idle:
            self._announce()

    def _end_refused(self, parcel: Parcel) -> None:
        answer = self._refused
        self._refused = None
        assert answer is not None
        self._finish(parcel, answer)
        if answer.code != SERVICE_CLOSES:
            self._announce()

    def _forget_steps(self, parcel: Parcel) -> None:
        kept = [item for item in self._expected if item[1] is not parcel or item[0] == "mail"]
        self._expected = deque(kept)

    def _finish(self, parcel: Parcel, answer: Answer) -> None:
        if answer.outcome != "ambiguous":  # begun without an answer is what it stays until the store has it
            self._journal.answered(parcel.email_id, answer.code, accepted=answer.outcome == "accepted")
        self._done(parcel, answer)


def refusal(code: int, text: bytes) -> Answer:
    """4xx and 5xx, and whatever else a server says in their place."""
    return Answer("smtp", "permanent" if 500 <= code < 600 else "temporary", code, answer_text(text))


__all__ = ["BadReply", "Lane", "Parcel", "SenderRefused", "refusal"]
