"""Shared cars have an end: stock, places, charge and what staff bring back."""

from dataclasses import replace

import numpy as np
import pytest
from lines import two_towns
from test_transit_engine import values

import tieline
from tieline.errors import InputError
from tieline.transit.engine import TransitEngine
from tieline.transit.stock import Drive, shares

STATIONS = "id,lon,lat,jurisdiction,cars,places\nc1,121.002,31.001,west,{a},{pa}\n" \
           "c2,121.068,31.001,east,{b},{pb}\n"
TRIPS = "id,from,to,group,trips_per_yr\n1,A,D,commuter,{there}\n2,D,A,visitor,{back}\n"


def region(folder, *, settings="", there=3650, back=0, **given):
    folder = two_towns(folder, settings=f"car_limits = true\n{settings}")
    rows = {"a": 2, "b": 2, "pa": 9, "pb": 9, **given}
    (folder / "transit" / "car_station.csv").write_text(STATIONS.format(**rows))
    (folder / "transit" / "demand.csv").write_text(TRIPS.format(there=there, back=back))
    return tieline.read_region(folder)


def cars_of(data):
    case = data.case([("transit.cars", "east", "west")], built=[])
    network = data.networks["transit"]
    (found,) = TransitEngine().evaluate(network, [case], detail=True)
    return found.tables["cars"], found.tables["trips"]


def test_no_more_leave_a_station_than_stand_there_and_come(tmp_path):
    cars, trips = cars_of(region(tmp_path / "r"))
    # Ten a day want to go, two cars stand there, none comes: a fifth goes.
    assert trips["found_car"].tolist() == pytest.approx([0.2, 1.0])
    assert cars["taken_per_d"].tolist() == pytest.approx([2.0, 0.0])
    assert cars["left_per_d"].tolist() == pytest.approx([0.0, 2.0])
    assert cars["moved_per_d"].tolist() == pytest.approx([2.0, 0.0])


def test_both_ways_in_balance_need_nobody_to_move_cars(tmp_path):
    cars, trips = cars_of(region(tmp_path / "r", back=3650, settings="car_moves = 0\n"))
    assert trips["found_car"].tolist() == [1.0, 1.0]
    assert cars["moved_per_d"].tolist() == [0.0, 0.0]


def test_places_staff_and_charge_each_hold_back_what_stock_would_give(tmp_path):
    _, few = cars_of(region(tmp_path / "p", a=9, pb=3))
    assert few["found_car"][0] == pytest.approx(0.1)  # one place is free at the other end
    _, staff = cars_of(region(tmp_path / "m", a=9, settings="car_moves = 3\n"))
    assert staff["found_car"][0] == pytest.approx(0.3)
    # A drive of about 14.1 min and 5 min more; 15 h a day. With 60 min of charge a minute each car
    # makes one drive: 1 car x 840 min / (14.1 x 61 + 5) = 0.97.
    data = region(tmp_path / "c", a=1, b=1, back=3650, settings="car_charge = 60\n")
    seconds = data.networks["transit"].cars.drive[0, 1]
    day = data.networks["transit"].settings
    once = (day.day_end - day.day_start) / (61.0 * seconds + 300.0)
    _, slow = cars_of(data)
    assert slow["found_car"][0] == pytest.approx(once / 10.0)


def test_whoever_finds_no_car_goes_without_and_moving_back_is_paid(tmp_path):
    short = region(tmp_path / "r", settings="car_move_cost = 10\n")
    ample = region(tmp_path / "s", a=99, b=99, pa=999, pb=999)
    built = [("transit.cars", "east", "west")]
    a, b, none = (values(d, d.case(o, built=[]))[0]
                  for d, o in ((short, built), (ample, built), (short, "apart")))
    mixed = 0.2 * b["trip_minutes"][0] + 0.8 * none["trip_minutes"][0]
    assert a["trip_minutes"][0] == pytest.approx(mixed)
    assert a["subsidy"][0] - none["subsidy"][0] == pytest.approx(2 * 365 * 10)
    # Apart nobody may leave a car across the border: none is taken, none moved.
    assert none["trips_possible"][0] < b["trips_possible"][0]


def test_limits_are_off_unless_asked_for_and_change_nothing_when_ample(tmp_path):
    ample = region(tmp_path / "s", a=99, b=99, pa=999, pb=999)
    network = ample.networks["transit"]
    case = ample.case([("transit.cars", "east", "west")], built=[])
    off = replace(network, settings=replace(network.settings, car_limits=False))
    a, b = (next(iter(TransitEngine().evaluate(n, [case]))).values for n in (network, off))
    np.testing.assert_allclose(a, b)


def test_fewer_places_than_cars_are_refused(tmp_path):
    with pytest.raises(InputError, match="at least as many places as cars"):
        region(tmp_path / "r", a=5, pa=2)


def test_shares_keep_every_limit_on_random_drives():
    rng = np.random.default_rng(5)

    class Some:
        pass

    for _ in range(200):
        n, rows = int(rng.integers(2, 6)), int(rng.integers(1, 9))
        cars, settings = Some(), Some()
        cars.ids, cars.cars = tuple("abcdef"[:n]), rng.integers(1, 6, n)
        cars.places = np.where(rng.random(n) < 0.5, -1, cars.cars + rng.integers(0, 4, n))
        settings.day_start, settings.day_end = 0, 36_000
        settings.car_charge, settings.car_change = 2.0, 300
        settings.car_moves = int(rng.integers(0, 9))
        drives = [Drive(int(rng.integers(0, rows)), *map(int, rng.permutation(n)[:2]), 900.0,
                        float(rng.random() * 20)) for _ in range(rows + 2)]
        share = shares(drives, cars, settings, rows)
        assert ((share >= 0.0) & (share <= 1.0)).all()
        out, back, busy = np.zeros(n), np.zeros(n), np.zeros(n)
        for d in drives:
            out[d.origin] += d.cars * share[d.row]
            back[d.to] += d.cars * share[d.row]
            busy[d.origin] += d.cars * share[d.row] * (900.0 * 3 + 300)
        free = np.where(cars.places >= 0, cars.places - cars.cars, np.inf)
        assert (out - back <= cars.cars + 1e-6).all()
        assert (back - out <= free + 1e-6).all()
        assert (busy <= cars.cars * 36_000.0 + 1e-6).all()
        assert np.maximum(out - back, 0.0).sum() <= settings.car_moves + 1e-6
