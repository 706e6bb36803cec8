"""What a patient may ask for: everything kept about them, and that it goes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from followup.domain.review import PlanAct, Refusal, on_plan
from followup.flows.seal_picture import WHOLE, unseal
from followup.store import episodes, journal, pictures, whole_patient

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store import Store, Transaction
    from followup.store.whole_patient import Whose

BY_HAND = "command line"


class PatientError(Exception):
    """It cannot be done; the message says why and what to do, and names nobody."""


async def export_patient(
    store: Store, patient_id: str, clinic: str, source: str, at: datetime, *, secret_key: str = ""
) -> dict[str, Any]:
    """Everything about one patient as JSON, with pictures the key opens; that it was read out is in the journal."""
    async with store.transaction() as tx:
        who = await _find(tx, patient_id, clinic, source)
        found = await whole_patient.export(tx, who)
        found["pictures"] = [await _with_content(tx, one, secret_key) for one in found["pictures"]]
        await _note(tx, who, "PatientExported", at)
    return {"clinic": who.clinic, "source": who.source, "exported_at": _written(at), **found}


async def erase_patient(
    store: Store, patient_id: str, clinic: str, source: str, at: datetime, *, anyway: bool = False
) -> dict[str, int]:
    """Ends their plans and takes away who they were and what they wrote. Says how much there was of each."""
    async with store.transaction() as tx:
        who = await _find(tx, patient_id, clinic, source)
        if not anyway:
            await _refuse_while_open(tx, who)
        for episode_id in who.episodes:
            await _stop(tx, episode_id, at)
        await whole_patient.erase(tx, who, at)
        await _note(tx, who, "PatientErased", at)
    return {"episodes": len(who.episodes), "messages": len(who.messages), "bookings": len(who.bookings)}


async def _with_content(tx: Transaction, picture: dict[str, Any], secret_key: str) -> dict[str, Any]:
    """The picture with what is on it, where it is kept and the key opens it."""
    kept = await pictures.content(tx, picture["id"])
    if kept is None:
        return picture
    content = unseal(secret_key, kept[0], WHOLE, kept[1])
    return {**picture, "jpeg": base64.b64encode(content).decode() if content else None}


async def _find(tx: Transaction, patient_id: str, clinic: str, source: str) -> Whose:
    called = await whole_patient.patients_called(tx, patient_id)
    found = [one for one in called if clinic in {"", one[0]} and source in {"", one[1]}]
    if not found:
        raise PatientError("there is no such patient; give the booking system's id, not a name")
    if len(found) > 1:
        choice = ", ".join(f"--clinic {one[0]} --source {one[1]}" for one in found)
        message = f"several booking systems know a patient by this id; choose one: {choice}"
        raise PatientError(message)
    who = await whole_patient.whose(tx, *found[0], patient_id)
    if who is None:
        raise PatientError("there is no such patient any more")
    return who


async def _refuse_while_open(tx: Transaction, who: Whose) -> None:
    if await whole_patient.in_flight(tx, who):
        raise PatientError("a text to this patient is on its way; try again when its fate is known, or --anyway")
    flags = await whole_patient.open_flags(tx, who)
    if flags:
        message = f"{flags} of this patient's flags are open; close them first, or --anyway"
        raise PatientError(message)


async def _stop(tx: Transaction, episode_id: str, at: datetime) -> None:
    episode = await episodes.load(tx, episode_id)
    decision = on_plan(episode, PlanAct.STOP, BY_HAND, at) if episode else None
    if decision is not None and not isinstance(decision, Refusal):
        await episodes.apply(tx, episode, decision, at=at, who=BY_HAND)


async def _note(tx: Transaction, who: Whose, event: str, at: datetime) -> None:
    # Of no episode, so that a later erasure leaves it; ids are all it names.
    await journal.note(tx, who.clinic, "", event, {"source": who.source, "patient": who.id}, at=at, who=BY_HAND)


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
