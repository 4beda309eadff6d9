"""Reading feeds: every fault named with file, row and field."""

import zipfile
from datetime import date

import numpy as np
import pytest
from lines import feed, sheet, two_towns, write_zip
from real import DATA, needs_shared

import tieline
from tieline.errors import CaseError, InputError
from tieline.region.issues import Issues
from tieline.region.read import check
from tieline.transit.gtfs.feed import KEYS, read_feed
from tieline.transit.gtfs.sheet import clock
from tieline.transit.patterns import patterns_of
from tieline.transit.place import gcj02_of, inside

H = 3600
STOPS = {"a": (121.0, 31.0, "west"), "b": (121.01, 31.0, "west"), "c": (121.03, 31.0, "east")}
TRIP = ("t", "L", [("a", 8 * H, 8 * H), ("b", 8 * H + 60, 8 * H + 90), ("c", 9 * H, 9 * H)])


def read(tmp_path, files):
    issues = Issues()
    found = read_feed(write_zip(tmp_path / "f.zip", files), "f.zip", issues)
    assert (found is None) == bool(issues.errors)
    return found, issues


def changed(name, old, new):
    files = feed(STOPS, ["L"], [TRIP])
    assert old in files[name]
    return {**files, name: files[name].replace(old, new)}


def test_a_good_feed_is_read_without_a_word(tmp_path):
    found, issues = read(tmp_path, feed(STOPS, ["L"], [TRIP]))
    assert not len(issues)
    assert found.calls.arrival.tolist() == [28800, 28860, 32400]
    assert found.calendar.span() == (date(2019, 1, 1), date(2020, 12, 31))


@pytest.mark.parametrize(("name", "old", "new", "where", "wanted"), [
    ("stop_times.txt", "08:01:00", "07:00:00", "row 3, field 'arrival_time'", "not before"),
    ("stop_times.txt", "08:01:30", "08:00:30", "row 3, field 'departure_time'", "not before"),
    ("stop_times.txt", "08:01:00", "8.01", "row 3, field 'arrival_time'", "HH:MM:SS"),
    ("stop_times.txt", "t,b,2", "t,x,2", "row 3, field 'stop_id'", "the id of a row of stops.txt"),
    ("stop_times.txt", "t,b,2", "u,b,2", "row 3, field 'trip_id'", "the id of a row of trips.txt"),
    ("stop_times.txt", "t,b,2", "t,b,1", "row 3, field 'stop_sequence'", "used once in its trip"),
    ("stop_times.txt", "stop_sequence", "sequence", "field 'stop_sequence'", "this column"),
    ("stops.txt", "31.0,121.01", "0,0", "row 3, field 'stop_lat'", "a place on the map"),
    ("stops.txt", "31.0,121.01", "121.01,31.0", "row 3, field 'stop_lat'", "from -90 to 90"),
    ("stops.txt", "31.0,121.03", "31.0,12.103", "row 4, field 'stop_lat'", "within 500 km"),
    ("stops.txt", "b,b,", "a,b,", "row 3, field 'stop_id'", "an id used once"),
    ("routes.txt", "L,a,L,3", "L,a,L,bus", "row 2, field 'route_type'", "a number from 0"),
    ("trips.txt", "L,d,t", "M,d,t", "row 2, field 'route_id'", "the id of a row of routes.txt"),
    ("trips.txt", "L,d,t", "L,e,t", "row 2, field 'service_id'", "calendar"),
    ("calendar.txt", "20190101", "20191301", "row 2, field 'start_date'", "YYYYMMDD"),
    ("calendar.txt", "20190101,20201231", "20200101,20191231", "field 'end_date'", "start_date"),
    ("stop_times.txt", "t,b,2", "t,b,2,9,9,9", "row 3", "columns"),
])
def test_each_fault_is_named_with_its_place(tmp_path, name, old, new, where, wanted):
    _, issues = read(tmp_path, changed(name, old, new))
    lines = [str(e) for e in issues.errors]
    assert any(f"f.zip/{name}" in x and where in x and wanted in x for x in lines), lines


def test_all_faults_of_a_kind_are_counted_and_the_first_ten_named(tmp_path):
    trips = [(f"t{i}", "L", [("a", H, H), ("nowhere", 2 * H, 2 * H)]) for i in range(25)]
    _, issues = read(tmp_path, feed(STOPS, ["L"], trips))
    assert len(issues.errors) == 11
    assert "15 more rows like these" in str(issues.errors[-1])


@pytest.mark.parametrize("name", ["agency.txt", "stops.txt", "routes.txt", "trips.txt",
                                  "stop_times.txt", "calendar.txt"])
def test_a_missing_file_is_named(tmp_path, name):
    _, issues = read(tmp_path, feed(STOPS, ["L"], [TRIP], **{name: None}))
    assert any(f"f.zip/{name}" in str(e) for e in issues.errors)


def test_an_untimed_end_is_refused_and_untimed_stops_between_lie_on_the_way(tmp_path):
    trip = ("t", "L", [("a", 8 * H, 8 * H), ("b", None, None), ("c", 8 * H + 300, 8 * H + 300)])
    found, issues = read(tmp_path, feed(STOPS, ["L"], [trip]))
    assert not issues.errors
    assert found.calls.arrival[1] == pytest.approx(8 * H + 100, abs=1)
    last = ("t", "L", [("a", 8 * H, 8 * H), ("b", None, None)])
    _, issues = read(tmp_path, feed(STOPS, ["L"], [last]))
    assert "first and the last stop" in str(issues.errors[0])


def test_a_trip_with_one_stop_is_left_out_with_a_note(tmp_path):
    found, issues = read(tmp_path, feed(STOPS, ["L"], [TRIP, ("one", "L", [("a", H, H)])]))
    assert "trip 'one' has one stop; left out" in str(issues.notes[0])
    assert {x for p in patterns_of([found], date(2019, 5, 1)) for x in p.trip} == {"f:t"}


def test_a_trip_after_midnight_belongs_to_the_day_before(tmp_path):
    late = ("late", "L", [("a", 23 * H, 23 * H), ("b", 25 * H + 600, 25 * H + 600)])
    found, issues = read(tmp_path, feed(STOPS, ["L"], [late]))
    assert not issues.errors
    first = patterns_of([found], date(2019, 1, 1))
    days = sorted(int(p.arrival[k, -1]) for p in patterns_of([found], date(2019, 1, 2))
                  for k in range(len(p.trip)))
    assert days == [H + 600, 25 * H + 600, 49 * H + 600]
    assert sum(len(p.trip) for p in first) == 2
    assert clock("25:10:00") == 25 * H + 600


def test_headways_become_trips_the_same_ones_for_a_draw(tmp_path):
    rows = [{"trip_id": "t", "start_time": "08:00:00", "end_time": "10:00:00",
             "headway_secs": 900, "exact_times": k} for k in (0,)]
    found, _ = read(tmp_path, feed(STOPS, ["L"], [TRIP], **{"frequencies.txt": rows}))
    day = date(2019, 5, 1)
    one, again, other = (patterns_of([found], day, k)[0].departure[:, 0] for k in (0, 0, 1))
    assert (one == again).all()
    assert (one != other).any()
    assert (np.diff(one) == 900).all()
    assert one[0] >= 8 * H
    assert one[-1] < 10 * H
    rows[0]["exact_times"] = 1
    found, _ = read(tmp_path, feed(STOPS, ["L"], [TRIP], **{"frequencies.txt": rows}))
    assert patterns_of([found], day)[0].departure[:, 0].tolist() == list(range(8 * H, 10 * H, 900))


def test_exceptions_add_and_remove_days(tmp_path):
    rows = [{"service_id": "d", "date": "20190501", "exception_type": 2},
            {"service_id": "d", "date": "20210101", "exception_type": 1}]
    found, _ = read(tmp_path, feed(STOPS, ["L"], [TRIP], **{"calendar_dates.txt": rows}))
    runs = [found.calendar.runs(d).any() for d in
            (date(2019, 5, 1), date(2019, 5, 2), date(2021, 1, 1), date(2021, 1, 2))]
    assert runs == [False, True, True, False]
    assert found.calendar.span()[1] == date(2021, 1, 1)


def test_trips_that_overtake_stand_in_different_patterns(tmp_path):
    slow = ("s", "L", [("a", 8 * H, 8 * H), ("b", 8 * H + 60, 8 * H + 90), ("c", 9 * H, 9 * H)])
    fast = ("f", "L", [("a", 8 * H + 5, 8 * H + 5), ("b", 8 * H + 70, 8 * H + 95),
                       ("c", 8 * H + 600, 8 * H + 600)])
    found, _ = read(tmp_path, feed(STOPS, ["L"], [slow, fast]))
    assert len(patterns_of([found], date(2019, 5, 1))) == 2


def test_fares_by_route(tmp_path):
    found, _ = read(tmp_path, feed(
        STOPS, ["L", "M"], [TRIP],
        **{"fare_attributes.txt": [{"fare_id": "x", "price": 5, "currency_type": "CNY"},
                                   {"fare_id": "y", "price": 2, "currency_type": "CNY"}],
           "fare_rules.txt": [{"fare_id": "x", "route_id": "L"},
                              {"fare_id": "y", "route_id": "L"}]},
    ))
    assert found.fares.price[0] == 2.0
    assert np.isnan(found.fares.price[1])


def test_a_bomb_a_path_out_and_a_broken_zip_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("stops.txt", "0" * (65 << 20))
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as z:
        z.writestr("../stops.txt", "x")
    (tmp_path / "broken.zip").write_bytes(b"PK no zip")
    for name, said in (("bomb", "unpack"), ("out", "a path that leaves it"),
                       ("broken", "that can be opened")):
        issues = Issues()
        assert read_feed(tmp_path / f"{name}.zip", name, issues) is None
        assert said in str(issues.errors[0])


def test_a_feed_in_a_folder_and_one_folder_down_in_a_zip_are_read(tmp_path):
    files = feed(STOPS, ["L"], [TRIP])
    (tmp_path / "open").mkdir()
    for name, text in files.items():
        (tmp_path / "open" / name).write_text(text, encoding="utf-8")
    issues = Issues()
    assert read_feed(tmp_path / "open", "open", issues) is not None
    assert not len(issues)
    inner = {f"inner/{n}": t for n, t in files.items()}
    assert read_feed(write_zip(tmp_path / "in.zip", inner), "in.zip", issues) is not None
    assert "a folder 'inner' of the zip" in str(issues.notes[0])


def test_other_encodings_and_marks_are_read(tmp_path):
    stops = {"a": (121.0, 31.0, ""), "b": (121.01, 31.0, "")}
    files = feed(stops, ["L"], [("t", "L", [("a", 0, 0), ("b", 60, 60)])])
    files["stops.txt"] = files["stops.txt"].replace("a,a,", "a,西塘,")
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as z:
        for name, text in files.items():
            z.writestr(name, text.encode("gb18030" if name == "stops.txt" else "utf-8-sig"))
    issues = Issues()
    found = read_feed(path, "f.zip", issues)
    assert found.stops.names[0] == "西塘"
    assert "GB 18030" in str(issues.notes[0])


def test_two_feeds_with_the_same_ids_stay_apart(tmp_path):
    folder = two_towns(tmp_path / "r", more_feeds=[feed(
        {"s0": (121.02, 31.01, "west"), "s1": (121.03, 31.01, "east")}, ["W"],
        [("w21600", "W", [("s0", 6 * H, 6 * H), ("s1", 7 * H, 7 * H)])])])
    issues = check(folder)
    assert not issues.errors
    (folder / "transit" / "assets.csv").write_text("id,project\nW,fast\n")
    issues = check(folder)
    assert "as feed:route_id if it is not alone" in str(issues.errors[0])


@pytest.mark.parametrize(("settings", "said"), [
    ('date = 2031-01-01\n', "it runs on 2019-01-01 to 2020-12-31"),
    ('opens = "late"\n', "a time as HH:MM"),
    ('facility = "hospitals"\n', "nearest: 'hospital'"),
    ('day_start = "01:00"\nday_end = "23:00"\n', "at most 15 hours"),
])
def test_settings_that_cannot_be_meant_are_named(tmp_path, settings, said):
    issues = check(two_towns(tmp_path / "r", settings=settings))
    assert said in " ".join(map(str, issues.errors))


@pytest.mark.parametrize(("old", "new", "said"), [
    ("1000,0\n", ",0\n", None),
    ("121.001,31.002", "31.002,81.001", "places within 200 km of the stops"),
    ("population", "people", "people at some place"),
    ("A,121.001", "A,121.x", "a number"),
])
def test_places_that_cannot_be_meant_are_named(tmp_path, old, new, said):
    folder = two_towns(tmp_path / "r")
    path = folder / "transit" / "point.csv"
    text = path.read_text()
    if "81" in new:
        text = "\n".join(",".join([r.split(",")[0], *r.split(",")[2:0:-1], *r.split(",")[3:]])
                         if i else r for i, r in enumerate(text.splitlines())) + "\n"
        said = "field 'lat'"
    else:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    issues = check(folder)
    if said is None:
        assert not issues.errors
    else:
        assert said in " ".join(map(str, issues.errors))


def test_a_shifted_grid_is_some_hundred_metres_off_and_only_in_china():
    lon, lat = gcj02_of(np.array([120.9]), np.array([30.95]))
    assert 300 < np.hypot((lon[0] - 120.9) * 95600, (lat[0] - 30.95) * 111200) < 800


def test_a_point_in_a_ring_with_a_hole():
    ring = np.array([[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], float)
    hole = np.array([[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]], float)
    x, y = np.array([0.5, 1.5, 3.0, 5.0]), np.array([0.5, 1.5, 3.0, 1.0])
    assert inside(x, y, [ring, hole]).tolist() == [True, False, True, False]


@needs_shared
def test_real_feeds_are_read(tmp_path):
    issues = Issues()
    for path, n in (("poa/poa_eptc.zip", 130019), ("nky/TANK-GTFS.zip", 102049)):
        assert len(read_feed(DATA / path, path, issues).calls.stop) == n
    spo = read_feed(DATA / "spo/spo.zip", "spo.zip", issues)
    assert not issues.errors
    assert "6 rows there already" in str(issues.notes[-1])
    assert len(spo.frequencies.trip) == 704


def test_sheet_helper_writes_what_it_is_given():
    assert sheet([{"a": 1}, {"a": 2, "b": 3}]) == "a,b\n1,\n2,3\n"


def test_faults_of_the_tables_are_told_beside_those_of_a_feed(tmp_path):
    """A feed that cannot be read does not hide what else is wrong, nor makes tables unread."""
    from lines import two_towns

    import tieline
    from tieline.errors import InputError

    folder = two_towns(tmp_path / "r")
    (folder / "transit" / "towns.zip").write_text("no zip")
    (folder / "transit" / "line.csv").write_text("id,fare\nX,dear\n")
    with pytest.raises(InputError) as caught:
        tieline.read_region(folder)
    text = str(caught.value)
    assert "towns.zip: expected a zip file that can be opened" in text
    assert "line.csv, row 2, field 'fare'" in text
    assert "read by nothing" not in text
    assert "the name of a table" not in text


def test_two_feeds_of_one_name_are_refused(tmp_path):
    import zipfile

    from lines import two_towns

    import tieline
    from tieline.errors import InputError

    folder = two_towns(tmp_path / "r")
    with zipfile.ZipFile(folder / "transit" / "towns.zip") as z:
        z.extractall(folder / "transit" / "towns")
    with pytest.raises(InputError, match="a name that no other feed has, found 'towns'"):
        tieline.read_region(folder)


def test_a_line_of_several_feeds_is_named_with_them(tmp_path):
    import shutil

    from lines import two_towns

    import tieline
    from tieline.errors import InputError

    folder = two_towns(tmp_path / "r")
    shutil.copy(folder / "transit" / "towns.zip", folder / "transit" / "more.zip")
    with pytest.raises(InputError, match="'X', of several feeds: more:X, towns:X"):
        tieline.read_region(folder)


def test_swapped_latitudes_and_longitudes_are_guessed(tmp_path):
    import zipfile

    from lines import two_towns

    from tieline.region.issues import Issues
    from tieline.transit.gtfs.feed import read_feed

    folder = two_towns(tmp_path / "r")
    path = folder / "transit" / "towns.zip"
    with zipfile.ZipFile(path) as z:
        files = {n: z.read(n).decode() for n in z.namelist()}
    head, *rows = files["stops.txt"].splitlines()
    assert head.split(",")[2:4] == ["stop_lat", "stop_lon"]
    files["stops.txt"] = "\n".join([head.replace("stop_lat,stop_lon", "stop_lon,stop_lat"), *rows])
    from lines import write_zip

    write_zip(path, files)
    issues = Issues()
    read_feed(path, "towns.zip", issues)
    assert any("latitude and longitude swapped? 6 stops would fit" in str(n) for n in issues.notes)


def test_a_day_between_days_of_service_is_told_with_the_nearest_of_them(tmp_path):
    folder = two_towns(tmp_path / "r")
    path = folder / "transit" / "towns.zip"
    with zipfile.ZipFile(path) as z:
        files = {n: z.read(n).decode() for n in z.namelist()}
    weekend = files["calendar.txt"].replace("d,1,1,1,1,1,1,1", "d,0,0,0,0,0,1,1")
    write_zip(path, {**files, "calendar.txt": weekend})
    with pytest.raises(InputError, match="days it runs are 2019-10-13 and 2019-10-19"):
        tieline.read_region(folder)
    settings = '[transit]\ndate = 2019-10-19'
    text = (folder / "region.toml").read_text(encoding="utf-8")
    (folder / "region.toml").write_text(text.replace("[transit]", settings), encoding="utf-8")
    for day, said in ((date(2019, 10, 15), "are 2019-10-13 and 2019-10-19"),
                      (date(2031, 1, 1), "from 2019-01-05 to 2020-12-27")):
        with pytest.raises(CaseError, match=said):
            tieline.trip(folder, "A", "D", day=day)


def test_swapped_places_are_guessed(tmp_path):
    folder = two_towns(tmp_path / "r")
    path = folder / "transit" / "point.csv"
    text = path.read_text(encoding="utf-8").replace("121.001,31.002", "31.002,121.001")
    path.write_text(text, encoding="utf-8")
    told = [str(i) for i in check(folder)]
    assert any("row 2, field 'lat'" in t for t in told)
    assert "transit/point.csv: latitude and longitude swapped? 1 place would fit" in told


def test_a_place_that_lies_far_from_all_stops_is_refused_as_swapped(tmp_path):
    folder = two_towns(tmp_path / "r")
    for path in (folder / "transit").iterdir():
        if path.suffix == ".csv":
            text = path.read_text(encoding="utf-8").replace("121.", "71.")
            path.write_text(text, encoding="utf-8")
    feeds = sorted((folder / "transit").glob("*.zip"))
    for path in feeds:
        with zipfile.ZipFile(path) as z:
            files = {n: z.read(n).decode() for n in z.namelist()}
        write_zip(path, {n: t.replace("121.", "71.") for n, t in files.items()})
    assert not check(folder).errors
    path = folder / "transit" / "point.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("71.001,31.002", "31.002,71.001"),
                    encoding="utf-8")
    told = " ".join(map(str, check(folder).errors))
    assert "places within 500 km of the stops" in told
    assert "(swapped?)" in told


def test_rows_that_repeat_others_change_nothing(tmp_path):
    """Trips, routes and services that stand twice, and services that only exceptions name."""
    days = "service_id,date,exception_type\ne,20190520,1\ng,20190530,1\n"
    trips = [TRIP, ("t2", "L", TRIP[2]), ("t3", "L", TRIP[2])]
    once = feed(STOPS, ["L"], trips, **{"calendar_dates.txt": days})
    head, first, second, third = once["trips.txt"].splitlines()
    once["trips.txt"] = "\n".join(
        [head, first, second.replace(",d,", ",e,"), third.replace(",d,", ",g,")])
    fares = {"fare_attributes.txt": "fare_id,price,currency_type,payment_method,transfers\n"
                                    "f,2,CNY,0,\n"}
    once |= fares
    again = {n: text.rstrip("\n") + "\n" + text.splitlines()[1] if n in KEYS else text
             for n, text in once.items()}
    read = {}
    for name, files in (("once", once), ("again", again)):
        issues = Issues()
        read[name] = read_feed(write_zip(tmp_path / f"{name}.zip", files), name, issues)
        assert not issues.errors
        repeated = [n for n in issues.notes if "taken once" in str(n)]
        assert len(repeated) == (5 if name == "again" else 0)
    for day, trips in ((10, {"t"}), (20, {"t", "t2"}), (30, {"t", "t3"})):
        for one in read.values():
            found = [x for p in patterns_of([one], date(2019, 5, day))
                     for x, at in zip(p.trip, p.departure[:, 0], strict=True) if at < 24 * H]
            assert {str(x).rpartition(":")[2] for x in found} == trips
            assert len(found) == len(trips)
    assert read["again"].fares.price.tolist() == read["once"].fares.price.tolist() == [2.0]


def test_services_without_trips_do_not_count_as_running(tmp_path):
    folder = two_towns(tmp_path / "r")
    path = next((folder / "transit").glob("*.zip"))
    with zipfile.ZipFile(path) as z:
        files = {n: z.read(n).decode() for n in z.namelist()}
    files["calendar.txt"] = files["calendar.txt"].replace("20201231", "20190301") + (
        "none,1,1,1,1,1,1,1,20190101,20201231\n")
    write_zip(path, files)
    told = " ".join(map(str, check(folder).errors))
    assert "it runs on 2019-01-01 to 2019-03-01" in told


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_scenario_on_the_last_day_there_is_is_told_that_nothing_runs(tmp_path, day):
    folder = two_towns(tmp_path / "r")
    (folder / "scenarios.csv").write_text(f"id,name,date\nfar,Far,{day.isoformat()}\n")
    found = check(folder)
    assert not found.errors
    assert f"nothing runs on {day}" in " ".join(map(str, found.notes))


@pytest.mark.parametrize(("file", "text"), [
    ("fare_attributes.txt", "fare_id,price,currency_type,payment_method,transfers\nf,2,CNY,0,x\n"),
])
def test_a_fare_that_cannot_be_read_is_named(tmp_path, file, text):
    issues = Issues()
    files = feed(STOPS, ["L"], [TRIP]) | {file: text}
    assert read_feed(write_zip(tmp_path / "f.zip", files), "f", issues) is None
    assert f"{file}, row 2, field 'transfers'" in str(issues.errors[0])


def test_a_link_that_leads_out_of_a_feed_is_not_followed(tmp_path):
    files = feed(STOPS, ["L"], [TRIP])
    folder = tmp_path / "f"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    secret = tmp_path / "elsewhere.txt"
    secret.write_text(files["stops.txt"], encoding="utf-8")
    (folder / "stops.txt").unlink()
    (folder / "stops.txt").symlink_to(secret)
    issues = Issues()
    assert read_feed(folder, "transit/f", issues) is None
    assert "transit/f/stops.txt" in str(issues.errors[0])
    assert "a link that leads out of it" in str(issues.errors[0])
    (folder / "real.txt").write_text(files["stops.txt"], encoding="utf-8")
    (folder / "stops.txt").unlink()
    (folder / "stops.txt").symlink_to("real.txt")  # within the feed
    issues = Issues()
    assert read_feed(folder, "transit/f", issues) is not None
    assert not issues.errors


def test_a_link_in_a_zip_is_refused(tmp_path):
    files = feed(STOPS, ["L"], [TRIP])
    path = write_zip(tmp_path / "f.zip", {k: v for k, v in files.items() if k != "stops.txt"})
    link = zipfile.ZipInfo("stops.txt")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(path, "a") as z:
        z.writestr(link, "/etc/hostname")
    issues = Issues()
    assert read_feed(path, "f.zip", issues) is None
    assert any("a link, 'stops.txt'" in str(e) for e in issues.errors)
