"""The server that plays recordings back, asked by a plain client."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawlers.errors import BadRecording
from crawlers.recording import BLANK, Recorder, Recording, blank_keys
from crawlers.replay import ORIGINAL, ReplayServer
from store.clock import parse_instant
from tests.crawlers.driving import write_recording

U = "https://api.example.org/list"


@contextmanager
def answered(
    server: ReplayServer, url: str, method: str = "GET", body: bytes = b""
) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, "/anything", body=body or None, headers={ORIGINAL: url})
        yield connection.getresponse()
    finally:
        connection.close()


def body_of(server: ReplayServer, url: str, method: str = "GET", body: bytes = b"") -> bytes:
    with answered(server, url, method, body) as response:
        return response.read()


def test_the_order_of_the_query_does_not_matter(tmp_path: Path) -> None:
    folder = write_recording(tmp_path / "r", {"url": U + "?a=1&b=2", "match": "exact", "body": b"one"})
    with ReplayServer(folder) as server:
        assert body_of(server, U + "?b=2&a=1") == b"one"
        assert not server.knows("GET", U + "?a=1", b"") and not server.knows("POST", U + "?a=1&b=2", b"")
        assert not server.knows("GET", "http://api.example.org/list?a=1&b=2", b"")


def test_a_path_is_matched_without_its_query(tmp_path: Path) -> None:
    with ReplayServer(write_recording(tmp_path / "r", {"url": U, "match": "path", "body": b"any"})) as server:
        assert body_of(server, U + "?page=7") == b"any"
        assert not server.knows("GET", U + "/more", b"")


def test_several_lines_are_answered_in_order_and_the_last_again_and_again(tmp_path: Path) -> None:
    lines = [{"url": U, "status": 503, "body": b"a"}, {"url": U, "body": b"b"}, {"url": U, "body": b"c"}]
    with ReplayServer(write_recording(tmp_path / "r", *lines)) as server:
        assert [body_of(server, U) for _ in range(5)] == [b"a", b"b", b"c", b"c", b"c"]


def test_the_body_of_a_request_tells_exchanges_apart(tmp_path: Path) -> None:
    lines = [
        {"method": "POST", "url": U, "request_body": '{"page": 1, "of": "x"}', "body": b"first"},
        {"method": "POST", "url": U, "request_body": "page=2&of=x", "body": b"second"},
        {"method": "POST", "url": U, "request_body": None, "body": b"any"},
    ]
    with ReplayServer(write_recording(tmp_path / "r", *lines)) as server:
        assert body_of(server, U, "POST", b'{"of":"x","page":1}') == b"first"
        assert body_of(server, U, "POST", b"of=x&page=2") == b"second"
        assert body_of(server, U, "POST", b"else") == b"any"


def test_what_is_not_recorded_is_a_dead_host_but_for_robots(tmp_path: Path) -> None:
    with ReplayServer(write_recording(tmp_path / "r", {"url": U})) as server:
        with answered(server, "https://api.example.org/robots.txt") as response:
            assert response.status == 404
        assert not server.knows("GET", "https://api.example.org/other", b"")
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            body_of(server, "https://api.example.org/other")


def test_status_and_headers_are_those_recorded(tmp_path: Path) -> None:
    line = {"url": U, "status": 429, "headers": {"retry-after": "3", "Transfer-Encoding": "chunked"}, "body": b"{}"}
    with ReplayServer(write_recording(tmp_path / "r", line)) as server, answered(server, U) as response:
        assert (response.status, response.headers["Retry-After"], response.read()) == (429, "3", b"{}")
        assert response.headers["Transfer-Encoding"] is None


def test_a_cut_ends_the_connection_after_so_many_bytes(tmp_path: Path) -> None:
    line = {"url": U, "body": b"0123456789", "cut_after": 4}
    with ReplayServer(write_recording(tmp_path / "r", line)) as server, answered(server, U) as response:
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)) as cut:
            response.read()
        assert getattr(cut.value, "partial", b"0123") == b"0123"


def test_a_body_is_filled_up(tmp_path: Path) -> None:
    line = {"url": U, "body": b"[]", "fill_to": 300_000}
    with ReplayServer(write_recording(tmp_path / "r", line)) as server:
        body = body_of(server, U)
    assert len(body) == 300_000 and body.rstrip() == b"[]"


def test_a_dripping_body_comes_whole_in_pieces(tmp_path: Path) -> None:
    folder = write_recording(tmp_path / "r", {"url": U, "body": b"x" * 200, "drip_s": 0.01, "delay_s": 0.01})
    with ReplayServer(folder) as server:
        assert body_of(server, U) == b"x" * 200
        assert server.recording.exchanges[0].duration_s == pytest.approx(0.04)


def test_the_server_ends_at_once_while_an_answer_still_waits(tmp_path: Path) -> None:
    folder = write_recording(tmp_path / "r", {"url": U, "body": b"x", "delay_s": 600})
    begun = time.monotonic()
    with ReplayServer(folder) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/", headers={ORIGINAL: U})
    connection.close()
    assert time.monotonic() - begun < 60  # it would be 600


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("{", "line 1: no JSON"),
        ("[]", "line 1: an object"),
        ('{"url": "https://a"}\n{"url": "https://a", "statsu": 200}', "line 2: unknown field 'statsu'"),
        ('{"url": "https://a", "match": "fuzzy"}', "match is"),
        ('{"url": "https://a", "body": "not-there"}', "'not-there' is not there"),
        ('{"url": "https://a", "body": "../secret"}', "outside"),
    ],
)
def test_a_bad_recording_is_named_with_its_line(tmp_path: Path, lines: str, words: str) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "exchanges.jsonl").write_text(lines)
    with pytest.raises(BadRecording, match=words):
        Recording(tmp_path / "r")


def test_a_folder_without_exchanges_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match=r"no exchanges\.jsonl"):
        Recording(tmp_path)


def test_the_clock_is_optional(tmp_path: Path) -> None:
    folder = write_recording(tmp_path / "r", {"url": U}, recorded_at=None)
    assert Recording(folder).recorded_at is None


def test_a_recorder_writes_what_a_server_plays_with_the_keys_blanked(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r", recorded_at=parse_instant("2026-06-03T09:00+08:00"), secrets=("s3cret",))
    headers = {"Content-Type": "application/json", "Set-Cookie": "id=1"}
    recorder.write("GET", U + "?key=s3cret&page=1", b"", 200, headers, b'{"you": "s3cret"}')
    recorder.write("GET", U + "?key=s3cret&page=2", b"", 404, headers, b"")
    everything = b"".join(path.read_bytes() for path in (tmp_path / "r").iterdir())
    assert b"s3cret" not in everything and b"Set-Cookie" not in everything
    with ReplayServer(tmp_path / "r") as server:
        assert body_of(server, U + "?page=1&key=another") == json.dumps({"you": BLANK}).encode()
        assert server.recording.recorded_at == parse_instant("2026-06-03T09:00+08:00")
        assert [e.match for e in server.recording.exchanges] == ["exact", "exact"]


def test_a_path_recorded_once_is_matched_without_its_dates(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r", recorded_at=parse_instant("2026-06-03T09:00+08:00"))
    recorder.write("GET", U + "?from=2026-05-18", b"", 200, {}, b"{}")
    assert Recording(tmp_path / "r").exchanges[0].match == "path"


def test_keys_are_blanked_wherever_they_stand_in_a_query() -> None:
    assert blank_keys(U + "?a=1&k=s3cret", ("s3cret",)) == U + f"?a=1&k={BLANK}"
