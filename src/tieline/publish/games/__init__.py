"""Plots of games and projects: waterfall, core of three, interactions, portfolios, tornado."""
