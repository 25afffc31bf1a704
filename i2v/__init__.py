"""One picture and one sentence become a short clip, on your own machine."""

__version__ = "0.1.0"
