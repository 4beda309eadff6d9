"""What a planner reads of a storm: the distribution of what it costs, apart and together."""
