from collections import Counter

import pytest

from city_records import LONGITUDES, NUMBERS, lines, records

COUNT = 21_307  # a tenth of the whole


@pytest.fixture(scope="module")
def made():
    return list(records(COUNT))


def test_a_seed_gives_the_same_records_and_another_gives_others():
    assert list(lines(1_000)) == list(lines(1_000)) != list(lines(1_000, seed=2))


def test_a_line_is_as_long_as_in_the_published_data():
    size = sum(map(len, lines(COUNT))) / COUNT
    assert 845 < size < 865


def test_records_with_a_number_that_rules_ask_for_are_as_many_as_is_said(made):
    counted = Counter(record["properties"]["MAPBLKLOT"] for record in made)
    assert {number: counted[number] for number in NUMBERS} == NUMBERS


@pytest.mark.parametrize("column, value, count", [
    ("STREET", "FULTON", 191), ("STREET", "MASON", 266), ("STREET", "RHODE ISLAND", 33), ("ST_TYPE", "ST", 11_639),
    ("ST_TYPE", "AVE", 6_200), ("FROM_ST", "441", 245)])
def test_values_have_the_share_of_the_published_data(made, column, value, count):
    spared = 6 if value == "441" else 0  # other houses may have that number too
    assert 0 <= sum(record["properties"][column] == value for record in made) - count <= spared


def test_shapes_and_places_are_those_that_rules_ask_for(made):
    shapes = Counter(record["geometry"]["type"] for record in made)
    assert shapes == {"MultiPolygon": 12, "Polygon": COUNT - 12}
    first = [record["geometry"]["firstCoordinates"]["x"] for record in made if record["geometry"]["type"] == "Polygon"]
    assert [first.count(longitude) for longitude in LONGITUDES] == [1, 1]


def test_a_record_is_a_ring_around_its_place(made):
    for record in made[:100]:
        (ring,) = record["geometry"]["coordinates"]
        assert ring[0] == ring[-1] == record["geometry"]["firstCoordinates"] and len(ring) >= 5
        assert record["properties"]["ODD_EVEN"] == ("O" if int(record["properties"]["FROM_ST"]) % 2 else "E")
