"""`followup export` and `erase`: what a patient may ask for."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Annotated, Any

import typer

from followup.cli.ending import VerbError, told_plainly

Episode = Annotated[str, typer.Option("--episode", help="One episode alone, with --fhir.")]
Fhir = Annotated[bool, typer.Option("--fhir", help="As a FHIR R4 bundle, for another system of care.")]
Patient = Annotated[str, typer.Option("--patient", help="The booking system's id of the patient.")]
ClinicOption = Annotated[str, typer.Option("--clinic", help="Where several clinics use the same id.")]
SourceOption = Annotated[str, typer.Option("--source", help="Where several booking systems use the same id.")]
Yes = Annotated[bool, typer.Option("--yes", help="I mean it: this cannot be undone.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Even with open flags, or a text on its way.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def export(
    patient: Patient = "",
    clinic: ClinicOption = "",
    source: SourceOption = "",
    episode: Episode = "",
    fhir: Fhir = False,  # noqa: FBT002 - typer reads a flag as a bool parameter
) -> None:
    """Print everything kept about a patient, or one episode, as JSON. That it was read out is in the journal.

    Example: followup export --patient pat_77 > pat_77.json
    For another system of care: followup export --episode ID --fhir
    """
    with told_plainly():
        if bool(patient) == bool(episode) or fhir != bool(episode):
            raise VerbError("give --patient ID, or --episode ID with --fhir")
        found = _episode(episode, clinic) if fhir else _patient(patient, clinic, source)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _episode(episode: str, clinic: str) -> dict[str, Any]:
    from followup.app import real_time
    from followup.cli.opened import with_store
    from followup.flows.export_fhir import export_fhir
    from followup.flows.patient_data import BY_HAND

    clinics = (clinic,) if clinic else None
    found = with_store(lambda store: export_fhir(store, episode, clinics, who=BY_HAND, at=real_time()))
    if found is None:
        raise VerbError("there is no such episode; its page's address ends with its id")
    return found


def _patient(patient: str, clinic: str, source: str) -> dict[str, Any]:
    from followup.app import real_time
    from followup.cli.opened import with_store
    from followup.flows.patient_data import PatientError, export_patient
    from followup.settings import read_settings

    secret = read_settings(os.environ).secret_key
    key = secret.get_secret_value() if secret else ""
    try:
        return with_store(lambda store: export_patient(store, patient, clinic, source, real_time(), secret_key=key))
    except PatientError as error:
        raise VerbError(str(error)) from error


def erase(
    patient: Patient,
    clinic: ClinicOption = "",
    source: SourceOption = "",
    yes: Yes = False,  # noqa: FBT002 - typer reads a flag as a bool parameter
    anyway: Anyway = False,  # noqa: FBT002 - the same
    as_json: AsJson = False,  # noqa: FBT002 - the same
) -> None:
    """Take away who a patient is and what they wrote. Ids, times and counts stay, and so does the journal's seal.

    Example: followup erase --patient pat_77 --yes
    """
    with told_plainly():
        if not yes:
            raise VerbError("this cannot be undone: `followup export` first, then erase with --yes")
        done = _erase(patient, clinic, source, anyway=anyway)
    if as_json:
        typer.echo(json.dumps(done))
        return
    typer.echo(f"Erased: {done['episodes']} episodes, {done['messages']} messages, {done['bookings']} bookings.")
    if not done["is_scrubbed"]:
        typer.echo("Traces may be left in the database file's free pages; docs/operations.md says how they go.")
    typer.echo("Erase them in the booking system, at the carrier and in backups, too.")


def _erase(patient: str, clinic: str, source: str, *, anyway: bool) -> dict[str, int | bool]:
    from followup.app import real_time
    from followup.cli.opened import with_store
    from followup.flows.patient_data import PatientError, erase_patient
    from followup.settings import read_settings
    from followup.store import copies

    try:
        done = with_store(lambda store: erase_patient(store, patient, clinic, source, real_time(), anyway=anyway))
    except PatientError as error:
        raise VerbError(str(error)) from error
    try:
        is_scrubbed = asyncio.run(copies.scrub(read_settings(os.environ).database_url))
    except copies.CopyError:
        is_scrubbed = False
    return {**done, "is_scrubbed": is_scrubbed}


def add_to(app: typer.Typer) -> None:
    """Make these verbs part of the command line."""
    app.command()(export)
    app.command()(erase)
