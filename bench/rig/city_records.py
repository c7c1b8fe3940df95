#!/usr/bin/python3
"""Land records of an invented city: the data of `citylots`, always the same. Usage: city_records.py [LINES] >FILE

Schema and frequencies are those of the records of San Francisco, with which event-ruler and others publish their figures: what
the rules of citylots/patterns.jsonl ask for is there as often, in proportion. Everything else is made up.
"""

import json
import random
import sys

WHOLE = 213_068  # records, of which SHARES tells how many have a value
SHARES = {
    "STREET": {"FULTON": 1_910, "MASON": 2_657, "HYDE": 1_758, "CHESTNUT": 825, "RHODE ISLAND": 328, "17TH": 900},
    "ST_TYPE": {"ST": 116_386, "AVE": 62_000, "DR": 8_000, "WY": 5_000, "CT": 4_000, "TER": 6_000, "BLVD": 6_000},
    "FROM_ST": {"441": 2_453},
    "type": {"MultiPolygon": 120},
}
# Absolute counts, however many records there are.
NUMBERS = {"3745012": 655, "2607117": 101, "2607218": 35, "1430022": 1, "VACSTWIL": 1}
# Of one corner of one record each: rules ask for exactly these.
LONGITUDES = (-122.40885900953332, -122.44155780809119)
WEST, SOUTH, WIDTH, HEIGHT, LOT = -122.51, 37.71, 0.134, 0.1, 0.0005  # degrees
CORNERS = (5, 5, 5, 5, 6, 7, 8, 10, 12, 22)
SYLLABLES = ("AL", "BER", "CAN", "DOR", "EL", "FIN", "GRE", "HAM", "IN", "JU", "KEN", "LO", "MON", "NOR", "OAK", "PAL", "QUIN",
             "ROS", "SAN", "TOL", "UN", "VIS", "WAL", "YOR")


def records(count, seed=1):
    """The records, one by one, as what is written as a line. Over 1,000, so that all that the rules ask for fits in."""
    dice = random.Random(seed)
    streets = [street for _ in range(600) if not (street := _street(dice)).startswith(("FUL", "MAS", "CHES"))]
    numbers = _spread(dice, count, NUMBERS, lambda: _number(dice))
    street = _spread(dice, count, _scaled("STREET", count), lambda: dice.choice(streets))
    kind = _spread(dice, count, _scaled("ST_TYPE", count), lambda: None)
    house = _spread(dice, count, _scaled("FROM_ST", count), lambda: str(dice.randrange(1, 4_800)))
    shape = _spread(dice, count, _scaled("type", count), lambda: "Polygon")
    marked = dict(zip((place for place in range(count) if shape[place] == "Polygon"), LONGITUDES))
    for place, number in enumerate(numbers):
        corners = _corners(dice, marked.get(place))
        yield {"type": "Feature",
               "properties": {"MAPBLKLOT": number, "BLKLOT": number, "BLOCK_NUM": number[:4], "LOT_NUM": number[4:],
                              "FROM_ST": house[place], "TO_ST": house[place], "STREET": street[place], "ST_TYPE": kind[place],
                              "ODD_EVEN": "EO"[int(house[place]) % 2]},
               "geometry": {"type": shape[place], "firstCoordinates": corners[0], "coordinates": [corners]}}


def lines(count, seed=1):
    return (json.dumps(record) + "\n" for record in records(count, seed))


def _scaled(column, count):
    return {value: max(1, round(share * count / WHOLE)) for value, share in SHARES[column].items()}


def _spread(dice, count, counts, other):
    """A value for each record: as many as `counts` says, and others."""
    values = [value for value, times in counts.items() for _ in range(times)]
    values += [other() for _ in range(count - len(values))]
    dice.shuffle(values)
    return values


def _number(dice):
    while (number := f"{dice.randrange(1, 9_000):04}{dice.randrange(1, 120):03}") in NUMBERS:
        pass
    return number


def _street(dice):
    return "".join(dice.choice(SYLLABLES) for _ in range(dice.randrange(2, 5)))


def _corners(dice, longitude):
    """Around a place, the first corner again at the end; a given longitude is the first corner's."""
    west, south = WEST + dice.random() * WIDTH, SOUTH + dice.random() * HEIGHT
    corners = [{"x": west + dice.random() * LOT, "y": south + dice.random() * LOT, "z": 0}
               for _ in range(dice.choice(CORNERS) - 1)]
    if longitude is not None:
        corners[0]["x"] = longitude
    return [*corners, corners[0]]


if __name__ == "__main__":
    sys.stdout.writelines(lines(int(sys.argv[1]) if len(sys.argv) > 1 else WHOLE))
