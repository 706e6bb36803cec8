"""What is wrong with this installation, and what to do about it: configuration, addresses, secrets, protocols."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from followup.catalogue.clinics import read_clinics
from followup.catalogue.problems import BadConfigurationError, Problems
from followup.domain.notifying import addresses
from followup.domain.understanding.values import Urgency
from followup.flows import check_config
from followup.flows.approve_protocol import ApprovalError, Standing, verify
from followup.notify.by_apprise import is_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from followup.domain.clinic import Clinic

SHORTEST_KEY = 32
LIVE = "twilio"


class Grade(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: how it ended, what was found and what to do."""

    name: str
    grade: Grade
    said: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Installation:
    """The settings of an installation, as far as they can be wrong."""

    database_url: str
    public_url: str
    config: Path
    templates: Path
    environment: Mapping[str, str] = field(repr=False)
    secret_key: str = field(repr=False, default="")
    has_account: bool = False
    has_token: bool = False
    api_url: str = ""


def ok(name: str, said: str) -> Finding:
    """Nothing to do."""
    return Finding(name, Grade.OK, said)


def warn(name: str, said: str, todo: str) -> Finding:
    """It works, but."""
    return Finding(name, Grade.WARN, said, todo)


def fail(name: str, said: str, todo: str) -> Finding:
    """It does not work, or will not, or is not safe."""
    return Finding(name, Grade.FAIL, said, todo)


def examine(installation: Installation) -> Iterator[Finding]:
    """Everything that can be told without asking anybody."""
    yield from configuration(installation)
    clinics = clinics_of(installation)
    live = [clinic for clinic in clinics if clinic.sms.gateway == LIVE and not installation.api_url]
    yield public_url(installation.public_url, is_live=bool(live))
    yield secret_key(installation.secret_key)
    if clinics:
        yield sending(installation, clinics)
    yield from map(telling, clinics)
    yield from protocols(installation, live)


def clinics_of(installation: Installation) -> Sequence[Clinic]:
    """The clinics whose own files can be read, whatever else is wrong."""
    found = read_clinics(installation.config / "clinics", installation.environment, Problems())
    return [read.clinic for read in found]


def configuration(installation: Installation) -> Iterator[Finding]:
    """Every mistake in the configuration's files, and what a clinic's caps keep its plans from."""
    examined = check_config.examine(installation.config, installation.templates, installation.environment)
    for problem in examined.problems:
        yield fail("configuration", str(problem), "correct it; `followup check` reads it all again")
    for note in examined.notes:
        yield warn("plans", note, "give sms.per_day and sms.per_week more room, or ask less")
    if not examined.problems:
        yield ok("configuration", f"{installation.config} has no mistakes")


def public_url(url: str, *, is_live: bool) -> Finding:
    """Strangers call us there, and sign what they call."""
    name, parts = "public url", urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return fail(name, f"{url} is no address", "set FOLLOWUP_PUBLIC_URL to what strangers call, with https://")
    if _is_here(parts.hostname):
        if not is_live:
            return ok(name, f"{url} is for this machine only")
        return fail(name, f"{url} cannot be called by the carrier", "set FOLLOWUP_PUBLIC_URL to what it calls")
    if parts.scheme != "https":
        return fail(
            name, f"{url} is not encrypted", "put a reverse proxy with TLS in front, and https:// in the setting"
        )
    return ok(name, url)


def secret_key(key: str) -> Finding:
    """It signs sessions and keys the journal."""
    name, todo = "secret key", "python3 -c 'import secrets; print(secrets.token_urlsafe(48))' makes one"
    if not key:
        return fail(name, "FOLLOWUP_SECRET_KEY is not set", todo)
    if len(key) < SHORTEST_KEY or len(set(key)) < SHORTEST_KEY // 4:
        return fail(name, f"FOLLOWUP_SECRET_KEY is short of {SHORTEST_KEY} random characters", todo)
    return ok(name, f"{len(key)} characters")


def sending(installation: Installation, clinics: Sequence[Clinic]) -> Finding:
    """Texts need an account to leave by; and the simulator only stands in a demo."""
    name, todo = "sending", "docs/settings.md explains each setting"
    simulated = [clinic.id for clinic in clinics if clinic.sms.gateway != LIVE]
    if simulated and not installation.api_url:
        said = f"{', '.join(simulated)} would text through the simulator, which is there only in `followup demo`"
        return fail(name, said, 'write gateway = "twilio" in the clinic\'s file')
    given = {"TWILIO_ACCOUNT_SID": installation.has_account, "TWILIO_AUTH_TOKEN": installation.has_token}
    missing = [setting for setting, is_there in given.items() if not is_there]
    if missing:
        return fail(name, f"{' and '.join(missing)} not set", todo)
    if installation.api_url:
        return warn(name, f"texts go to {installation.api_url}, a stand-in", "unset TWILIO_API_URL to reach patients")
    return ok(name, "there is an account to send with")


def telling(clinic: Clinic) -> Finding:
    """Nobody looks at a screen at night: what cannot wait has to reach somebody."""
    name = f"telling staff of {clinic.id}"
    unreadable = sum(not is_address(url) for url in addresses(clinic).values())
    if unreadable:
        return fail(name, f"{unreadable} addresses that Apprise cannot read", "docs/notifications.md has examples")
    if not any(rule.urgency == Urgency.NOW for rule in clinic.notify):
        todo = 'add a [[notify]] with urgency = "now" to its file; docs/notifications.md says how'
        return warn(name, "nobody is told off-screen of what cannot wait", todo)
    return ok(name, f"{len(addresses(clinic))} addresses")


def protocols(installation: Installation, live: Sequence[Clinic]) -> Iterator[Finding]:
    """What live clinics follow has to be approved, and to be what was approved."""
    used = {protocol for clinic in live for protocol in clinic.services.values()}
    try:
        standing = [one for one in verify(installation.config) if one.protocol in used]
    except BadConfigurationError:
        return  # said above
    except ApprovalError as error:
        yield fail("protocols", str(error), "restore the file from your configuration's history")
        return
    for one in standing:
        name = f"protocol {one.protocol}"
        if one.standing is Standing.APPROVED:
            yield ok(name, f"approved by {one.by} on {one.on}")
        else:
            grade = Grade.WARN if one.is_fine else Grade.FAIL
            todo = f"let a clinician read it, then: followup protocol approve {one.protocol} --by NAME"
            yield Finding(name, grade, str(one.standing), todo)


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
