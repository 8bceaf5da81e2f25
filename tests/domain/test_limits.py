import pytest

from tests.domain.samples import TERMS, basket, card_line, checkout, line
from tillsaga.domain import limits
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.limits import Limits, check_basket
from tillsaga.domain.offers import Tender, TenderType
from tillsaga.errors import Refusal


def tender(number: int, kind: TenderType, amount: int) -> Tender:
    return Tender.model_validate(
        {
            "id": f"tnd_{number}",
            "type": kind,
            "provider": "leat",
            "subject": f"s-{number}",
            "masked": None,
            "amount": amount,
            "operation": "charge_giftcard",
            "status": "charged",
            "sequence": number,
        }
    )


def limited(*paid: tuple[TenderType, int], sold: int = 0, **said: object) -> Checkout:
    """10.00 of goods, `sold` of gift cards, and what pays."""
    cards = [card_line(amount=sold)] if sold else []
    found = checkout(line("1", 10_00), *cards)
    found.terms = TERMS.model_copy(update={"limits": Limits.model_validate(said)})
    found.tenders = [tender(n, kind, amount) for n, (kind, amount) in enumerate(paid, 1)]
    return found


def refused(basket_amount: int = 10**12, **said: object) -> list[dict[str, str]]:
    rules = Limits.model_validate({"basket_amount": basket_amount, **said})
    sold = basket(line("1", 10_00), card_line("2", 50_00), line("3", 5_00))
    with pytest.raises(Refusal) as no:
        check_basket(sold, rules)
    assert no.value.code == "limit_exceeded"
    return no.value.errors


def test_a_basket_within_the_limits_is_sold() -> None:
    check_basket(basket(line(), card_line()), Limits())


def test_each_limit_of_a_basket_is_named_at_its_place() -> None:
    assert refused(64_99) == [{"pointer": "/basket", "detail": "basket_amount is 6499"}]
    assert refused(giftcard_sale_amount=49_99) == [
        {"pointer": "/basket/lines/1/unit_amount", "detail": "giftcard_sale_amount is 4999"}
    ]
    with pytest.raises(Refusal, match="limit_exceeded"):
        check_basket(
            basket(line("1", 100_00, type="prepaid_topup", sku=None)),
            Limits(prepaid_topup_amount=99_99),
        )


def test_modifiers_of_modifiers_count_as_lines() -> None:
    part = {"line_id": "m", "sku": "M", "title": "M", "unit_amount": 1}
    parts = [{**part, "add_ons": [part] * 500}] * 2
    many = line("1", 1, modifiers=parts)
    with pytest.raises(Refusal, match="limit_exceeded"):
        check_basket(basket(many), Limits())


def test_a_checkout_without_limits_knows_none() -> None:
    free = limited(("giftcard", 60_00), sold=50_00)
    free.terms = TERMS
    assert limits.tender_room(free, "giftcard") is None
    limits.check_new_tender(free)
    limits.check_new_offer(free, 10**6)
    limits.check_tenders(free)


def test_stored_value_is_not_bought_with_stored_value() -> None:
    assert limits.tender_room(limited(sold=50_00), "giftcard") == 10_00
    assert limits.tender_room(limited(("points", 4_00), sold=50_00), "giftcard") == 6_00
    assert limits.tender_room(limited(("wallet", 50_00), sold=50_00), "giftcard") == 10_00
    assert limits.tender_room(limited(sold=50_00), "wallet") is None
    free = limited(sold=50_00, stored_value_paid_by=["giftcard"])
    assert limits.tender_room(free, "giftcard") is None
    assert limits.tender_room(free, "points") == 10_00


def test_a_card_put_into_a_basket_that_is_paid_already_is_noticed() -> None:
    fine, late = limited(("giftcard", 10_00)), limited(("giftcard", 10_01), sold=50_00)
    limits.check_tenders(fine)
    with pytest.raises(Refusal, match="gift cards and top-ups, 5000, must not be paid by giftcard"):
        limits.check_tenders(late)


def test_each_kind_of_tender_has_its_own_limit() -> None:
    some = limited(("points", 3_00), ("giftcard", 5_00), tender_amounts={"points": 4_00})
    assert limits.tender_room(some, "points") == 1_00
    assert limits.tender_room(some, "giftcard") is None
    with pytest.raises(Refusal, match=r"tender_amounts\.points is 400"):
        limits.check_tender_amount(some, "points", 1_01)


def test_one_tender_too_many_is_refused() -> None:
    limits.check_new_tender(limited(("points", 1), tenders=2))
    with pytest.raises(Refusal, match="tenders is 2"):
        limits.check_new_tender(limited(("points", 1), ("giftcard", 1), tenders=2))


def test_rewards_cost_no_more_points_than_the_store_allows() -> None:
    limits.check_new_offer(limited(reward_points=100), 100)
    with pytest.raises(Refusal, match="reward_points is 100"):
        limits.check_new_offer(limited(reward_points=100), 101)
    with pytest.raises(Refusal, match="offers is 0"):
        limits.check_new_offer(limited(offers=0), 0)
