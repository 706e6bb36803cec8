from __future__ import annotations

import pytest

from followup.domain.phone import NotAPhoneError, PhoneNumber, masked
from followup.flows.phones import read_phone

MEANT = [
    ("07400 123456", "GB", "+447400123456"),
    ("(07400) 123-456", "GB", "+447400123456"),
    ("+44 (0)7400 123456", "GB", "+447400123456"),
    ("+0044 7400 123456", "GB", "+447400123456"),
    ("0044 7400 123456", "GB", "+447400123456"),
    ("00 44 (0) 7400 123456", "US", "+447400123456"),
    ("0044 7400 123456", "US", "+447400123456"),
    ("+447400123456", "US", "+447400123456"),
    ("tel:+44-7400-123456", "GB", "+447400123456"),
    ("\u202a+44\u00a07400\u00a0123456\u202c", "GB", "+447400123456"),
    ("\uff10\uff17\uff14\uff10\uff10123456", "GB", "+447400123456"),
    ("(202) 555-0123", "US", "+12025550123"),
    ("1-202-555-0123", "US", "+12025550123"),
    ("612 34 56 78", "ES", "+34612345678"),
    ("02 1234 5678", "IT", "+390212345678"),
    ("+15005550006", "GB", "+15005550006"),
]

NO_PHONE = ["", "   ", "none", "n/a", "12345", "0", "00", "+", "++44", "+44", "07400 12345678901234",
            "patient@example.com", "020 7946 0000 ext. 12", "no phone: 3 visits", "\x00"]  # fmt: skip


@pytest.mark.parametrize(("raw", "country", "e164"), MEANT)
def test_a_phone_is_read_however_it_was_typed(raw: str, country: str, e164: str) -> None:
    assert read_phone(raw, country) == PhoneNumber(e164)


@pytest.mark.parametrize("raw", NO_PHONE)
def test_what_is_no_phone_is_none(raw: str) -> None:
    assert read_phone(raw, "GB") is None


@pytest.mark.parametrize(
    "written", ["", "447400123456", "+0447400123456", "+44 7400", "+4474", "+" + "1" * 16, "+44740012345\u0666"]
)
def test_a_number_that_is_not_e164_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(NotAPhoneError) as refusal:
        PhoneNumber(written)
    assert not written or written not in str(refusal.value)


def test_logs_show_two_digits_only() -> None:
    number = PhoneNumber("+447400123456")
    assert number.masked() == "***56"
    assert f"{number}" == "***56"
    assert "7400" not in repr(number)
    assert masked("+447400123456") == "***56"
    assert masked("12345") == "***"
