"""Shapley values where there are too many coalitions to count: estimates with honest intervals.

`permutations` (antithetic orders: what is evaluated, and an unbiased check), `surrogate` (a
Gaussian process on the odd part of the game: the estimate), `estimate` (both side by side, until
the interval is narrow enough or the budget is spent).
"""
