"""In and out: workbooks, CSV and OC4IDS; matched, previewed, and only then accepted."""
