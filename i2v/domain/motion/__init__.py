"""The language of motion: what a sentence in English or Chinese asks of the camera.

The vocabulary is data (`motions.yaml`); `lexicon` finds its words in a sentence, `clauses` the moves in a clause,
`sentence` their order.
"""

from i2v.domain.motion.moves import Contradiction, Motion, Move, Segment
from i2v.domain.motion.sentence import read_motion

__all__ = ["Contradiction", "Motion", "Move", "Segment", "read_motion"]
