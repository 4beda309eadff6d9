"""A slow twin of the timetable search: Dijkstra over raw stop times, read by itself.

Nothing of the engine's reading, patterns or search is used: only its walking tables (in seconds)
and the number of each stop.
"""

import csv
import heapq
import io
import itertools
import math
import zipfile
from bisect import bisect_left
from datetime import date

import numpy as np

NEVER = 1 << 60
UNREACHED = 57_000


def rows(archive, name):
    if name not in archive.namelist():
        return []
    text = archive.read(name).decode("utf-8-sig")
    return [{k.strip(): (v or "").strip() for k, v in r.items() if k}
            for r in csv.DictReader(io.StringIO(text))]


def clock(text):
    h, m, s = map(int, text.split(":"))
    return 3600 * h + 60 * m + s


def metres(a, b):
    (lon1, lat1), (lon2, lat2) = a, b
    p, q = math.radians(lat1), math.radians(lat2)
    h = (math.sin((q - p) / 2) ** 2
         + math.cos(p) * math.cos(q) * math.sin(math.radians(lon2 - lon1) / 2) ** 2)
    return 2 * 6371008.8 * math.asin(math.sqrt(h))


def runs(archive, day):
    """Services of a day."""
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    stamp, found = day.strftime("%Y%m%d"), set()
    for r in rows(archive, "calendar.txt"):
        if r[names[day.weekday()]] == "1" and r["start_date"] <= stamp <= r["end_date"]:
            found.add(r["service_id"])
    for r in rows(archive, "calendar_dates.txt"):
        if r["date"] == stamp:
            (found.add if r["exception_type"] == "1" else found.discard)(r["service_id"])
    return found


def raw_trips(path, day: date):
    """Trips of a day: (route, [(stop id, arrival, departure, board, alight)]), every call timed."""
    with zipfile.ZipFile(path) as archive:
        services = runs(archive, day)
        places = {r["stop_id"]: (float(r["stop_lon"]), float(r["stop_lat"]))
                  for r in rows(archive, "stops.txt")}
        route = {r["trip_id"]: r["route_id"] for r in rows(archive, "trips.txt")
                 if r["service_id"] in services}
        calls = {}
        for r in rows(archive, "stop_times.txt"):
            if r["trip_id"] in route:
                calls.setdefault(r["trip_id"], []).append(r)
    trips = []
    for trip, mine in calls.items():
        mine.sort(key=lambda r: int(r["stop_sequence"]))
        arr = [clock(r["arrival_time"] or r["departure_time"])
               if r["arrival_time"] or r["departure_time"] else None for r in mine]
        dep = [clock(r["departure_time"] or r["arrival_time"])
               if r["arrival_time"] or r["departure_time"] else None for r in mine]
        timed = [i for i, a in enumerate(arr) if a is not None]
        for a, b in itertools.pairwise(timed):
            steps = [metres(places[mine[i - 1]["stop_id"]], places[mine[i]["stop_id"]])
                     for i in range(a + 1, b + 1)]
            total = sum(steps)
            for i in range(a + 1, b):
                share = sum(steps[: i - a]) / total if total else (i - a) / (b - a)
                arr[i] = dep[i] = dep[a] + int(share * (arr[b] - dep[a]))
        trips.append((route[trip], [
            (r["stop_id"], x, y, r.get("pickup_type") != "1", r.get("drop_off_type") != "1")
            for r, x, y in zip(mine, arr, dep, strict=False)
        ]))
    return trips


class Twin:
    """Dijkstra over (stop, rides) with trips boarded one by one."""

    def __init__(self, trips, stop_number, foot, allowed=None):
        self.trips = [(route, [(stop_number[s], *rest) for s, *rest in calls])
                      for route, calls in trips]
        self.boards = {}
        for x, (_, calls) in enumerate(self.trips):
            for i, (s, _, dep, board, _) in enumerate(calls[:-1]):
                if board:
                    self.boards.setdefault(s, []).append((dep, x, i))
        for offers in self.boards.values():
            offers.sort()
        self.foot, self.allowed = foot, allowed

    def arrivals(self, origin, start, most, wait, rides):
        foot, limit = self.foot, start + most
        heap = [(start + int(foot.access_s[k]), 0, int(foot.access_stop[k]))
                for k in range(foot.access_at[origin], foot.access_at[origin + 1])]
        heapq.heapify(heap)
        best, by, boarded = {}, {}, {}
        while heap:
            t, r, s = heapq.heappop(heap)
            if r == rides or any(best.get((s, q), NEVER) <= t for q in range(r + 1)):
                continue
            best[s, r] = t
            offers = self.boards.get(s, [])
            for dep, x, i in offers[bisect_left(offers, (t + wait, -1, -1)):]:
                if dep > limit:
                    break
                if boarded.get((x, r), NEVER) <= i and self.allowed is None:
                    continue
                boarded[x, r] = min(i, boarded.get((x, r), NEVER))
                route, calls = self.trips[x]
                for j in range(i + 1, len(calls)):
                    to, arrival, _, _, alight = calls[j]
                    if arrival > limit:
                        break
                    if self.allowed is not None and not self.allowed(route, calls, i, j):
                        continue
                    if not alight or arrival >= by.get((to, r + 1), NEVER):
                        continue
                    by[to, r + 1] = arrival
                    stayed = arrival + int(foot.stay_s[to])
                    if stayed <= limit:
                        heapq.heappush(heap, (stayed, r + 1, to))
                    for k in range(foot.near_at[to], foot.near_at[to + 1]):
                        n, a = int(foot.near_to[k]), arrival + int(foot.near_s[k])
                        if a <= limit and best.get((n, r + 1), NEVER) > a:
                            heapq.heappush(heap, (a, r + 1, n))
        earliest = {}
        for (s, _), a in by.items():
            earliest[s] = min(earliest.get(s, NEVER), a)
        return earliest

    def times(self, origin, window, percentile=50.0):
        """Travel times [s] to every point: each minute from scratch, then the percentile."""
        foot, n_points = self.foot, len(self.foot.access_at) - 1
        direct = np.full(n_points, UNREACHED)
        for k in range(foot.direct_at[origin], foot.direct_at[origin + 1]):
            direct[foot.direct_to[k]] = foot.direct_s[k]
        table = np.empty((window.minutes, n_points), int)
        for m in range(window.minutes):
            t = window.start + 60 * m
            by = self.arrivals(origin, t, window.most, window.wait, window.rides)
            for p in range(n_points):
                best = direct[p]
                for k in range(foot.egress_at[p], foot.egress_at[p + 1]):
                    a = by.get(int(foot.egress_stop[k]))
                    if a is not None:
                        best = min(best, a - t + int(foot.egress_s[k]))
                table[m, p] = best if best <= window.most else UNREACHED
        table.sort(axis=0)
        return table[max(math.ceil(percentile / 100 * window.minutes) - 1, 0)]
