"""When something is spilt: who is hit when, what to close, where it came from."""
