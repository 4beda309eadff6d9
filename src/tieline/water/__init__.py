"""Rivers, lakes and gates: flow, what it carries, and who answers for it."""
