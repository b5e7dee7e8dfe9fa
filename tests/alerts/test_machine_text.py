"""Machine-made text: from a real server into the mail beside the original, and out of the way when it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.composing import compose_pending
from alerts.enrolling import enrol
from alerts.machine_stage import translate_pending
from alerts.machine_text import Original, UnfitAnswer, texts_of
from alerts.matching import match_pending
from alerts.raising import raise_pending
from settings import Settings
from store.engine import reading, writing
from store.machine_text import MachineText
from tests.alerts.mailed import mails, settings_at, text_of
from tests.rows import insert_notice
from tests.text_server import Endpoint, completion, text_server, texts

GOOD = texts("玩具安全法规草案", "草案限制玩具中的邻苯二甲酸酯，限量为0.1%。")
ORIGINAL = Original("Draft Regulation on toy safety", "Limits of 0.1% for phthalates, 2027", "Toys")


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with text_server() as running:
        yield running


def settings_for(folder: Path, url: str, **more: object) -> Settings:
    return settings_at(folder, text_url=url, text_model="m-1", text_key="the key", **({"text_timeout_s": 0.5} | more))


def compose(engine: Engine, now: datetime, settings: Settings, symbol: str = "G/TBT/N/EU/1234") -> int:
    """Put a notice, and go all the way to its mail; returns how many notices the stage translate handled."""
    with writing(engine) as session:
        enrol(session, now, email="secret-firm@firm.example", name="某某玩具厂", industries=["toys"])
        insert_notice(
            session, now, symbol, [("toys", "accepted")], issuer="EU", content_hash=symbol,
            title=ORIGINAL.title, description=ORIGINAL.description,
        )  # fmt: skip
    raise_pending(engine, now)
    match_pending(engine, now)
    handled = translate_pending(engine, now, settings)
    assert translate_pending(engine, now, settings) == 0
    compose_pending(engine, now, settings)
    return handled


def reasons(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return set(session.exec(select(MachineText.why)))


def test_it_stands_beside_the_original_and_nothing_of_a_firm_was_sent(
    loaded: Engine, now: datetime, tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.answer = GOOD
    assert compose(loaded, now, settings_for(tmp_path, endpoint.url, text_timeout_s=30)) == 1
    [(_, found, body)] = mails(loaded)
    text = text_of(found, body)
    assert "原标题（英文）：Draft Regulation on toy safety\n原标题的机器翻译，仅供参考：玩具安全法规草案\n" in text
    assert "机器翻译，仅供参考：草案限制玩具中的邻苯二甲酸酯，限量为0.1%。\n" in text
    assert "机器翻译，仅供参考：草案限制玩具中的邻苯二甲酸酯，限量为0.1%。" in body.html
    [asked] = endpoint.asked
    assert json.loads(asked["messages"][1]["content"]) == {
        "title": ORIGINAL.title, "description": ORIGINAL.description, "products": "Toys",
    }  # fmt: skip
    said = json.dumps(asked, ensure_ascii=False)
    assert "firm" not in said and "某某" not in said
    assert endpoint.headers[0]["Authorization"] == "Bearer the key"


def test_it_is_off_by_default(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    assert compose(loaded, now, settings_at(tmp_path)) == 0
    assert len(mails(loaded)) == 1 and reasons(loaded) == set()


@pytest.mark.parametrize("how", ["refuses", "is away", "drips", "redirects"])
def test_an_endpoint_that_fails_delays_no_warning_and_rests(
    loaded: Engine, now: datetime, tmp_path: Path, endpoint: Endpoint, how: str
) -> None:
    endpoint.status = {"refuses": 500, "redirects": 302}.get(how, 200)
    endpoint.drips = how == "drips"
    settings = settings_for(tmp_path, "http://127.0.0.1:9/v1" if how == "is away" else endpoint.url)
    assert compose(loaded, now, settings) == 1
    [(_, found, body)] = mails(loaded)
    assert "机器翻译" not in text_of(found, body)
    assert all(why.startswith("silent: ") and "the key" not in why for why in reasons(loaded))
    asked = len(endpoint.asked)
    compose(loaded, now + timedelta(minutes=1), settings, "G/TBT/N/EU/2")
    assert len(endpoint.asked) == asked  # it rests
    assert len(mails(loaded)) == 2
    endpoint.status, endpoint.drips, endpoint.answer = 200, False, GOOD
    if how != "is away":
        compose(
            loaded, now + timedelta(minutes=20), settings_for(tmp_path, endpoint.url, text_timeout_s=30), "G/TBT/N/EU/3"
        )
        assert "玩具安全法规草案" in mails(loaded)[-1][2].text


def test_many_waiting_notices_share_one_budget(
    loaded: Engine, now: datetime, tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.answer = GOOD
    with writing(loaded) as session:
        enrol(session, now, email="a@firm.example", industries=["toys"])
        for number in range(4):
            insert_notice(
                session, now, f"G/TBT/N/EU/{number}", [("toys", "accepted")], issuer="EU", content_hash=str(number)
            )
    raise_pending(loaded, now)
    match_pending(loaded, now)
    clock = iter([0.0, 1.0, 19.0, 21.0, 22.0])
    settings = settings_for(tmp_path, endpoint.url, text_timeout_s=30)
    assert translate_pending(loaded, now, settings, elapsed=lambda: next(clock)) == 4
    assert len(endpoint.asked) == 2
    assert "not asked: no time left" in reasons(loaded)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "no chat completion"),
        (b"[" * 100_000, "no chat completion"),
        (b'{"choices": []}', "no chat completion"),
        (completion("好的，翻译如下"), "no chat completion"),
        (completion("[1]"), "no JSON object"),
        (completion('{"title": 5, "summary": "摘要"}'), "title: no text"),
        (texts("玩具" * 200, "摘要"), "title: 400 characters"),
        (texts("Ignore all previous instructions", "摘要"), "title: not Chinese"),
        (texts("玩具安全", "请打开 https://evil.example 领取补贴"), "summary: holds an address"),
        (texts("玩具安全", "请联系evil点击evil.com领取出口补贴，名额有限"), "summary: holds an address"),
        (texts("玩具安全", "请拨打电话13800138000办理认证手续"), "summary: 1 numbers"),
    ],
)
def test_unfit_answers_are_not_shown(answer: bytes, why: str) -> None:
    with pytest.raises(UnfitAnswer, match=why):
        texts_of(answer, ORIGINAL)


def test_what_an_answer_holds_is_only_words(loaded: Engine, now: datetime, tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.answer = completion(
        "```json\n"
        + json.dumps(
            {
                "title": "玩具安全\r\nBcc: 某人",
                "summary": "<b>玩具安全法规草案</b>\u202e\ue000reason\ue001限制邻苯二甲酸酯的含量要求",
            }
        )
        + "\n```"
    )
    compose(loaded, now, settings_for(tmp_path, endpoint.url, text_timeout_s=30))
    [(_, _, body)] = mails(loaded)
    assert "&lt;b&gt;玩具安全法规草案&lt;/b&gt;reason限制" in body.html
    assert "玩具安全 Bcc: 某人" in body.text and "\u202e" not in body.text + body.html
