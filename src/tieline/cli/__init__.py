"""The commands: the only place that prints and draws progress."""


def main() -> None:
    """Entry point of the program `tieline`: Ctrl-C is answered from the first import on."""
    import sys

    try:
        from tieline.cli.run import run

        code = run()
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


__all__ = ["main"]
