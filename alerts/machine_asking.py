"""One question to the endpoint for machine-made text, given up for certain when its time is over."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
import urllib.request
from email.message import Message
from typing import IO

from settings import Settings, TbtwatchError

MOST_ANSWER = 256 * 1024  # bytes


class EndpointSilent(TbtwatchError):
    """Raised when the endpoint cannot be reached, refuses, or takes too long; the message names no key."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The key is for this endpoint alone."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow none."""


def ask(body: dict[str, object], settings: Settings) -> bytes:
    """The body of the endpoint's answer; raises EndpointSilent after `text_timeout_s` seconds whatever it does.

    A server that sends one byte a second outlives any socket's time-out, so a thread of its own waits for it and is
    left behind.
    """
    found: list[bytes | str] = []
    waiting = threading.Thread(target=_post, args=(body, settings, found), name="machine-text", daemon=True)
    waiting.start()
    waiting.join(settings.text_timeout_s)
    if not found:
        raise EndpointSilent(f"no answer within {settings.text_timeout_s:g} s")
    if isinstance(found[0], str):
        raise EndpointSilent(found[0])
    return found[0]


def _post(body: dict[str, object], settings: Settings, found: list[bytes | str]) -> None:
    headers = {"Content-Type": "application/json", "User-Agent": "tbtwatch"}
    if settings.text_key:
        headers["Authorization"] = f"Bearer {settings.text_key.get_secret_value()}"
    url = f"{settings.text_url.rstrip('/')}/chat/completions"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310  (settings.py takes http and https alone)
    opener = urllib.request.build_opener(_NoRedirects())
    try:
        with opener.open(request, timeout=settings.text_timeout_s) as answer:
            said = answer.read(MOST_ANSWER + 1)
    except urllib.error.HTTPError as error:
        found.append(f"answered {error.code}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        found.append(f"not reached: {type(error).__name__}")
    else:
        found.append(said if len(said) <= MOST_ANSWER else "answered more than is read")
