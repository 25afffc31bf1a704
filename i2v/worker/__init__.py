"""Carries out one job at a time. Started by name as `python -m i2v.worker`; knows no database and no output folder."""
