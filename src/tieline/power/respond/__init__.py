"""When something breaks: the joint switching plan, step by step, checked at every step."""

from tieline.power.respond.state import State, read_state

__all__ = ["State", "read_state"]
