"""Somebody of the staff at the desk, without a browser: opens pages, fills in their forms, presses a button."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from followup.flows.sign_in import SIGN_IN, invite, make_link
from followup.store import staff

if TYPE_CHECKING:
    from followup.flows.services import Services

PASSWORD = "a few good words"


@dataclass
class Form:
    """Where it goes, and what stands in it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input" and self.forms and given.get("name"):
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "textarea" and self.forms:
            self._area = given["name"]
            self.forms[-1].fields[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data
        self.words.append(data)


@dataclass(frozen=True)
class Seen:
    """A page as it came."""

    status: int
    path: str
    html: str
    headers: Any

    @property
    def words(self) -> str:
        """What stands on it, as one line."""
        return " ".join(" ".join(self._read().words).split())

    def forms(self, action: str) -> list[Form]:
        """Its forms that lead there (the beginning and the end of the address will do)."""
        begin, _, end = action.partition("*")
        return [form for form in self._read().forms if form.action.startswith(begin) and form.action.endswith(end)]

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.html)
        return reader


@dataclass
class Nurse:
    """One browser, so to speak, of one person."""

    origin: str
    web: aiohttp.ClientSession
    email: str = ""

    async def see(self, path: str = "/", **headers: str) -> Seen:
        """Opens a page and follows where it leads."""
        async with self.web.get(self.origin + path, headers=headers) as answer:
            return await _seen(answer)

    async def press(self, page: Seen, action: str, **fields: str) -> Seen:
        """Sends the first form of the page that leads there, as it stands but for these fields."""
        form = page.forms(action)[0]
        return await self.send(form.action or page.path, {**form.fields, **fields})

    async def send(self, path: str, fields: dict[str, str], **headers: str) -> Seen:
        """Sends a form to an address."""
        async with self.web.post(self.origin + path, data=fields, headers=headers) as answer:
            return await _seen(answer)

    async def sign_in(self, email: str = "", password: str = PASSWORD) -> Seen:
        """Comes in by the front door."""
        page = await self.see("/sign-in")
        return await self.press(page, "/sign-in", email=email or self.email, password=password)

    async def close(self) -> None:
        """Closes the browser."""
        await self.web.close()


async def _seen(answer: aiohttp.ClientResponse) -> Seen:
    return Seen(answer.status, answer.url.path, await answer.text(), answer.headers)


def new_browser(origin: str) -> Nurse:
    """Nobody's browser yet."""
    return Nurse(origin, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))


async def hire(services: Services, origin: str, name: str = "Nia", role: str = "reviewer", clinic: str = "") -> Nurse:
    """A new account, and its owner signed in, with PASSWORD."""
    email = f"{name.lower()}@glow.example"
    link = await invite(services, email, f"{name} Nurse", role, clinic)
    nurse = new_browser(origin)
    nurse.email = email
    page = await nurse.see(urlsplit(link).path)
    await nurse.press(page, "", password=PASSWORD, again=PASSWORD)
    return nurse


async def one_time_link(services: Services, email: str) -> str:
    """The path of a link that signs its owner in without a password."""
    async with services.store.reading() as tx:
        account = await staff.account(tx, email)
    assert account is not None
    return urlsplit(await make_link(services, account, SIGN_IN)).path
