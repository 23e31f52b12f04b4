"""A code is good for its half minute, a step to either side, and once."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from mobilize.accounts import totp

NOW = datetime(2026, 11, 22, 15, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30
SECRET = "JBSWY3DPEHPK3PXP" * 2


@pytest.mark.parametrize(
    ("seconds", "is_taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)]
)
def test_a_clock_may_be_half_a_minute_off(seconds: int, is_taken: bool) -> None:
    code = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=seconds))
    taken = totp.taken_step(SECRET, code, now=NOW, last_step=0)
    assert (taken is not None) is is_taken


def test_a_code_serves_once() -> None:
    code = pyotp.TOTP(SECRET).at(NOW)
    assert totp.taken_step(SECRET, code, now=NOW, last_step=STEP - 1) == STEP
    assert totp.taken_step(SECRET, code, now=NOW, last_step=STEP) is None


def test_spaces_do_not_matter() -> None:
    code = pyotp.TOTP(SECRET).at(NOW)
    assert totp.taken_step(SECRET, f" {code[:3]} {code[3:]} ", now=NOW, last_step=0) == STEP


@pytest.mark.parametrize("code", ["", "abcdef", "000000000000", "１２３４５６"])
def test_what_is_no_code_is_no_code(code: str) -> None:
    assert totp.taken_step(SECRET, code, now=NOW, last_step=0) is None


def test_the_address_for_the_authenticator_names_us() -> None:
    uri = totp.provisioning_uri(totp.new_secret(), label="ada@example.org")
    assert uri.startswith("otpauth://totp/Mobilize:ada%40example.org?secret=")
