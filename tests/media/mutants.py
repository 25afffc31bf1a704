"""Damage as files meet it, by chance."""

from __future__ import annotations

import random
import struct


def mutate(data: bytes, chance: random.Random) -> bytes:
    """One to four of: bits flipped, cut short, piece lost, piece doubled, piece of another value, field of extremes."""
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(damaged)) if chance.random() < 0.6 else chance.randrange(min(64, len(damaged)))
        size = chance.choice([1, 2, 4, 16, 200])
        match chance.randrange(6):
            case 0:
                damaged[at] ^= 1 << chance.randrange(8)
            case 1:
                del damaged[max(1, at) :]
            case 2:
                del damaged[max(1, at) : at + size]
            case 3:
                damaged[at:at] = damaged[at : at + size]
            case 4:
                damaged[at : at + size] = chance.randbytes(len(damaged[at : at + size]))
            case _:
                extreme = chance.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
                damaged[at : at + 4] = struct.pack(chance.choice("<>") + "I", extreme)
    return bytes(damaged)
