"""Generator of the demonstration zone: inputs -> layout -> grid -> tables. Needs numpy only."""
