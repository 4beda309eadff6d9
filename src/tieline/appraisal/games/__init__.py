"""Games: who plays and what each coalition is worth, whatever the value function.

`game` (the record: a function, a table, a sum of small games), `coalitions` (bitmasks), `terms`
(sums of small games, exact for any number of players), `voting` (weighted majorities, exact),
`checks` (superadditive, monotone, convex; the monotone cover), `valuer` (evaluating coalitions
once).
"""
