"""In front of everything: who may ask, from where, how much at once; refusals in the reader's language."""

from i2v.guard.fronts import own_path
from i2v.guard.layer import Guard
from i2v.guard.tokens import realm_of

__all__ = ["Guard", "own_path", "realm_of"]
