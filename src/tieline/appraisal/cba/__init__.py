"""Cost and benefit of a project or a joint programme, by year and jurisdiction.

`rates` (discount settings with their sources), `flows` (what falls when and on whom, and what it
depends on), `indicators` (ENPV, BCR, EIRR, payback), `appraise` (all of it for one set of flows,
with ranges: Monte Carlo, tornado, switching values), `allocation` (who gains, who pays,
compensation of net losers, a partner who withdraws), `increments` (put one in, take one out, on
capacities).
"""
