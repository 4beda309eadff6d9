"""Timetables of several agencies: what the border cuts off, what each line gives back."""
