"""Which projects first: the best set under budgets, on the true value of sets.

`problem` (projects, budgets, what needs or excludes what), `seeds` (knapsacks, greedy), `search`
(swap polish on the true value), `robust` (several scenarios: non-dominated sets, core index,
regret).
"""
