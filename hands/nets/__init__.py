"""Networks that know nothing of hands: the transformer for tokens in space and time, and HRNet for pictures.

Explained in the book: part 3, *A transformer for hands in time*, and part 5, *Naming gestures*.
"""

from hands.nets.attention import CrossAttention, SelfAttention
from hands.nets.dstformer import DSTFormer, Maps, Mlp
from hands.nets.hrnet import Features, HRNet, HRNetConfig
from hands.nets.imagenet import from_imagenet, load_imagenet
from hands.nets.motionbert import from_motionbert
from hands.nets.parameters import count, enlarge, initialise

__all__ = [
    "CrossAttention",
    "DSTFormer",
    "Features",
    "HRNet",
    "HRNetConfig",
    "Maps",
    "Mlp",
    "SelfAttention",
    "count",
    "enlarge",
    "from_imagenet",
    "from_motionbert",
    "initialise",
    "load_imagenet",
]
