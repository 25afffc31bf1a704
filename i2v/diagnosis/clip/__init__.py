"""A finished clip: measured frame by frame, advised on, ranked among others. Only `measuring` and what it calls needs
the frames; the rest reads what was measured, and loads neither numpy nor OpenCV."""
