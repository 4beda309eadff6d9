"""Figures out of results: an appraisal's and a plan's, computed by whoever is handed in.

Publishing knows the records of results, not how they are made: a program hands in functions that
make them, so that nothing here runs an engine.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tieline.errors import CaseError
from tieline.publish.bulletin.figure import Query, Reading, weakest
from tieline.publish.bulletin.figure import refuse as _refuse
from tieline.publish.words import LANGUAGES, Words
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.appraisal.response import Response
    from tieline.appraisal.results import Appraisal, NetworkAppraisal
    from tieline.region.model import Measure

SAVED, GAIN, TOTAL = "saved", "gain", "total"
PLAN_TIMES = ("all_back", "switched")
PLAN_FIGURES = (TOTAL, SAVED, "most_out", *PLAN_TIMES)
APPRAISAL_FIGURES = (TOTAL, GAIN)
PLAN_PARAMETERS = ("incident", "state", "figure", "measure", "jurisdiction")
APPRAISAL_PARAMETERS = ("network", "scenario", "state", "figure", "measure", "jurisdiction")


class AppraisalSource:
    """What each can do apart and together: `figure` = total (in a `state`) or gain (together)."""

    name = "appraisal"

    def __init__(self, appraise: Callable[[str], Appraisal]) -> None:
        """Make it of a function that appraises one scenario."""
        self._appraise = appraise

    def read(self, query: Query, at: int | None = None) -> Reading:
        """A measure of a network, of a jurisdiction or of the whole region."""
        del at  # computed anew from the folder as it is
        given = _known(query, APPRAISAL_PARAMETERS)
        what = _choice(given, "figure", APPRAISAL_FIGURES, TOTAL)
        scenario = str(given.get("scenario", "base"))
        try:
            result = self._appraise(scenario)
            network = _network(result, given)
            measure = network.measure(str(given.get("measure", "")))
            value, gap = _appraised(network, measure, what, given)
        except CaseError as error:
            _refuse("measure", "what the appraisal has", str(error))
        counts = _counts(network.statuses)
        return Reading(
            value=_computed(value, measure.unit, gap), status=weakest(counts),
            source=_SOURCE, when=_day(result, scenario), rests_on=counts,
            label=_label(measure, what, result, given),
            read_at={"engine": network.engine, "version": network.version,
                     "digest": network.digest, "scenario": network.scenario},
        )


class PlanSource:
    """What to do about an incident: `figure` of a `state` (waiting, apart, together).

    total: a measure; saved: how much less than waiting; most_out: the most customers out at once;
    all_back, switched: minutes until the last customer, the last switched one, is back.
    """

    name = "plan"

    def __init__(self, respond: Callable[[str], Response]) -> None:
        """Make it of a function that plans for one incident."""
        self._respond = respond

    def read(self, query: Query, at: int | None = None) -> Reading:
        """A figure of the plan."""
        del at  # computed anew from the folder as it is
        given = _known(query, PLAN_PARAMETERS)
        what = _choice(given, "figure", PLAN_FIGURES, SAVED)
        state = str(given.get("state", "together"))
        try:
            result = self._respond(str(given.get("incident", "")))
            value, unit = _planned(result, what, state, given)
        except CaseError as error:
            _refuse("incident", "what the plan has", str(error))
        counts = _counts(result.statuses)
        return Reading(
            value=_computed(value, unit, _gap(result, what, state)), status=weakest(counts),
            source=_SOURCE, when=result.incident.start.date().isoformat(), rests_on=counts,
            label=_plan_label(result, what, state, given),
            read_at={"engine": result.engine, "version": result.version, "digest": result.digest,
                     "scenario": result.scenario},
        )


_SOURCE = "由区域文件夹计算 / computed from the region's folder"


def _known(query: Query, parameters: tuple[str, ...]) -> Mapping[str, Any]:
    for name in query.parameters:
        if name not in parameters:
            _refuse(name, f"one of {', '.join(parameters)}", f"'{name}'")
    return query.parameters


def _choice(given: Mapping[str, Any], name: str, known: tuple[str, ...], default: str) -> str:
    value = str(given.get(name, default))
    if value not in known:
        _refuse(name, f"one of {', '.join(known)}",
                f"'{value}'{nearest(value, known)}")
    return value


def _counts(statuses: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counts in statuses.values():
        total.update(counts)
    return dict(sorted(total.items()))


def _computed(value: float, unit: str, gap: float) -> dict[str, Any]:
    if not math.isfinite(value):
        _refuse("figure", "a number", str(value))
    return {"type": "computed", "value": value, "unit": unit, "gap": gap}


def _network(result: Appraisal, given: Mapping[str, Any]) -> NetworkAppraisal:
    name = str(given.get("network", next(iter(result.networks), "")))
    if name not in result.networks:
        _refuse("network", f"one of {', '.join(result.networks)}", f"'{name}'")
    return result.networks[name]


def _appraised(
    network: NetworkAppraisal, measure: Measure, what: str, given: Mapping[str, Any]
) -> tuple[float, float]:
    """The value and how far it may be off."""
    j = _place(network.jurisdictions, given)
    state = str(given.get("state", "together"))

    def one(label: str) -> float:
        if j is None:
            return network.total(label, measure.name)
        return float(network.value(label, measure.name)[j])

    if what == GAIN:
        sign = measure.sign or 1
        gaps = network.gain_gap(measure.name) if measure.ratio_of is None else None
        gap = 0.0 if gaps is None else float(gaps.sum() if j is None else gaps[j])
        return (one("together") - one("apart")) * sign, gap
    value = one(state)
    if measure.ratio_of is not None:
        return value, 0.0
    names = [m.name for m in network.measures if m.ratio_of is None]
    gaps = network.outcomes[state].gap[:, names.index(measure.name)]
    return value, float(gaps.sum() if j is None else gaps[j])


def _place(jurisdictions: tuple[str, ...], given: Mapping[str, Any]) -> int | None:
    name = str(given.get("jurisdiction", ""))
    if name and name not in jurisdictions:
        _refuse("jurisdiction", f"one of {', '.join(jurisdictions)}", f"'{name}'")
    return jurisdictions.index(name) if name else None


def _planned(
    result: Response, what: str, state: str, given: Mapping[str, Any]
) -> tuple[float, str]:
    """The value and its unit."""
    if state not in result.states:
        _refuse("state", f"one of {', '.join(result.states)}", f"'{state}'")
    place = str(given.get("jurisdiction", ""))
    j = _place(result.jurisdictions, given)
    if what == "most_out":
        return result.most_out(state, place), "customers"
    if what in PLAN_TIMES:
        seconds = result.all_back_s(state) if what == "all_back" else result.switched_s(state)
        return seconds / 60.0, "min"
    measure = result.measure(str(given.get("measure", "customer_hours")))
    here = result.value(state, measure.name)
    if what == SAVED:
        here = result.value("waiting", measure.name) - here
    return float(here.sum() if j is None else here[j]), measure.unit.removesuffix("/yr")


def _gap(result: Response, what: str, state: str) -> float:
    plan = result.plans.get(state)
    return float(plan.gap) if plan is not None and what in (TOTAL, SAVED) else 0.0


def _label(
    measure: Measure, what: str, result: Appraisal, given: Mapping[str, Any]
) -> tuple[str, str]:
    state = str(given.get("state", "together")) if what == TOTAL else ""
    return _in_both(measure, what, state, _names(result, given))


def _plan_label(
    result: Response, what: str, state: str, given: Mapping[str, Any]
) -> tuple[str, str]:
    measure = result.measure(str(given.get("measure", "customer_hours")))
    return _in_both(measure, what, state, _names(result, given))


def _names(result: Appraisal | Response, given: Mapping[str, Any]) -> Mapping[str, str]:
    """The jurisdiction's name by language; {} if the whole region is meant."""
    name = str(given.get("jurisdiction", ""))
    found = [j for j in result.region.jurisdictions if j.id == name]
    return {lang: j.label(lang) for j in found for lang in LANGUAGES}


def _in_both(
    measure: Measure, what: str, state: str, names: Mapping[str, str]
) -> tuple[str, str]:
    said = {}
    for lang in LANGUAGES:
        words = Words(lang)
        text = words(f"bulletin_figure.{what}", measure=measure.title(lang))
        beside = [words.get(f"bulletin_state.{state}", state), names.get(lang, "")]
        tail = ", ".join(b for b in beside if b) if lang == "en" else "，".join(
            b for b in beside if b)
        said[lang] = (f"{text} ({tail})" if lang == "en" else f"{text}（{tail}）") if tail else text
    return said["en"], said["zh"]


def _day(result: Appraisal, scenario: str) -> str:
    """The day whose links stand: the scenario's, else the study date."""
    day = result.region.scenario(scenario).date or result.region.study_date
    return day.isoformat() if day else ""
