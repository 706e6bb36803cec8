"""What a clinic's file says for its desk: what a part of a text costs, and who is told of mentions."""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from followup.catalogue.clinics import read_clinics
from followup.catalogue.problems import Problems
from followup.domain.clinic import MENTIONED, NotifyRule, Price
from kit.sources import TOP
from kit.story import SECRET

if TYPE_CHECKING:
    from pathlib import Path

    from followup.domain.clinic import Clinic

ENVIRONMENT = {"GLOW_BOOKING_SECRET": SECRET, "PAGER": "json://pager"}
MENTION = '\n[[notify]]\nurgency = "mention"\nurls = "env:PAGER"\n'


def read(directory: Path, *, sms: str = "", more: str = "") -> tuple[Clinic | None, str]:
    """The sample clinic with these lines in its file, and the problems of that file."""
    folder = directory / "config" / "clinics"
    shutil.copytree(TOP / "config" / "clinics", folder)
    file = folder / "glow.toml"
    text = file.read_text(encoding="utf-8").replace("[sms]\n", f"[sms]\n{sms}\n", 1)
    file.write_text(text + more, encoding="utf-8")
    problems = Problems()
    found = read_clinics(folder, ENVIRONMENT, problems)
    clinic = next((one.clinic for one in found if one.clinic.id == "glow"), None)
    return clinic, "\n".join(map(str, problems.found))


@pytest.mark.parametrize(
    ("written", "parts", "cost"),
    [
        ("0.0463 GBP", 2, "0.09 GBP"),
        ("0.04 GBP", 1, "0.04 GBP"),
        ("12 CZK", 3, "36.00 CZK"),
        ("0.0021 EUR", 1, "0.0021 EUR"),
    ],
)
def test_a_part_of_a_text_may_have_a_price(tmp_path: Path, written: str, parts: int, cost: str) -> None:
    clinic, problems = read(tmp_path, sms=f'price = "{written}"')
    assert problems == ""
    assert clinic is not None
    amount, currency = written.split()
    assert clinic.sms.price == Price(Decimal(amount), currency)
    assert clinic.sms.price.of(parts) == cost


def test_without_a_price_no_cost_is_known(tmp_path: Path) -> None:
    clinic, _ = read(tmp_path)
    assert clinic is not None
    assert clinic.sms.price is None


@pytest.mark.parametrize("written", ['"0.04"', '"GBP 0.04"', '"0,04 GBP"', "0.04", '"-1 GBP"'])
def test_a_price_is_an_amount_and_a_currency(tmp_path: Path, written: str) -> None:
    _, problems = read(tmp_path, sms=f"price = {written}")
    assert 'should be an amount and a currency such as "0.04 GBP"' in problems


def test_somebody_is_told_of_mentions_of_one_person_or_of_anybody(tmp_path: Path) -> None:
    clinic, problems = read(tmp_path, more=f'{MENTION}{MENTION}person = "Nia@Glow.example"\n')
    assert problems == ""
    assert clinic is not None
    anybodys, nias = clinic.notify
    assert (anybodys.urgency, anybodys.person) == (MENTIONED, "")
    assert nias == NotifyRule(MENTIONED, anybodys.after, ("json://pager",), person="nia@glow.example")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            '\n[[notify]]\nurgency = "now"\nurls = "env:PAGER"\nperson = "nia@glow.example"\n',
            '"person" is for mentions alone',
        ),
        (f'{MENTION}after = "5m"\n', '"after" means nothing where a note mentions somebody'),
        ('\n[[notify]]\nurgency = "mentions"\nurls = "env:PAGER"\n', 'did you mean "mention"?'),
    ],
)
def test_a_setting_that_would_do_nothing_is_a_mistake(tmp_path: Path, more: str, says: str) -> None:
    assert says in read(tmp_path, more=more)[1]
