"""The time zone of a riding or an area, for quiet hours; None where people there may differ.

A zone is given only where every community of the place keeps it. None is no fault: whoever asks
then applies the strictest hours of all Canadian zones. What divides places, by province:

- NL: the island keeps Newfoundland time; Labrador is Atlantic, except its south-east coast.
- QC: the Magdalen Islands and the coast east of 63° W are Atlantic; so, by custom, is Listuguj.
- ON: west of 90° W is Central, with Atikokan and Pickle Lake on Eastern standard all year.
- SK: Lloydminster follows Alberta, Creighton and Denare Beach follow Manitoba.
- BC: the Peace and the East Kootenay are on Mountain time, some of it standard all year.
- NU: three zones, and Resolute and Southampton Island apart from their neighbours.

Source: the IANA time zone database and its comments.
"""

from typing import Final

from mobilize.mps.lookup import resolve_area
from mobilize.mps.provinces import province_of_riding

_PROVINCE_ZONES: Final = {
    "NL": "America/St_Johns",
    "PE": "America/Halifax",
    "NS": "America/Halifax",
    "NB": "America/Moncton",
    "QC": "America/Toronto",
    "ON": "America/Toronto",
    "MB": "America/Winnipeg",
    "SK": "America/Regina",
    "AB": "America/Edmonton",
    "BC": "America/Vancouver",
    "YT": "America/Whitehorse",
    "NT": "America/Yellowknife",
    "NU": None,
}
_DIVIDED_RIDINGS: Final = frozenset(
    {
        "10004",  # Labrador
        "24021",  # Côte-Nord—Kawawachikamach—Nitassinan
        "24024",  # Gaspésie—Les Îles-de-la-Madeleine—Listuguj
        "35045",  # Kenora—Kiiwetinoong
        "35107",  # Thunder Bay—Rainy River
        "35108",  # Thunder Bay—Superior North
        "47001",  # Battlefords—Lloydminster—Meadow Lake
        "47003",  # Desnethé—Missinippi—Churchill River
        "59007",  # Columbia—Kootenay—Southern Rockies
        "59026",  # Prince George—Peace River—Northern Rockies
        "62001",  # Nunavut
    }
)
_DIVIDED_PROVINCES: Final = frozenset(province_of_riding(code) for code in _DIVIDED_RIDINGS)
_AREAS: Final = {
    zone: areas.split()
    for zone, areas in {
        "America/Goose_Bay": "A0P A0R A2V",
        "America/Halifax": "G4T",
        "America/Toronto": ("G4R G4S G4V G4W G4X G4Z G5B G5C P7A P7B P7C P7E P7G P7J P7K P7L"),
        "America/Winnipeg": "P8N P8T P9A P9N R8A",
        "America/Regina": "S9A S9X",
        "America/Edmonton": "S9V T9V V1A V1C",
        "America/Dawson_Creek": "V1G V1J",
        "America/Vancouver": "V1L V1R V2K V2L V2M V2N",
        "America/Cambridge_Bay": "X0B",
    }.items()
}
_ZONE_OF_AREA: Final = {area: zone for zone, areas in _AREAS.items() for area in areas}


def zone_of_riding(code: str) -> str | None:
    """The zone of a whole riding of the 2023 order, by its code."""
    return None if code in _DIVIDED_RIDINGS else _PROVINCE_ZONES[province_of_riding(code)]


def zone_of_area(fsa: str) -> str | None:
    """The zone of an area (FSA): its own, else the one that all its ridings share."""
    own = _ZONE_OF_AREA.get(fsa)
    if own is not None:
        return own
    zones = {zone_of_riding(candidate.code) for candidate in resolve_area(fsa).candidates}
    return zones.pop() if len(zones) == 1 else None


def zone_of(*, province: str | None, riding: str | None, fsa: str | None) -> str | None:
    """The zone of a person, from whatever is known of where they live.

    Args:
        province: Two letters.
        riding: A code of the 2023 order.
        fsa: The first three characters of the postal code, upper case.
    """
    area_zone = zone_of_area(fsa) if fsa else None
    if area_zone is not None:
        return area_zone
    if riding is not None:
        return zone_of_riding(riding)
    if fsa is not None or province is None or province in _DIVIDED_PROVINCES:
        return None
    return _PROVINCE_ZONES.get(province)
