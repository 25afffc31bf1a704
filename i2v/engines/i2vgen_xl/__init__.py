"""I2VGen-XL: one picture and one sentence become a clip (arXiv 2311.04145)."""
