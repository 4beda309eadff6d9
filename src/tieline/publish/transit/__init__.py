"""Lines on pages: what a suspended line costs, isochrones, gains by town, worth of lines."""
