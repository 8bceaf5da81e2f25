"""The accounts of a checkout: what must come to nothing does, or is red by how much."""

from typing import Any

import pytest

from tests.support.chains import (
    Chain,
    captured,
    declined,
    irreversible,
    lost,
    refunded,
    sale,
    several,
    totals,
)
from tillsaga.domain.audit_effects import told_effects
from tillsaga.domain.audit_ledger import Account, accounts_of
from tillsaga.domain.audit_sale import told_sale


def accounts(chain: Chain, view: Any = None, **options: Any) -> dict[tuple[str, str], Account]:
    told = told_effects(chain.entries), told_sale(chain.entries)
    found = accounts_of(*told, {}, view or {}, **options)
    return {(account.provider, account.book): account for account in found}


def proofs(chain: Chain, **options: Any) -> dict[str, str | None]:
    return {book: account.proof for (_, book), account in accounts(chain, **options).items()}


def test_a_sale_commits_what_it_took_and_proves_nothing() -> None:
    found = accounts(sale())

    used, pieces = found["leat", "used"], found["leat", "pieces"]
    assert (used.held, used.committed, used.reversed, used.net) == (0, 3_00, 0, -3_00)
    assert [(posting.effect, posting.standing) for posting in used.taken] == [(2, "committed")]
    assert (pieces.net, [posting.effect for posting in pieces.postings]) == (-1, [3])
    assert found["leat", "points"].net == 11
    assert set(proofs(sale()).values()) == {None}


def test_what_is_not_sold_yet_is_held() -> None:
    chain = Chain().done(1, "lock_voucher", subject="v-1").done(2, "charge_giftcard", amount=3_00)

    found = accounts(chain)

    assert (found["leat", "used"].held, found["leat", "used"].committed) == (3_00, 0)
    assert (found["leat", "pieces"].held, found["leat", "pieces"].committed) == (1, 0)


@pytest.mark.parametrize("shape", [declined, refunded])
def test_what_was_taken_back_nets_to_zero(shape: Any) -> None:
    found = proofs(shape())

    assert found.pop("sales", None) is None
    assert set(found.values()) == {"zero"}
    assert accounts(shape())["leat", "used"].reversed == 3_00


def test_an_undo_that_is_missing_is_off_by_its_amount() -> None:
    chain = Chain().done(1, "charge_giftcard", amount=3_00).decided("cancelled", "archived")

    used = accounts(chain)["leat", "used"]

    assert (used.proof, used.off_by) == ("off", -3_00)


def test_a_charge_and_a_load_do_not_make_up_for_each_other() -> None:
    chain = Chain().done(1, "charge_giftcard", subject="a", amount=3_00)
    chain.done(2, "load_giftcard", subject="b", amount=3_00).decided("expired", "archived")

    assert proofs(chain) == {"used": "off", "sold": "off"}


def test_points_given_do_not_make_up_for_points_taken_when_a_sale_is_given_up() -> None:
    chain = Chain().done(1, "spend_points", provider="wll", subject="m", points=-50)
    chain.done(2, "post_order", provider="wll", points=50).decided("cancelled", "archived")

    points = accounts(chain)["wll", "points"]

    assert (points.net, points.proof, points.off_by) == (0, "off", 100)


def test_points_that_came_back_short_are_off_by_the_rest() -> None:
    chain = Chain().done(1, "spend_points", provider="wll", subject="m", points=-50)
    chain.undone(1, "spend_points", provider="wll", subject="m", points=45)
    chain.decided("cancelled", "archived")

    assert accounts(chain)["wll", "points"].off_by == -5


def test_nothing_is_proven_while_an_undo_is_in_doubt() -> None:
    chain = Chain().done(1, "charge_giftcard", amount=3_00)
    chain.moved(1, "charge_giftcard", "in_doubt", side="undo").decided("cancelled", "archived")

    used = accounts(chain)["leat", "used"]

    assert (used.proof, used.unsure) == ("unknown", (1,))


def test_what_cannot_be_taken_back_is_off() -> None:
    assert proofs(irreversible()) == {"pieces": "off"}


def test_a_reward_that_the_policy_keeps_is_no_loss() -> None:
    chain = Chain().done(1, "pre_redeem_reward", points=-100).decided("cancelled", "archived")

    kept = accounts(chain, keeps_rewards=True)["leat", "points"]

    assert (kept.proof, kept.postings[0].standing) == ("zero", "kept")
    assert proofs(chain) == {"points": "off"}


def test_a_refund_in_parts_nets_to_zero_with_its_last_part() -> None:
    chain = Chain().done(1, "charge_giftcard", subject="gc-1", amount=5_00)
    chain.decided("completed", totals=totals(5_00, 5_00, 0))
    chain.done(2, "refund_giftcard", subject="gc-1/r-1", amount=2_00)
    parts = [{"refund_id": "r-1", "amount": 2_00}, {"refund_id": "r-2", "amount": 3_00}]
    chain.decided("completed", refunds=parts[:1])
    first = accounts(chain)["leat", "used"]
    chain.done(3, "refund_giftcard", subject="gc-1/r-2", amount=3_00)
    chain.decided("completed", refunds=parts)

    assert (first.proof, first.net) == (None, -3_00)
    assert accounts(chain)["leat", "used"].proof == "zero"


def test_what_a_vendor_charged_inside_its_own_sale_counts() -> None:
    chain = Chain().done(1, "post_transaction", provider="loyale", points=3)
    chain.decided("completed", totals=totals(4_00, 4_00, 0))
    card = {"id": "tnd_1", "type": "giftcard", "provider": "loyale", "amount": 4_00}

    charged = accounts(chain, {"tenders": [card | {"status": "charged"}]})["loyale", "used"]
    back = accounts(chain, {"tenders": [card | {"status": "reversed"}]})["loyale", "used"]

    assert (charged.net, charged.committed) == (-4_00, 4_00)
    assert (back.net, back.reversed) == (0, 4_00)


def test_a_refused_call_moves_nothing() -> None:
    assert ("loyale", "sales") not in accounts(several())
    assert accounts(lost())["leat", "used"].net == -3_00


def test_an_erased_lock_of_a_sale_was_used_up() -> None:
    chain = Chain().done(1, "lock_voucher", subject=None)
    chain.decided("completed", "archived", totals=totals(5_00, 0, 5_00), payments=captured(5_00))

    assert accounts(chain) == {}
