"""What follows from a game: shares, interactions, stability - each with how it is known.

`solution` (the records), `semivalues` (Shapley, Banzhaf), `interactions` (pairs: complements and
substitutes), `owen` (players within unions), `points` (Gately, tau), `core` (core check, least
core), `nucleolus` (and per capita) with `kohlberg` (its certificate), `solve` (all of them for one
game). Functions that take a table work on arrays; `solve` gives records.
"""
