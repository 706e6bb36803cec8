"""Easy!Appointments' own words: the statuses it comes with, and languages by their English names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.inputs import BookingStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUSES: Mapping[str, BookingStatus] = {
    "": BookingStatus.BOOKED,
    "booked": BookingStatus.BOOKED,
    "confirmed": BookingStatus.BOOKED,
    "rescheduled": BookingStatus.BOOKED,
    "draft": BookingStatus.PENDING,
    "cancelled": BookingStatus.CANCELLED,
    "canceled": BookingStatus.CANCELLED,
    "no-show": BookingStatus.NO_SHOW,
    "no show": BookingStatus.NO_SHOW,
    "completed": BookingStatus.FULFILLED,
}

LANGUAGES: Mapping[str, str] = {
    "arabic": "ar", "bosnian": "bs", "bulgarian": "bg", "catalan": "ca", "chinese": "zh", "croatian": "hr",
    "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "finnish": "fi", "french": "fr",
    "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "italian": "it", "japanese": "ja",
    "lithuanian": "lt", "luxembourgish": "lb", "marathi": "mr", "norwegian": "nb", "persian": "fa", "polish": "pl",
    "portuguese": "pt", "portuguese-br": "pt-BR", "romanian": "ro", "rumantsch": "rm", "russian": "ru",
    "serbian": "sr", "slovak": "sk", "slovenian": "sl", "spanish": "es", "swedish": "sv", "thai": "th",
    "traditional-chinese": "zh-Hant", "turkish": "tr", "ukrainian": "uk", "vietnamese": "vi",
}  # fmt: skip
