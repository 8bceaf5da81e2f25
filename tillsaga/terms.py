"""What a store's configuration decides about one checkout."""

from tillsaga.domain.checkout import ProviderTerms, Terms
from tillsaga.domain.limits import Limits
from tillsaga.stores import Store


def terms_of(store: Store, terminal_id: str) -> Terms:
    """Fix the store's configuration for a checkout that starts now at a terminal."""
    policy = store.policy
    return Terms(
        store_id=store.id,
        currency=store.currency,
        timezone=store.timezone,
        providers=tuple(ProviderTerms(name=p.name, kind=p.kind) for p in store.providers),
        abandon_after=store.abandon_after(terminal_id),
        answer_budget=policy.answer_budget,
        in_doubt_after=policy.in_doubt_after,
        payment_flow=policy.payment_flow,
        offers=policy.offers,
        on_vendor_down=policy.on_vendor_down,
        in_doubt=policy.in_doubt,
        pre_redeemed_on_failure=policy.pre_redeemed_on_failure,
        late_offers=policy.late_offers,
        spent_points_on_refund=policy.spent_points_on_refund,
        spent_value_on_refund=policy.spent_value_on_refund,
        webhooks=store.has_webhooks,
        limits=Limits.model_validate(dict(policy.limits)),
    )
