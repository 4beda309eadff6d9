"""A chosen situation told beside apart and together: figures, gains, shares, one map."""
