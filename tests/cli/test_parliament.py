"""Writing down by command when a Parliament was dissolved."""

from tests.cli.conftest import Run


def test_a_dissolution_is_written_down(run: Run) -> None:
    assert run("init").code == 0
    told = run("mps", "parliament", "45", "--dissolved", "2029-09-01")
    assert "Parliament 45: elected 2025-04-28, first sat 2025-05-26, dissolved 2029-09-01." in (
        " ".join(told.out.split())
    )


def test_an_unknown_parliament_needs_its_day_of_election(run: Run) -> None:
    assert run("init").code == 0
    refused = run("mps", "parliament", "46", "--opened", "2029-11-01")
    assert refused.code != 0
    assert "not on file" in " ".join((refused.out + refused.err).split())
