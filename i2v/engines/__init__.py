"""One folder per engine: `spec.py` says what it offers (no heavy imports), `engine.py` does it."""
