"""Wires the app from its settings and serves it: the port first, everything else behind it."""
