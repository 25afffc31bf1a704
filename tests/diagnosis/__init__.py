"""Advice on sentences, settings, pictures and clips."""
