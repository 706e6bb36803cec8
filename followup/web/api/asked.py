"""What callers may ask: every field is named here, and any other is refused."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from followup.domain.episode import EpisodeState
from followup.domain.flag import Reason
from followup.domain.inputs import Act, ContactMade, Outcome
from followup.domain.understanding.values import Urgency
from followup.domain.wishes import LONGEST_WORDS

LONGEST_NOTE = 4000
LONGEST_TEXT = 1600


def _storable(text: str) -> str:
    # PostgreSQL keeps no NUL in a text.
    if "\x00" in text:
        raise PydanticCustomError("nul", "a text without NUL characters")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Text, Field(max_length=200)]


class Asked(BaseModel):
    """Anything a caller may send."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Asked):
    """Which page of a list."""

    cursor: Annotated[Text, Field(max_length=1000)] | None = Field(
        default=None, description="`next` of the page before"
    )
    limit: int = Field(default=50, ge=1, le=200)


class FlagQuery(Page):
    """Which flags."""

    state: Literal["active", "closed", "mistaken", "all"] = "active"
    urgency: Urgency | None = None
    reason: Reason | None = None
    clinic: Name = ""


class EpisodeQuery(Page):
    """Which episodes."""

    booking: Name = ""
    patient: Name = Field(default="", description="The booking system's id of the patient")
    state: EpisodeState | None = None
    clinic: Name = ""


class StrayQuery(Page):
    """Which strays."""

    clinic: Name = ""


class PhoneBody(Asked):
    """A phone, as it is dialled from the clinic or with its country code."""

    phone: Annotated[Text, Field(min_length=3, max_length=50)]


class ActBody(Asked):
    """What is done with a flag; `version` is the flag's as the caller saw it."""

    act: Act
    version: Annotated[int, Field(ge=1)]
    outcome: Outcome | None = Field(default=None, description="How the review ended; only with `close`")
    note: Annotated[Text, Field(max_length=LONGEST_NOTE)] | None = None
    contact: ContactMade | None = Field(default=None, description="Whether the patient was spoken with; with `close`")
    until: AwareDatetime | None = Field(default=None, description="Only with `snooze`, which needs it")
    owner: Name = Field(default="", description="A colleague's e-mail; only with `assign`, which needs it")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.act is Act.CLOSE) != (self.outcome is not None):
            said = "an outcome belongs to the act close, which needs one"
            raise PydanticCustomError("outcome", said)
        if self.act is Act.NOTE and not (self.note or "").strip():
            raise PydanticCustomError("note", "the act note needs a note")
        return self


class OptOutBody(Asked):
    """A patient's no to texts, as staff heard it."""

    words: Annotated[Text, Field(min_length=1, max_length=LONGEST_WORDS, description="How they said it, and where.")]


class MessageBody(Asked):
    """What staff write to the patient."""

    body: Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)]
    at_any_hour: bool = Field(default=False, description="Goes now, though no texts go at this hour")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.body.strip():
            raise PydanticCustomError("body", "a text of blanks only")
        return self
