"""The tables of passkeys: what staff sign in with instead of a password and a code."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from followup.store.columns import Instant, Words
from followup.store.tables import metadata

passkeys = Table(
    "passkeys",
    metadata,
    # Its id follows from the credential's own, which may be too long to stand in an address.
    Column("id", Words, primary_key=True),
    Column("account_id", Words, nullable=False),
    Column("credential_id", Words, nullable=False),
    Column("public_key", Words, nullable=False),
    # What the authenticator knows the account by: random, the same for all passkeys of one account.
    Column("handle", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    # Since when it is good no longer: its count went back, so there may be two of it.
    Column("refused_at", Instant),
    Index("ix_passkeys_account", "account_id"),
)

passkey_challenges = Table(
    "passkey_challenges",
    metadata,
    # A challenge itself is stored nowhere. account_id: who may answer it by a new passkey; "" to sign in.
    Column("digest", Words, primary_key=True),
    Column("account_id", Words, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
