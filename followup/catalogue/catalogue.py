"""All configuration as values, read once and checked whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from followup.catalogue.agreement import Parts, check_agreement
from followup.catalogue.clinics import read_clinics
from followup.catalogue.problems import Problems
from followup.catalogue.protocols import read_protocols
from followup.catalogue.replies import read_replies
from followup.catalogue.texts import read_texts
from followup.catalogue.vocabularies import read_vocabularies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from followup.domain.clinic import BookingSource, Clinic
    from followup.domain.protocol import Protocol
    from followup.domain.vocabulary import Vocabulary
    from followup.domain.wording import CannedReply, Texts


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything a clinic configured, by id and by language; nothing in it points nowhere.

    protocol_texts: the protocols' files as they were read, by digest, to be kept beside the plans that follow them.
    """

    clinics: Mapping[str, Clinic]
    protocols: Mapping[str, Protocol]
    vocabularies: Mapping[str, Vocabulary]
    texts: Texts
    protocol_texts: Mapping[str, str] = field(default_factory=dict)
    replies: Mapping[str, Sequence[CannedReply]] = field(default_factory=dict)
    """What staff often write, by language."""

    def clinic_of_sender(self, sent_to: str) -> Clinic | None:
        """The clinic that texts from this number or Messaging Service; None where it is nobody's."""
        return next((clinic for clinic in self.clinics.values() if clinic.sms.sender == sent_to), None)

    def source(self, name: str) -> tuple[Clinic, BookingSource] | None:
        """The booking source of that name and the clinic it belongs to."""
        found = ((clinic, clinic.source(name)) for clinic in self.clinics.values())
        return next(((clinic, source) for clinic, source in found if source), None)

    def protocol_of(self, clinic: Clinic, service_id: str | None) -> Protocol | None:
        """The protocol the clinic follows after this service; None for one it does not name."""
        return self.protocols.get(clinic.services.get(service_id or "", ""))


def read_catalogue(
    config: Path, templates: Path, environment: Mapping[str, str], *, only_spoken: bool = False
) -> Catalogue:
    """Everything under `config` (clinics, protocols, vocabulary) and `templates` (sms).

    Secrets come from `environment`. BadConfigurationError lists every mistake there is, each with file and line.
    only_spoken: without the words of languages that no clinic speaks; they are most of what takes time and memory.
    """
    problems = Problems()
    protocols = read_protocols(config / "protocols", problems)
    clinics = read_clinics(config / "clinics", environment, problems)
    spoken = {language for read in clinics for language in read.clinic.languages}
    vocabularies = read_vocabularies(config / "vocabulary", problems, spoken if only_spoken else None)
    texts = read_texts(templates / "sms", problems)
    replies = read_replies(templates / "replies", problems)
    check_agreement(Parts(config, clinics, protocols, vocabularies, texts), problems)
    problems.raise_if_any()
    return Catalogue(
        {read.clinic.id: read.clinic for read in clinics},
        {read.protocol.id: read.protocol for read in protocols},
        vocabularies,
        texts.texts,
        {read.protocol.digest: read.text for read in protocols},
        replies,
    )
