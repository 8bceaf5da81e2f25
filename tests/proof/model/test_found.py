"""What the model check has found, step by step as it was found; each is mended."""

from collections.abc import Iterator

import pytest

from tests.proof.model.judge import judge_end, judge_step
from tests.proof.model.play import Play
from tests.proof.model.streets import open_street
from tests.proof.tally import Proof
from tests.support.street import Street


@pytest.fixture(scope="module")
def euros(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with open_street(tmp_path_factory.mktemp("street"), "euros") as opened:
        yield opened


def test_a_late_payment_that_did_not_fit_and_never_was_leaves_a_case(
    euros: Street, proof: Proof
) -> None:
    """The sale stood without a cent, and nobody was told."""
    with proof.case("Model check", "a late payment that did not fit and never was"):
        play = Play(euros)
        play.open("CAKE CAKE CAKE")
        play.cancel()
        play.pay("captured", off=-100)
        play.correct(0, "declined")
        judge_step(play)
        play.end()
        judge_end(play)
        assert [case["code"] for case in play.view["attention"]] == ["payment_corrected"]
