"""A colleague named in a note: who is meant by @name, and what that does to the flag."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_NAMED = re.compile(r"(?<![\w.@+-])@([^\W\d_][\w.+'-]*(?:@[\w-]+(?:\.[\w-]+)+)?)")
_BLANKS = re.compile(r"[\s.'_-]+")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can be mentioned."""

    email: str
    name: str

    def is_called(self, word: str) -> bool:
        """Whether @word can mean them: first name, whole name without blanks, e-mail, or the beginning of that."""
        first, whole = self.name.partition(" ")[0], _BLANKS.sub("", self.name)
        begin = self.email.partition("@")[0]
        return word.casefold() in {self.email.casefold(), begin.casefold()} or (
            bool(self.name) and _BLANKS.sub("", word).casefold() in {first.casefold(), whole.casefold()}
        )


@dataclass(frozen=True, slots=True)
class ColleaguesMentioned:
    """A note named colleagues: they see the flag marked until they do something with it. `mentioned`: their e-mails."""

    flag_id: str
    who: str
    at: datetime
    mentioned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MentionRead:
    """Somebody who was mentioned has read it."""

    flag_id: str
    who: str
    at: datetime


MentionEvent = ColleaguesMentioned | MentionRead


def mentioned_in(note: str, colleagues: Sequence[Colleague]) -> tuple[str, ...] | str:
    """The e-mails of everybody whom the note names, once each; why not, where a name is nobody's or several's."""
    found: dict[str, None] = {}
    for word in dict.fromkeys(name.rstrip(".-'") for name in _NAMED.findall(note)):
        meant = [one for one in colleagues if one.is_called(word)]
        if not meant:
            return f'nobody here is called "@{word}"{_known(colleagues)}'
        if len(meant) > 1:
            emails = " or ".join(f"@{one.email}" for one in meant)
            return f'"@{word}" could be several people: write {emails}'
        found[meant[0].email] = None
    return tuple(found)


def _known(colleagues: Sequence[Colleague]) -> str:
    names = ", ".join(f"@{_BLANKS.sub('', one.name) or one.email}" for one in colleagues[:8])
    return f"; there are {names}" if names else ""


def after_mention(mentioned: tuple[str, ...], event: object) -> tuple[str, ...]:
    """Who is still to see it after something happened to the flag: whoever acts on it has seen it."""
    if isinstance(event, ColleaguesMentioned):
        return (*mentioned, *(email for email in event.mentioned if email not in mentioned))
    return tuple(email for email in mentioned if email != getattr(event, "who", ""))
