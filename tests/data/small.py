"""A small data set: two people, of whom one is unseen, and a program of each split."""

SUBJECTS = ("S02", "S14")
PROGRAMS = ("ROM02", "ROM11", "ROM13")
SMALL = {"seconds": 1.0, "subjects": SUBJECTS, "programs": PROGRAMS}
