"""What an installation needs grows with its stores, and the page says what the program says."""

from pathlib import Path

import pytest

from bench.sizing import Load, main, needed, simulated

PAGE = Path(__file__).parents[2] / "docs/capacity.md"


def test_the_page_has_the_table_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main([])

    assert capsys.readouterr().out in PAGE.read_text()


def test_an_hour_has_as_many_customers_as_come() -> None:
    load = simulated(stores=500, an_hour=60, open_seconds=90)

    assert load.a_second == pytest.approx(500 / 60)
    assert load.a_second < load.peak < 2 * load.a_second
    # Half of them stay for longer than 90 seconds, and some for much longer: 124 on average.
    assert load.open == pytest.approx(load.a_second * 124, rel=0.15)


def test_few_stores_have_two_of_everything_for_the_day_one_is_away() -> None:
    need = needed(Load(stores=1, a_second=0.01, peak=0.1, open=2))

    assert (need.apis, need.workers, need.shards) == (2, 2, 4)


def test_many_open_checkouts_want_workers_whose_memory_holds_them() -> None:
    assert needed(Load(stores=1, a_second=1, peak=1, open=9_500)).workers == 10


def test_other_stores_can_be_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--stores", "250", "--checkouts-an-hour", "25"])

    assert "| Stores | 250 |" in capsys.readouterr().out
