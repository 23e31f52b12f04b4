"""Zones for quiet hours: right, or none."""

from zoneinfo import ZoneInfo

import pytest

from mobilize.mps import dataset, postal_table
from mobilize.mps.timezones import zone_of, zone_of_area, zone_of_riding


@pytest.mark.parametrize(
    ("fsa", "zone"),
    [
        ("A1C", "America/St_Johns"),
        ("A2V", "America/Goose_Bay"),
        ("A0K", None),
        ("G4T", "America/Halifax"),
        ("G0G", None),
        ("K1A", "America/Toronto"),
        ("P9N", "America/Winnipeg"),
        ("P0V", None),
        ("S9V", "America/Edmonton"),
        ("S4P", "America/Regina"),
        ("V1J", "America/Dawson_Creek"),
        ("V0B", None),
        ("V6B", "America/Vancouver"),
        ("X0A", None),
        ("X1A", "America/Yellowknife"),
        ("A9Z", None),
    ],
)
def test_the_zone_of_an_area(fsa: str, zone: str | None) -> None:
    assert zone_of_area(fsa) == zone


def test_every_zone_is_one_that_python_knows() -> None:
    codes = [one.code for one in dataset.ridings() if one.order == "2023"]
    zones = {zone_of_riding(code) for code in codes} | {
        zone_of_area(fsa) for fsa in postal_table.areas()
    }
    assert all(ZoneInfo(zone).key == zone for zone in zones if zone)
    assert sum(zone_of_riding(code) is None for code in codes) == 11


def test_what_is_known_best_decides() -> None:
    assert zone_of(province="QC", riding="24024", fsa="G4T") == "America/Halifax"
    assert zone_of(province="QC", riding="24024", fsa=None) is None
    assert zone_of(province="AB", riding="48010", fsa=None) == "America/Edmonton"
    # The area is divided, but the riding in it is not.
    assert zone_of(province="NL", riding="10005", fsa="A0K") == "America/St_Johns"


def test_a_province_alone_is_enough_only_where_it_has_one_zone() -> None:
    assert zone_of(province="MB", riding=None, fsa=None) == "America/Winnipeg"
    assert zone_of(province="ON", riding=None, fsa=None) is None
    assert zone_of(province=None, riding=None, fsa=None) is None
