"""What can go wrong with a source, each by its own name; the docstring says when, the message says what to do."""

from __future__ import annotations

from settings import TbtwatchError

FAILING, LIMITED, NEEDS_KEY = "failing", "limited", "needs_key"


class SourceError(TbtwatchError):
    """A source did not answer as declared. `status` is how the source then is; `retry`: asking again may help."""

    exit_code = 3
    status = FAILING
    retry = False

    @property
    def kind(self) -> str:
        """The name under which the issue is stored."""
        return type(self).__name__


class MissingKey(SourceError):
    """Raised before the first request when a keyed source has no key."""

    status = NEEDS_KEY


class KeyRefused(SourceError):
    """Raised on 401 or 403 from a keyed source: the key is wrong, expired or out of its quota."""

    status = NEEDS_KEY


class AccessRefused(SourceError):
    """Raised on 401 or 403 from a source that needs no key: it wants us to stay away, or wants a person."""


class PageMissing(SourceError):
    """Raised on 404 or 410: the address has moved. Never read as 'nothing new'."""


class RequestRefused(SourceError):
    """Raised on any other 4xx: the question is no longer understood."""


class Throttled(SourceError):
    """Raised on 429, or on 503 with Retry-After, when waiting as long as asked did not help or is too long."""

    status = LIMITED
    retry = True


class ServerTrouble(SourceError):
    """Raised on 5xx after the retries."""

    retry = True


class DeadHost(SourceError):
    """Raised when no connection can be made: refused, unreachable, or the name is unknown."""

    retry = True


class TimedOut(SourceError):
    """Raised when an answer did not arrive in the time allowed."""

    retry = True


class ConnectionCut(SourceError):
    """Raised when the connection ended before the whole answer had arrived."""

    retry = True


class TooBig(SourceError):
    """Raised when an answer, packed or unpacked, is larger than the source's limit."""


class RedirectLoop(SourceError):
    """Raised when an address redirects again and again."""


class RobotsRefused(SourceError):
    """Raised when robots.txt forbids the address: we obey."""


class PrivateAddress(SourceError):
    """Raised when an address, or one it redirects to, is none of the public web: this machine's, this network's."""


class EmptyAnswer(SourceError):
    """Raised on status 200 without a body."""

    retry = True


class HtmlInstead(SourceError):
    """Raised when data was asked for and an HTML page came: maintenance, a captcha, a sign-in."""


class ShellInstead(SourceError):
    """Raised when instead of the page one came that wants a person or a browser: sign-in, captcha, bare script."""


class PageShrunk(SourceError):
    """Raised when a watched page lost more than half of its passages: it may be broken; what we knew of it stays."""


class TruncatedAnswer(SourceError):
    """Raised when the data ends in the middle."""


class WrongCharset(SourceError):
    """Raised when the bytes are not text in the declared encoding."""


class WrongFormat(SourceError):
    """Raised when the answer is whole but not of the declared form: a field or column that must be there is not."""


class NothingListed(SourceError):
    """Raised when a source that always has something lists nothing."""


class TooMany(SourceError):
    """Raised when far more records came than the source ever lists: the question is misunderstood, or we misread."""


class IncompleteListing(SourceError):
    """Raised when the pages together hold fewer records than the source itself counts."""


class FewerThanUsual(SourceError):
    """Raised after a visit that listed half of the source's usual number of records, or less."""


class FieldVanished(SourceError):
    """Raised after a visit in which no record has a field that nearly all had before."""


class StaleSource(SourceError):
    """Raised after a visit whose newest record is older than the source ever lets it become."""


class AllRejected(SourceError):
    """Raised when records came and not one of them could be read."""


class CrawlKilled(SourceError):
    """Raised by the parent when a crawl's process outlived its deadline, outgrew its memory or died."""


class BadRecord(TbtwatchError):
    """One record cannot be read; the others are not touched. `record` names it."""

    def __init__(self, record: str, message: str) -> None:
        super().__init__(f"{record}: {message}")
        self.record = record
        self.message = message


class BadDeclaration(TbtwatchError):
    """Raised when a source's YAML is wrong; names file, key and what is allowed."""


class BadRecording(TbtwatchError):
    """Raised when a recording folder is missing something or a line of exchanges.jsonl is wrong."""


class BadFile(TbtwatchError):
    """Raised when a file given to import is no workbook or CSV of notifications."""


class UnknownSource(TbtwatchError):
    """Raised when a source id is not declared."""
