"""Our signatures hold before a library of others, on what we really send; a changed byte breaks them."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path

import dkim
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from alerts.dkim import Key, Signer, make_key, public_record, relaxed_body, signer_of, write_key
from alerts.message import letter_of, sender_of, single_message
from alerts.rendering import Rendered
from settings import SettingError, Settings
from tests.alerts.mailed import parsed, settings_at


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    for kind in ("rsa", "ed25519"):
        write_key(folder / kind, make_key(kind))
    return {kind: folder / kind for kind in ("rsa", "ed25519")}


@pytest.fixture
def signing(tmp_path: Path, keys: dict[str, Path]) -> Settings:
    values = {"dkim_selector": "r1", "dkim_key_file": keys["rsa"]}
    values |= {"dkim_ed25519_selector": "e1", "dkim_ed25519_key_file": keys["ed25519"]}
    return settings_at(tmp_path, smtp_from="预警 <warn@service.example>", **values)


def holds(message: bytes, signer: Signer) -> list[bool]:
    """Whether each signature holds, by dkimpy, our records in place of the DNS."""
    zone = {f"{key.selector}._domainkey.{signer.domain}.".encode(): public_record(key).encode() for key in signer.keys}
    checker = dkim.DKIM(message)
    return [bool(checker.verify(idx=at, dnsfunc=lambda name, timeout=5: zone[name])) for at in range(len(signer.keys))]


def test_both_signatures_of_a_real_mail_hold_and_cover_one_click(signing: Settings, now: datetime) -> None:
    sender = sender_of(signing)
    letter = letter_of(sender, "【黄色预警】" + "很长的主题" * 20, "正文\n  两个空格 \n\n\n", "<p>正文</p>\n\n")
    mail = letter.to("firm@firm.example", "a" * 32, {"references": "b" * 32 + " " + "c" * 32}, now)
    signer = signer_of(signing, "service.example")
    assert signer is not None
    assert holds(mail, signer) == [True, True]
    assert parsed(mail)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for name in (b"list-unsubscribe:list-unsubscribe-post", b"a=rsa-sha256", b"a=ed25519-sha256"):
        assert name in mail
    changed = mail.replace(b"https://warn.example/unsubscribe/", b"https://evil.example/unsubscribe/", 1)
    assert holds(changed, signer) == [False, False]
    note = single_message(sender, "officer@gov.example", "d" * 32, Rendered("题", "文", "<p>文</p>"), now)
    assert holds(note, signer) == [True, True]


@hypothesis_settings(max_examples=60)
@given(st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"\r\n\r\n", b".", "字".encode()]), max_size=20))
def test_any_body_is_canonical_as_the_library_has_it(pieces: list[bytes]) -> None:
    body = b"".join(pieces) + b"\r\n"
    signer = Signer("service.example", (_RSA,))
    mail = signer.sign(b"From: a@service.example\r\nSubject:  two   blanks\r\n folded\r\n\r\n" + body)
    assert holds(mail, signer) == [True]
    assert relaxed_body(relaxed_body(body)) == relaxed_body(body)


_RSA = Key("r1", make_key("rsa"))


def test_without_keys_nothing_is_signed_and_a_broken_key_is_named(tmp_path: Path, keys: dict[str, Path]) -> None:
    assert signer_of(settings_at(tmp_path), "service.example") is None
    broken = tmp_path / "broken.pem"
    broken.write_text("no key")
    with pytest.raises(SettingError, match=r"broken\.pem"):
        signer_of(settings_at(tmp_path, dkim_selector="x", dkim_key_file=broken), "service.example")
    with pytest.raises(SettingError, match="not overwritten"):
        write_key(keys["rsa"], make_key("rsa"))
    assert keys["rsa"].stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode(public_record(Key("e", make_key("ed25519"))).rpartition("p=")[2])) == 32
