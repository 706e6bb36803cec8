"""Every URL of the JSON API in one table, which serves and describes itself."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from followup.web.api.answers import EpisodeList, EpisodeShown, FlagList, FlagShown, MessageShown, StrayList
from followup.web.api.asked import (
    ActBody,
    EpisodeQuery,
    FlagQuery,
    MessageBody,
    OptOutBody,
    Page,
    PhoneBody,
    StrayQuery,
)
from followup.web.api.call import Route
from followup.web.api.episodes import (
    export_episode,
    list_episodes,
    record_no,
    search_episodes,
    show_episode,
    write_message,
)
from followup.web.api.flags import act_on_flag, list_flags
from followup.web.api.openapi import describe
from followup.web.api.strays import list_strays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.web.api.call import Call

PREFIX = "/api/v1"
_GONE_OR_LATE = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


async def show_document(_call: Call[None, None]) -> Mapping[str, Any]:
    """The description of this table."""
    return _document()


@cache
def _document() -> Mapping[str, Any]:
    return describe(ROUTES, PREFIX)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/flags", list_flags, "Flags, the most urgent first", FlagList, query=FlagQuery),
    Route(
        *("POST", "/flags/{id}/acts", act_on_flag, "Do something with a flag", FlagShown),
        body=ActBody,
        refuses=_GONE_OR_LATE,
    ),
    Route("GET", "/episodes", list_episodes, "Episodes, the newest first", EpisodeList, query=EpisodeQuery),
    Route(
        *("POST", "/episodes/search", search_episodes, "Episodes of a phone", EpisodeList),
        query=Page,
        body=PhoneBody,
    ),
    Route(
        *("GET", "/episodes/{id}", show_episode, "One episode with everything known of it", EpisodeShown),
        refuses=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        *("GET", "/episodes/{id}/fhir", export_episode, "One episode as a FHIR R4 bundle", None),
        refuses=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        *("POST", "/episodes/{id}/messages", write_message, "Write to the patient", MessageShown),
        status=HTTPStatus.CREATED,
        body=MessageBody,
        refuses=_GONE_OR_LATE,
    ),
    Route(
        *("POST", "/episodes/{id}/opt-out", record_no, "The patient wants no more texts", EpisodeShown),
        body=OptOutBody,
        refuses=_GONE_OR_LATE,
    ),
    Route("GET", "/strays", list_strays, "What belongs to no episode and waits for staff", StrayList, query=StrayQuery),
    Route("GET", "/openapi.json", show_document, "This document", None, is_public=True),
)
