"""What all networks share: members, projects, cases, measures, the folder and its tables."""
