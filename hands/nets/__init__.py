"""Networks that know nothing of hands: attention, and the transformer for tokens in space and time.

Explained in the book: part 3, *A transformer for hands in time*.
"""

from hands.nets.attention import CrossAttention, SelfAttention
from hands.nets.dstformer import DSTFormer, Maps, Mlp
from hands.nets.motionbert import from_motionbert
from hands.nets.parameters import count, enlarge, initialise

__all__ = [
    "CrossAttention",
    "DSTFormer",
    "Maps",
    "Mlp",
    "SelfAttention",
    "count",
    "enlarge",
    "from_motionbert",
    "initialise",
]
