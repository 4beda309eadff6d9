"""Joint work in the browser: inboxes, the way of a case across the border, evidence, settlement."""
