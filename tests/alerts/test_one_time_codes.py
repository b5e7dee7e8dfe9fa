"""One-time codes against the RFC's own numbers; each taken once; recovery codes; the secret kept encrypted."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from alerts.one_time_codes import (
    STEP_S,
    LostSecret,
    lock_away,
    new_recovery_codes,
    new_totp_secret,
    recovery_hash,
    step_of_code,
    unlock_secret,
)

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
KEY, OTHER_KEY = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    ("seconds", "code"),  # RFC 6238, appendix B, SHA-1: the last six of its eight digits
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_numbers_of_the_standard(seconds: int, code: str) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    assert step_of_code(RFC_SECRET, code, instant, None) == seconds // STEP_S
    assert step_of_code(RFC_SECRET, f"{code[:3]} {code[3:]}", instant, None) == seconds // STEP_S


@pytest.mark.parametrize(("steps_off", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(steps_off: int, is_right: bool) -> None:
    instant = datetime.fromtimestamp(1111111111, UTC) + timedelta(seconds=STEP_S * steps_off)
    assert (step_of_code(RFC_SECRET, "050471", instant, None) is not None) == is_right


def test_a_code_and_those_before_it_are_taken_once() -> None:
    instant = datetime.fromtimestamp(59, UTC)
    assert step_of_code(RFC_SECRET, "287082", instant, 0) == 1
    for last in (1, 2):
        assert step_of_code(RFC_SECRET, "287082", instant, last) is None


@pytest.mark.parametrize("given", ["", "287", "２８７０８２", "28708x", "0287082"])
def test_what_is_no_code_is_refused(given: str) -> None:
    assert step_of_code(RFC_SECRET, given, datetime.fromtimestamp(59, UTC), None) is None


def test_recovery_codes_differ_and_are_read_however_they_are_written() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10 and {len(code) for code in codes} == {14}
    kept = recovery_hash(KEY, "one", codes[0])
    assert kept == recovery_hash(KEY, "one", f" {codes[0].upper().replace('-', ' ')}")
    assert kept not in (recovery_hash(KEY, "another", codes[0]), recovery_hash(OTHER_KEY, "one", codes[0]))


def test_a_secret_is_kept_encrypted_and_lost_with_the_key() -> None:
    secret = new_totp_secret()
    kept = lock_away(KEY, secret)
    assert secret not in kept and len(kept) <= 200 and unlock_secret(KEY, kept) == secret
    with pytest.raises(LostSecret, match="TBTWATCH_SECRET"):
        unlock_secret(OTHER_KEY, kept)
