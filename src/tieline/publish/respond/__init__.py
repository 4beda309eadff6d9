"""What a dispatcher reads when something breaks: the plan as a page, and draft order sheets."""
