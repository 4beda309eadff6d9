"""Games of cooperation, fair shares, what projects are worth; running cases, cached, in parallel.

Read in this order: `game` (who plays, which case is a coalition), `run` (cases to outcomes),
`shares` and `worth` (what follows from a table of outcomes), `network` (all of it for one network),
`pricing` (money, by the prices that `study` hands in), `results` (the records that come out).
What is exact says so (`exactness`); sampled shares, more players and portfolios are files beside
`shares` and `worth`.
"""
