"""Episodes: found by booking, patient or phone; read whole; written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from followup.domain.review import Refusal
from followup.flows.export_fhir import export_fhir
from followup.flows.opt_outs import record_opt_out
from followup.flows.records import episode_of, episodes_of, episodes_of_phone
from followup.flows.write_to_patient import write_to_patient
from followup.web.api.answers import EpisodeList, EpisodeShown, MessageShown
from followup.web.api.refusals import NOT_FOUND, RefusedError
from followup.web.api.shown import episode_page, episode_row, message
from followup.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.web.api.asked import EpisodeQuery, MessageBody, OptOutBody, Page, PhoneBody
    from followup.web.api.call import Call


async def list_episodes(call: Call[EpisodeQuery, None]) -> EpisodeList:
    """The episodes of a booking, of a patient, or in a state."""
    query = call.query
    rows, following = await episodes_of(
        call.services,
        clinics=call.caller.narrowed(query.clinic),
        booking=query.booking,
        patient=query.patient,
        state=query.state or "",
        cursor=query.cursor,
        limit=query.limit,
    )
    return EpisodeList(items=tuple(map(episode_row, rows)), next=following)


async def search_episodes(call: Call[Page, PhoneBody]) -> EpisodeList:
    """The episodes of a phone, which belongs in no URL."""
    rows, following = await episodes_of_phone(
        call.services,
        call.body.phone,
        clinics=call.caller.clinics,
        cursor=call.query.cursor,
        limit=call.query.limit,
    )
    return EpisodeList(items=tuple(map(episode_row, rows)), next=following)


async def show_episode(call: Call[None, None]) -> EpisodeShown:
    """One episode with everything known of it."""
    page = await episode_of(call.services, call.path["id"], call.caller.clinics, call.caller.who)
    if page is None:
        raise ProblemError(NOT_FOUND)
    return episode_page(page)


async def export_episode(call: Call[None, None]) -> Mapping[str, Any]:
    """The same for another system of care, as a FHIR R4 bundle."""
    services, caller = call.services, call.caller
    found = await export_fhir(services.store, call.path["id"], caller.clinics, who=caller.who, at=services.clock())
    if found is None:
        raise ProblemError(NOT_FOUND)
    return found


async def record_no(call: Call[None, OptOutBody]) -> EpisodeShown:
    """A patient's no to texts that staff heard; it holds for the phone."""
    done = await record_opt_out(call.services, call.path["id"], call.body.words, call.caller.who, call.caller.clinics)
    if done is None:
        raise ProblemError(NOT_FOUND)
    if isinstance(done, Refusal):
        raise RefusedError(done.why, done.who, done.version)
    return await show_episode(call)  # type: ignore[arg-type] # it reads no body


async def write_message(call: Call[None, MessageBody]) -> MessageShown:
    """A text of staff's own to the patient, unless they want none."""
    who, body = call.caller, call.body
    done = await write_to_patient(
        call.services, call.path["id"], body.body, who.who, who.clinics, is_for_now=body.at_any_hour
    )
    if done is None:
        raise ProblemError(NOT_FOUND)
    if isinstance(done, Refusal):
        raise RefusedError(done.why, done.who, done.version)
    return message(done)
