"""Six pictures to begin with, drawn by this project: `python -m i2v.examples.draw` makes them again."""
