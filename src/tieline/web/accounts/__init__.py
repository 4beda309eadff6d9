"""Who asks: accounts, sessions, tokens, and the door every request passes."""
