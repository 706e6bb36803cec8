"""What followup is told by its environment: read once into one frozen object, every mistake named at once."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECRETS = ("DATABASE_URL", "FOLLOWUP_SECRET_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
"""What NAME_FILE may name a file for."""
OTHERS = frozenset({"FOLLOWUP_TEST_REQUIRE", "FOLLOWUP_TEST_CHROMIUM", "FOLLOWUP_NO_APT"})
"""Names of ours that are not the service's."""
PREFIX = "FOLLOWUP_"
DATABASES = ("sqlite", "postgres", "postgresql")
SHORTEST_KEY = 32


class BadSettingsError(Exception):
    """The environment has mistakes; `mistakes` lists every one of them, and no value of a secret."""

    def __init__(self, mistakes: Iterator[str] | list[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


def _an_origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("needs to be http:// or https:// and a host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("needs to end with the host (and port), without a path")
    return value.rstrip("/")


def _an_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("needs to be http:// or https:// and a host")
    return value.rstrip("/")


def _a_database(value: str) -> str:
    if value.partition(":")[0] not in DATABASES:
        raise ValueError("needs to begin with sqlite:// or postgresql://")
    return value


def _a_key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < SHORTEST_KEY:
        message = f"needs at least {SHORTEST_KEY} characters"
        raise ValueError(message)
    return value


def _a_format(value: str) -> str:
    if value not in {"text", "json"}:
        raise ValueError("needs to be text or json")
    return value


def _named(name: str, default: Any = None, **rules: Any) -> Any:
    return Field(default, validation_alias=name, **rules)


class Settings(BaseModel):
    """Every setting; docs/settings.md says what each is for."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: Annotated[str, AfterValidator(_a_database)] = _named("DATABASE_URL", "sqlite:///followup.db")
    port: int = _named("PORT", 8080, ge=0, le=65535)
    host: str = _named("FOLLOWUP_HOST", "127.0.0.1")
    given_public_url: Annotated[str, AfterValidator(_an_origin)] | None = _named("FOLLOWUP_PUBLIC_URL")
    config: Path = _named("FOLLOWUP_CONFIG", Path("config"))
    templates: Path = _named("FOLLOWUP_TEMPLATES", Path("templates"))
    secret_key: Annotated[SecretStr, AfterValidator(_a_key)] | None = _named("FOLLOWUP_SECRET_KEY")
    twilio_account_sid: str | None = _named("TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr | None = _named("TWILIO_AUTH_TOKEN")
    twilio_api_url: Annotated[str, AfterValidator(_an_address)] | None = _named("TWILIO_API_URL")
    ping_url: Annotated[str, AfterValidator(_an_address)] | None = _named("FOLLOWUP_PING_URL")
    requires_second_factor: bool = _named("FOLLOWUP_REQUIRE_2FA", False)
    log_format: Annotated[str, AfterValidator(_a_format)] | None = _named("FOLLOWUP_LOG_FORMAT")

    @property
    def public_url(self) -> str:
        """Where strangers and staff reach us."""
        return self.given_public_url or f"http://127.0.0.1:{self.port}"

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """Every active token of the carrier's account; the first one sends."""
        written = self.twilio_auth_token.get_secret_value() if self.twilio_auth_token else ""
        return tuple(part.strip() for part in written.split(",") if part.strip())


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in this environment; an empty value counts as none. BadSettingsError names every mistake."""
    mistakes = list(_misspelt(environment))
    values: dict[str, Any] = {}
    for name in NAMES:
        try:
            value = _value(name, environment)
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not text"
            mistakes.append(f"{name}_FILE names a file that cannot be read: {why}")
            continue
        if value:
            values[name] = value
    try:
        settings = Settings(**values)
    except ValidationError as error:
        mistakes.extend(f"{fault['loc'][0]} {_words(fault['msg'])}" for fault in error.errors())
        raise BadSettingsError(mistakes) from None
    if mistakes:
        raise BadSettingsError(mistakes)
    return settings


NAMES = tuple(str(field.validation_alias) for field in Settings.model_fields.values())


def _value(name: str, environment: Mapping[str, str]) -> str:
    held = environment.get(name, "").strip()
    file = environment.get(f"{name}_FILE", "") if name in SECRETS else ""
    return Path(file).read_text(encoding="utf-8").strip() if file and not held else held


def _misspelt(environment: Mapping[str, str]) -> Iterator[str]:
    """Names that begin like ours and are none: a setting nobody reads is a setting somebody relies on."""
    known = {*NAMES, *(f"{name}_FILE" for name in SECRETS), *OTHERS}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            match = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            if match:
                yield f"{name} is not a setting, did you mean {match[0]}?"


def _words(message: str) -> str:
    """Pydantic's sentence as one about the setting."""
    said = message.removeprefix("Value error, ")
    return said.replace("Input should be", "needs to be")
