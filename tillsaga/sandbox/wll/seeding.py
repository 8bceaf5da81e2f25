"""Adding to the engine's world: the documented one, or what a test asks for."""

import json
import secrets
import sqlite3
from uuid import UUID, uuid4

from pydantic import ValidationError

from tillsaga.sandbox.books import Books, Record, parse_moment
from tillsaga.sandbox.vendor import SeedRefused
from tillsaga.sandbox.wll.access import add_token
from tillsaga.sandbox.wll.benefits import issue
from tillsaga.sandbox.wll.call import iso, present
from tillsaga.sandbox.wll.points import move
from tillsaga.sandbox.wll.seeds import (
    ReactorSeed,
    RewardSeed,
    TokenSeed,
    UserSeed,
    VoucherSeed,
    WllSeed,
)


def add(books: Books, wanted: Record) -> Record:
    """Add what is described and answer the ids, list by list in the order asked.

    Raises:
        SeedRefused: the description is wrong, refers to nothing, or an id is taken.
    """
    try:
        return Seeder(books).add_all(WllSeed.model_validate(wanted))
    except (ValidationError, sqlite3.IntegrityError, ValueError) as wrong:
        raise SeedRefused(str(wrong)) from wrong


def _moment(text: str | None) -> str | None:
    return iso(parse_moment(text)) if text else None


class Seeder:
    """Writes descriptions into the books."""

    def __init__(self, books: Books) -> None:
        """Write into these books."""
        self._books = books

    def add_all(self, seed: WllSeed) -> Record:
        """Add every list."""
        for tenant in seed.tenants:
            self._books.insert("wll_tenants", **tenant.model_dump())
        for client in seed.clients:
            self._books.insert("wll_clients", **client.model_dump())
        for kind in seed.event_types:
            self._books.insert("wll_event_types", **kind.model_dump())
        for setting in seed.settings:
            # Encoded here: the books would store a plain text as it is, which is no JSON.
            value = json.dumps(setting.value)
            named = {"tenant": setting.tenant, "name": setting.name}
            self._books.insert("wll_settings", value=value, **named)
        return {
            "rewards": [self._reward(one) for one in seed.rewards],
            "users": [self._user(one) for one in seed.users],
            "vouchers": [self._voucher(one, one.user) for one in seed.vouchers],
            "tokens": [self._token(one) for one in seed.tokens],
            "reactors": [self._reactor(one) for one in seed.reactors],
        }

    def _known(self, table: str, uuid: str | None) -> Record:
        found = self._books.one(f"SELECT * FROM {table} WHERE uuid = ?", uuid)
        if found is None:
            raise ValueError(f"{table}: there is no {uuid}")
        return found

    def _tenant(self, name: str) -> str:
        if not self._books.one("SELECT name FROM wll_tenants WHERE name = ?", name):
            raise ValueError(f"there is no tenant {name}")
        return name

    def _reward(self, seed: RewardSeed) -> Record:
        uuid, row = seed.id or str(uuid4()), seed.model_dump(exclude={"id"})
        if seed.code_type == "STATIC" and not seed.static_code:
            raise ValueError("a STATIC reward needs its static_code")
        row |= {"tenant": self._tenant(seed.tenant), "expires_at": _moment(seed.expires_at)}
        self._books.insert("wll_rewards", uuid=uuid, **row)
        return {"id": uuid}

    def _user(self, seed: UserSeed) -> Record:
        plain = {"points", "vouchers", "id", "tier"}
        row = seed.model_dump(exclude=plain) | {
            "uuid": seed.id or str(uuid4()),
            "tenant": self._tenant(seed.tenant),
            "account_number": seed.account_number or f"{10**6 + secrets.randbelow(9 * 10**6)}",
            "flags": {},
            "tier": {"name": seed.tier} if seed.tier else None,
            "created_at": present(self._books),
        }
        if seed.auth_identifier == "fresh":
            row["auth_identifier"] = f"auth|{secrets.token_hex(6)}"
        self._books.insert("wll_users", **row)
        if seed.points:
            # What somebody came with was earned before the books begin.
            move(self._books, row, seed.points, "opening", impact="NONE")
        names = ("account_number", "auth_identifier")
        return (
            {"id": row["uuid"]}
            | {name: row[name] for name in names}
            | {"vouchers": [self._voucher(one, row["uuid"]) for one in seed.vouchers]}
        )

    def _voucher(self, seed: VoucherSeed, user: str) -> Record:
        owner = self._known("wll_users", user)
        reward = seed.reward
        if reward is None:
            fresh = RewardSeed(tenant=owner["tenant"], discounts=seed.discounts)
            reward = self._reward(fresh)["id"]
        known: Record = self._times(seed)
        if seed.id:
            known["uuid"] = str(UUID(seed.id))
        if seed.code:
            known["code"] = seed.code
        if seed.expires_at:
            known["expires_at"] = _moment(seed.expires_at)
        given = issue(
            self._books, self._known("wll_rewards", reward), owner, origin="opening", **known
        )
        return {"id": given["uuid"], "code": given["code"], "reward": reward}

    def _times(self, seed: VoucherSeed) -> Record:
        steps = {"ISSUED": 0, "REDEEMED": 1, "VALIDATED": 2, "BURNED": 3}[seed.state]
        names = ("redeemed_at", "validated_at", "burned_at")[:steps]
        return dict.fromkeys(names, present(self._books))

    def _token(self, seed: TokenSeed) -> Record:
        kind, user = "admin", None
        if seed.user:
            kind, user = "user", self._known("wll_users", seed.user)["uuid"]
        known = {"kind": kind, "user": user, "may_write": seed.may_write}
        add_token(self._books, seed.token, self._tenant(seed.tenant), **known)
        return {"token": seed.token}

    def _reactor(self, seed: ReactorSeed) -> Record:
        uuid = seed.id or str(uuid4())
        if seed.reward:
            self._known("wll_rewards", seed.reward)
        row = seed.model_dump(exclude={"id"}) | {"tenant": self._tenant(seed.tenant)}
        self._books.insert("wll_reactors", uuid=uuid, **row)
        return {"id": uuid}
