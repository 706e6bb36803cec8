"""A patient's text: whose it is, what it says, and everything that follows from it, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.conversation import choose_episode, on_reply, on_wrong_number, opt_word
from followup.domain.decision import Decision
from followup.domain.ids import derive
from followup.domain.told_apart import answered_once, told_apart
from followup.domain.wishes import NumberConfirmed, PatientOptedIn, PatientOptedOut
from followup.flows.after_restore import came_before_restore, woken
from followup.flows.circumstances import circumstances_of
from followup.flows.fetch_pictures import want_pictures
from followup.flows.handled import Handled, Outcome
from followup.flows.phones import read_phone
from followup.flows.reconciled import is_reconciled, read_reconciled
from followup.sms import UnreadableError
from followup.sms.form import read_form
from followup.store import episodes, opt_out_ledger, outbox, patients, strays
from followup.store.strays import Stray

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.domain.episode import Episode
    from followup.domain.inputs import Reply
    from followup.domain.told_apart import Part
    from followup.flows.services import Services
    from followup.store import Transaction
    from followup.store.received import Item

SEVERAL = 2
SERVICE_PREFIX = "MG"
"""How the name of a pool of numbers begins."""


@dataclass(frozen=True, slots=True)
class Credited:
    """Whose a reply is: the clinic, if it is certain, and that phone's episodes there, the newest first."""

    clinic: Clinic | None
    phone: str
    episodes: Sequence[Episode] = ()


async def receive_reply(services: Services, tx: Transaction, item: Item) -> Handled:
    """One text, credited to an episode, read, recorded, triaged and answered; or a stray that staff see."""
    now = services.clock()
    gateway = item.door.split(":")[1]
    try:
        reply = _read(services, gateway, item)
    except UnreadableError as error:
        return await _unreadable(services, tx, item, str(error), now)
    if await outbox.known_replies(tx, [reply.carrier_id]):
        return Handled(Outcome.DUPLICATE)
    credited = await _credit(services, tx, gateway, reply)
    if is_reconciled(item.headers) and await came_before_restore(tx, reply.received_at):
        # Judged as it was once already: by what had been asked then, and at that time.
        now = reply.received_at
        credited = replace(credited, episodes=[await woken(services, tx, each, now) for each in credited.episodes])
    reply = replace(reply, phone=credited.phone)
    parts = await _told_apart(services, tx, credited, reply)
    if parts:
        return await _receive_parts(services, tx, item, credited, parts, now)
    episode = choose_episode(credited.episodes, reply.received_at)
    if episode is None:
        return await _stray(services, tx, item, credited, reply)
    others = tuple(other for other in credited.episodes if other.id != episode.id)
    circumstances = await circumstances_of(services, tx, episode, now)
    decision = on_reply(episode, circumstances, reply, services.catalogue.vocabularies, now, others)
    after = await episodes.apply(tx, episode, decision, at=now, cause=item.id)
    came_with = next(event.message.id for event in decision.events if isinstance(event, e.ReplyReceived))
    await want_pictures(services, tx, reply, gateway, episode.clinic, came_with, episode.id)
    if any(isinstance(event, _MATTER_TO_ALL) for event in decision.events):
        await _look_again(tx, [after, *others], now, item.id)
    if any(isinstance(event, e.EpisodeHeld) for event in decision.events):
        await _hold_others(tx, others, now, item.id)
    return Handled(Outcome.APPLIED, episode.clinic)


_MATTER_TO_ALL = (PatientOptedOut, PatientOptedIn, NumberConfirmed, e.CheckInAnswered)
"""What the phone's other plans may have waited for."""


async def _told_apart(services: Services, tx: Transaction, credited: Credited, reply: Reply) -> Sequence[Part]:
    """Each patient's part of a text from a phone that several patients share, where the text names them."""
    if credited.clinic is None or len({one.patient_id for one in credited.episodes}) < SEVERAL:
        return ()
    people = await patients.with_phone(tx, credited.clinic.id, credited.phone)
    vocabularies = [services.catalogue.vocabularies[language] for language in credited.clinic.languages]
    words = services.catalogue.texts.words
    joiners = [words[language].joined_by for language in credited.clinic.languages]
    return told_apart(reply, credited.episodes, people, vocabularies, joiners)


async def _receive_parts(
    services: Services, tx: Transaction, item: Item, credited: Credited, parts: Sequence[Part], now: datetime
) -> Handled:
    """Each part is credited to its patient's own question; what all of them are told is told once."""
    known = services.catalogue.vocabularies
    around = [await circumstances_of(services, tx, part.episode, now) for part in parts]
    each = [
        on_reply(part.episode, one, part.reply, known, now, _of_the_same(part.episode, credited.episodes))
        for part, one in zip(parts, around, strict=True)
    ]
    after: dict[str, Episode] = {}
    for part, decision in zip(parts, answered_once(each), strict=True):
        after[part.episode.id] = await episodes.apply(tx, part.episode, decision, at=now, cause=item.id)
    rest = [one for one in credited.episodes if one.id not in after]
    await _look_again(tx, [*after.values(), *rest], now, item.id)
    return Handled(Outcome.APPLIED, parts[0].episode.clinic)


def _of_the_same(episode: Episode, every: Sequence[Episode]) -> tuple[Episode, ...]:
    """The patient's other episodes."""
    mine = (one for one in every if (one.source, one.patient_id) == (episode.source, episode.patient_id))
    return tuple(one for one in mine if one.id != episode.id)


def _read(services: Services, gateway: str, item: Item) -> Reply:
    """What the carrier posted, or what we asked the carrier for ourselves."""
    if is_reconciled(item.headers):
        return read_reconciled(item.body)
    hooks = services.hooks.get(gateway)
    if hooks is None:
        message = f'the gateway "{gateway}" is no longer in the configuration'
        raise UnreadableError(message)
    return hooks.read_reply(read_form(item.body, item.headers.get("content-type", "")), item.received_at)


async def _credit(services: Services, tx: Transaction, gateway: str, reply: Reply) -> Credited:
    """By the pool or number it was sent to; where the carrier names no pool, by which clinic knows this phone."""
    sender = services.catalogue.clinic_of_sender
    certain = (sender(reply.service) if reply.service else None) or sender(reply.sent_to)
    every = services.catalogue.clinics.values()
    pooled = [clinic for clinic in every if clinic.sms.sender.startswith(SERVICE_PREFIX)]
    of_gateway = [clinic for clinic in pooled or every if clinic.sms.gateway == gateway]
    candidates = [certain] if certain else of_gateway
    known = [one for clinic in candidates if (one := await _known_at(tx, clinic, reply)).episodes]
    if len(known) == 1:
        return known[0]
    if known:
        episode = choose_episode([each for one in known for each in one.episodes], reply.received_at)
        return next(one for one in known if episode in one.episodes)
    clinic = candidates[0] if len(candidates) == 1 else None
    return Credited(clinic, _phone(reply, clinic))


async def _known_at(tx: Transaction, clinic: Clinic, reply: Reply) -> Credited:
    phone = _phone(reply, clinic)
    return Credited(clinic, phone, await episodes.of_phone(tx, clinic.id, phone))


def _phone(reply: Reply, clinic: Clinic | None) -> str:
    number = read_phone(reply.phone, clinic.country) if clinic else None
    return number.e164 if number else reply.phone


async def _look_again(tx: Transaction, told: Sequence[Episode], now: datetime, cause: str) -> None:
    """A no or a yes holds for the phone: whatever else runs for it looks again."""
    for episode in told:
        if episode.may_ask:
            await episodes.apply(tx, episode, Decision((), now), at=now, cause=cause)


async def _hold_others(tx: Transaction, others: Sequence[Episode], now: datetime, cause: str) -> None:
    """Whoever has this phone is none of our patients: no plan texts it any more."""
    for other in others:
        decision = on_wrong_number(other, cause, now)
        if decision.events:
            await episodes.apply(tx, other, decision, at=now, cause=cause)


async def _stray(services: Services, tx: Transaction, item: Item, credited: Credited, reply: Reply) -> Handled:
    """Nobody's episode: staff see it, and a wish for no more texts holds all the same."""
    clinic = credited.clinic
    if clinic is not None:
        await _keep_wish(services, tx, clinic, reply)
    named, gateway = derive("stray", item.door, reply.carrier_id), item.door.split(":")[1]
    await want_pictures(services, tx, reply, gateway, clinic.id if clinic else "", named, None)
    await strays.add(
        tx,
        Stray(
            id=named,
            clinic=clinic.id if clinic else "",
            kind="reply",
            why="no treatment is known for this number" if clinic else "sent to a number that is no clinic's",
            body=reply.text or ("(a picture)" if reply.media_count else ""),
            phone=reply.phone,
            at=reply.received_at,
            source="",
            booking_id="",
            item_id=item.id,
        ),
    )
    return Handled(Outcome.STRAY, clinic.id if clinic else "")


async def _keep_wish(services: Services, tx: Transaction, clinic: Clinic, reply: Reply) -> None:
    vocabularies = [services.catalogue.vocabularies[language] for language in clinic.languages]
    word = opt_word(reply.text, vocabularies)
    before = await patients.opted_out_at(tx, clinic.id, reply.phone) if word else None
    if before is not None and reply.received_at <= before:
        return  # fetched late: the last word is another
    said = (reply.phone, reply.received_at, reply.text)
    if word == "out":
        opt_out_ledger.note(tx, clinic.id, PatientOptedOut(*said, sender=reply.sent_to))
    elif word == "in":
        opt_out_ledger.note(tx, clinic.id, PatientOptedIn(*said, reply.sent_to))


async def _unreadable(services: Services, tx: Transaction, item: Item, why: str, now: datetime) -> Handled:
    """Signed, so it is the carrier's, but of another shape: shown as it came, for it may hold a patient's words."""
    clinics = list(services.catalogue.clinics)
    clinic = clinics[0] if len(clinics) == 1 else ""
    await strays.add(
        tx,
        Stray(
            id=derive(item.id, "unreadable"),
            clinic=clinic,
            kind="reply",
            why=f"the carrier's call could not be read: {why}",
            body=item.body.decode("utf-8", "replace"),
            phone="",
            at=now,
            source="",
            booking_id="",
            item_id=item.id,
        ),
    )
    return Handled(Outcome.QUARANTINED, clinic)
