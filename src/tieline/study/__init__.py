"""The only place that wires the others: each study reads, computes, and can be written out."""

from tieline.study.appraisal import Appraisal as Appraisal
from tieline.study.appraisal import appraise as appraise
from tieline.study.outage import LineResponse as LineResponse
from tieline.study.response import Response as Response
from tieline.study.response import respond as respond
from tieline.study.spill import SpillResponse as SpillResponse
from tieline.study.spill import open_cases as open_cases
from tieline.study.storms import StormStudy as StormStudy
from tieline.study.storms import storm as storm
from tieline.study.trace import trace as trace
from tieline.study.trip import Trip as Trip
from tieline.study.trip import trip as trip
