"""Reading a whole configuration for the sake of its mistakes (`followup check`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.catalogue.catalogue import read_catalogue
from followup.catalogue.problems import BadConfigurationError, Problem
from followup.catalogue.vocabularies import run_examples
from followup.domain.circumstances import Circumstances
from followup.domain.episode import Patient
from followup.domain.examples import wrong_examples
from followup.domain.fitting import without_room

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from followup.catalogue.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Examined:
    """Every mistake in a configuration, its worked examples among them; and what is none, yet should be known."""

    problems: Sequence[Problem]
    notes: Sequence[str] = ()


def examine(config: Path, templates: Path, environment: Mapping[str, str]) -> Examined:
    """Every mistake, and what a clinic's own settings keep its plans from."""
    try:
        catalogue = read_catalogue(config, templates, environment)
    except BadConfigurationError as error:
        return Examined(error.problems)
    examples = [*run_examples(catalogue.vocabularies, config / "vocabulary"), *_protocol_examples(catalogue, config)]
    return Examined(sorted(examples), list(_left_out(catalogue)))


def _left_out(catalogue: Catalogue) -> Iterator[str]:
    """Each question of a plan that its clinic's caps leave no room for."""
    for clinic in catalogue.clinics.values():
        rules = clinic.sms
        for protocol_id in sorted(set(clinic.services.values())):
            around = Circumstances(
                clinic, catalogue.protocols[protocol_id], Patient(clinic.id, "", ""), catalogue.texts, clinic.zone
            )
            for step, ends in without_room(around).items():
                local = f"{ends.astimezone(clinic.zone):%A at %H:%M}"
                yield (
                    f'clinic "{clinic.id}", "{protocol_id}": with {_most(rules.per_day, "a day")} and'
                    f' {_most(rules.per_week, "a week")} (sms.per_day, sms.per_week) "{step}" is not asked after a'
                    f" treatment that ends on {local}, for one; staff are shown each that is left out"
                )


def _most(texts: int, span: str) -> str:
    return f"at most {texts} text{'' if texts == 1 else 's'} {span}" if texts else f"no limit {span}"


def _protocol_examples(catalogue: Catalogue, config: Path) -> Iterator[Problem]:
    """Each example of a protocol that raises other flags than it says."""
    for protocol in catalogue.protocols.values():
        for one in wrong_examples(protocol, catalogue.vocabularies):
            hours = f"{one.example.at / timedelta(hours=1):g} h"
            what = (
                f'"{one.example.reply}" at {hours} raises {_listed(one.raised)}, expected {_listed(one.example.flags)}'
            )
            yield Problem(config / "protocols" / f"{protocol.id}.toml", one.example.line, what)


def _listed(flags: tuple[str, ...]) -> str:
    return ", ".join(sorted(flags)) or "nothing"
