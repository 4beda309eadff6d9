"""The commands: the only place that prints and draws progress."""

from tieline.cli.run import main as main

__all__ = ["main"]
