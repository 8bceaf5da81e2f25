"""Every test here counts what it tried; `make proof` prints the table."""

import pytest

from tests.proof.tally import Proof, proof_of_this_run


@pytest.fixture(scope="session")
def proof() -> Proof:
    """How far to go, and where cases are counted."""
    return proof_of_this_run()
