"""OGC API - Features, Part 1 (OGC 17-069r4): every spatial kind as a collection of GeoJSON."""
