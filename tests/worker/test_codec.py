"""What Temporal keeps is encrypted, and stays readable while keys change."""

from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client

from tests.support.shop import Shop, open_shop
from tillsaga.codec import CannotDecrypt, EncryptionCodec, data_converter
from tillsaga.domain import messages as m
from tillsaga.domain.messages import Context
from tillsaga.keyring import KeyRing, new_key
from tillsaga.sandbox import world

OLD, NEW = new_key("old"), new_key("new")
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"4111 1111"')


def codec(*keys: str) -> EncryptionCodec:
    return EncryptionCodec(KeyRing.parse(",".join(keys)))


async def test_a_payload_comes_back_whole_and_cannot_be_read_on_the_way() -> None:
    [sealed] = await codec(NEW).encode([PLAIN])

    assert sealed.metadata["encryption-key-id"] == b"new"
    assert b"4111" not in sealed.SerializeToString()
    assert b"json" not in sealed.SerializeToString()
    assert await codec(NEW).decode([sealed]) == [PLAIN]


async def test_the_same_value_never_looks_the_same() -> None:
    first, second = await codec(NEW).encode([PLAIN, PLAIN])

    assert first.data != second.data


async def test_old_payloads_stay_readable_after_a_new_key_and_from_before_the_first() -> None:
    [sealed] = await codec(OLD).encode([PLAIN])

    assert await codec(NEW, OLD).decode([sealed, PLAIN]) == [PLAIN, PLAIN]


async def test_a_missing_key_is_named() -> None:
    [sealed] = await codec(OLD).encode([PLAIN])

    with pytest.raises(CannotDecrypt, match="needs the key 'old'; add it to TILLSAGA_ENCRYPT"):
        await codec(NEW).decode([sealed])


@pytest.mark.parametrize("place", [0, 13, -1])
async def test_a_changed_payload_is_not_believed(place: int) -> None:
    [sealed] = await codec(NEW).encode([PLAIN])
    data = bytearray(sealed.data)
    data[place] ^= 1

    with pytest.raises(CannotDecrypt, match="was changed"):
        await codec(NEW).decode([Payload(metadata=sealed.metadata, data=bytes(data))])


async def test_a_process_without_any_key_names_the_one_that_it_needs() -> None:
    [sealed] = await codec(OLD).encode([PLAIN])
    without = data_converter(None).payload_codec
    assert without is not None

    with pytest.raises(CannotDecrypt, match="needs the key 'old', and this process has none"):
        await without.decode([PLAIN, sealed])
    assert await without.decode([PLAIN]) == await without.encode([PLAIN]) == [PLAIN]


async def test_a_payload_under_another_keys_name_is_not_believed() -> None:
    key = OLD.partition(":")[2]
    [sealed] = await codec(OLD).encode([PLAIN])
    sealed.metadata["encryption-key-id"] = b"twin"

    with pytest.raises(CannotDecrypt, match="was changed"):
        await codec(f"twin:{key}").decode([sealed])


async def raw_history(shop: Shop, workflow_id: str) -> bytes:
    """Fetch what the server keeps, as it keeps it."""
    answer = await shop.client.workflow_service.get_workflow_execution_history(
        GetWorkflowExecutionHistoryRequest(
            namespace=shop.client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
        )
    )
    assert not answer.next_page_token
    return answer.history.SerializeToString()


async def sell(shop: Shop) -> Any:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.giftcard(world.CARD_20, 2_00)
    await checkout.refused("apply_offer", m.ApplyOffer(code="NO-SUCH-CODE"))
    return checkout


async def test_a_history_shows_no_card_no_code_and_no_amount(tmp_path: Path) -> None:
    async with open_shop(tmp_path, keys=NEW) as shop:
        checkout = await sell(shop)
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
        kept = await raw_history(shop, checkout.id)

    said = (world.ANN_CARD, world.CARD_20, world.VOUCHER_COFFEE, "NO-SUCH-CODE", "Flat white")
    assert [word for word in said if word.encode() in kept] == []
    assert [word for word in (b"Checkout", b"apply_offer") if word not in kept] == []


async def test_keys_change_while_a_checkout_is_open(tmp_path: Path) -> None:
    """The door has the new key behind the old one; the worker is a step ahead."""
    async with open_shop(tmp_path, keys=f"{NEW},{OLD}") as shop:
        checkout = await sell(shop)
        behind = Client(
            shop.client.service_client,
            namespace=shop.client.namespace,
            data_converter=data_converter(KeyRing.parse(f"{OLD},{NEW}")),
        )
        reply = await behind.get_workflow_handle(checkout.id).execute_update(
            "cancel", args=[m.Cancel(reason="customer left"), Context()], result_type=dict
        )
        assert reply["checkout"]["status"] == "cancelled"
        assert await checkout.ended() == "cancelled"
