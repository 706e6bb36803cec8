"""What the API refuses, and how it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from followup.bookings import Fault
from followup.web.problems import BODY_PROBLEMS, PROBLEM_JSON, Problem, ProblemError

if TYPE_CHECKING:
    from pydantic import ValidationError

NO_TOKEN = Problem("unauthorised", 401, "A token is needed")
OTHER_CLINIC = Problem("other-clinic", 403, "This token is for another clinic")
NOT_FOUND = Problem("not-found", 404, "There is no such thing here")
FIRST = Problem("somebody-was-first", 409, "This was changed since you read it")
NOT_POSSIBLE = Problem("not-possible", 409, "This cannot be done now")
REPEATED = Problem("repeated-parameter", 400, "A parameter stands twice in the URL")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="followup"'}


def no_token(*, presented: bool) -> ProblemError:
    """401; a token that was presented and is not valid is told so, no more."""
    challenge = CHALLENGE["WWW-Authenticate"] + (', error="invalid_token"' if presented else "")
    return ProblemError(NO_TOKEN, headers={"WWW-Authenticate": challenge})


def not_valid(error: ValidationError) -> ProblemError:
    """422 naming each place, without a word of what stood there."""
    faults = [
        Fault(_pointer(told["loc"]), told["msg"])
        for told in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return ProblemError(BODY_PROBLEMS[422], errors=faults)


def bad_cursor() -> ProblemError:
    """422: a cursor we never gave."""
    return ProblemError(BODY_PROBLEMS[422], errors=[Fault("#/cursor", "not a cursor of this list")])


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join(["#", *(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)])


class RefusedError(ProblemError):
    """409: the decision's own no, with who was first and what the version is now."""

    def __init__(self, why: str, who: str, version: int) -> None:
        super().__init__(FIRST if who or version else NOT_POSSIBLE, why)
        self._members = {"who": who, "version": version}

    def answer(self) -> web.Response:
        """The problem with its two members more."""
        members = {
            "type": self.problem.type,
            "title": self.problem.title,
            "status": self.problem.status,
            "detail": self.detail,
            **self._members,
        }
        said = {name: value for name, value in members.items() if value}
        return web.json_response(said, status=self.problem.status, content_type=PROBLEM_JSON)
