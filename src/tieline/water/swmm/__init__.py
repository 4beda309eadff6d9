"""SWMM's own files and SWMM itself: written, read, and run as a judge."""
