"""A reply that the carrier told us only when we asked: kept in the inbox in our own words, not in the carrier's."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from followup.domain.inputs import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "x-followup-reconciled"


def written(reply: Reply) -> tuple[bytes, Mapping[str, str]]:
    """The body and headers under which it is kept."""
    words = {**asdict(reply), "received_at": reply.received_at.isoformat()}
    return json.dumps(words, ensure_ascii=False).encode(), {"content-type": "application/json", MARK: "1"}


def is_reconciled(headers: Mapping[str, str]) -> bool:
    """Whether it was kept by us. A stranger's own header of that name is never kept (web/sms_door.py)."""
    return MARK in headers


def read_reconciled(body: bytes) -> Reply:
    """The reply as it was kept."""
    words = json.loads(body)
    media = tuple(words.get("media", ()))
    return Reply(**{**words, "received_at": datetime.fromisoformat(words["received_at"]), "media": media})
