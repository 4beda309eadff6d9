"""What loads do to quality, what it costs to mend, and who answers for it."""
