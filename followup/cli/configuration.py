"""The clinic's own files, read whole before anything is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.catalogue.catalogue import read_catalogue
from followup.catalogue.shipped import shipped_templates
from followup.settings import BadSettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from followup.catalogue.catalogue import Catalogue
    from followup.domain.clinic import Clinic
    from followup.settings import Settings

SIMULATOR = "simulator"


def templates_of(settings: Settings) -> Path:
    """What was asked for, else what is there when nobody asked."""
    is_asked_for = "templates" in settings.model_fields_set
    return settings.templates if is_asked_for or settings.templates.is_dir() else shipped_templates()


def read_configuration(settings: Settings, environment: Mapping[str, str]) -> Catalogue:
    """The whole configuration; BadConfigurationError or BadSettingsError name everything that is wrong."""
    catalogue = read_catalogue(settings.config, templates_of(settings), environment, only_spoken=True)
    mistakes = [mistake for clinic in catalogue.clinics.values() for mistake in _not_sendable(settings, clinic)]
    if mistakes:
        raise BadSettingsError(list(dict.fromkeys(mistakes)))
    return catalogue


def _not_sendable(settings: Settings, clinic: Clinic) -> list[str]:
    """What a clinic's gateway needs and the environment does not say."""
    if clinic.sms.gateway == SIMULATOR and settings.twilio_api_url is None:
        # Without an address of its own the simulator's gateway would text real people through Twilio.
        what = f'TWILIO_API_URL is missing: the clinic "{clinic.id}" texts through the simulator'
        return [f'{what}, which is there only in `followup demo`; in its file write gateway = "twilio"']
    needed = {"TWILIO_ACCOUNT_SID": settings.twilio_account_sid, "TWILIO_AUTH_TOKEN": settings.auth_tokens}
    return [f'{name} is missing: the clinic "{clinic.id}" sends with it' for name, value in needed.items() if not value]
