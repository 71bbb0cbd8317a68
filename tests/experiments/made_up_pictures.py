"""Pictures that nobody rendered: noise, and a stripe whose place and colour say which fine class it is."""

from __future__ import annotations

import numpy as np
import torch

from hands import mano
from hands.gesture import PicturePlan, Pictures
from hands.gesture.crop import ROOM
from hands.gesture.pretraining import COARSE_OF_FINE
from hands.mano.gestures import GESTURES

SIDE = 64


class MadeUp(Pictures):
    """What networks need of a set: two people to train, one for validation, two for the test."""

    def __init__(self, takes: int = 1) -> None:
        self.plan = PicturePlan(takes=takes, size=SIDE, subjects=("S01", "S02", "S11", "S13", "S14"))
        self.data_hash = "made up"
        self.fine = np.tile([gesture.fine for gesture in GESTURES.values()], takes * 5).astype(np.int16)
        self.coarse = np.array(COARSE_OF_FINE, np.int16)[self.fine]
        self.subject = np.repeat([int(name[1:]) for name in self.plan.subjects], takes * 46).astype(np.int16)
        self.images = np.random.default_rng(0).integers(0, 60, (len(self), SIDE, SIDE, 3), dtype=np.uint8)
        for picture, own in zip(self.images, self.fine, strict=True):
            place, colour = divmod(int(own), 3)
            picture[:, 5 * place : 5 * place + 4, colour] += 180
        corners = np.array([[0, 0], [SIDE, SIDE]], np.float32) / ROOM + SIDE * (1 - 1 / ROOM) / 2  # all is in the box
        self.pixels = np.broadcast_to(corners.repeat([10, 11], 0), (len(self), 21, 2))


class MadeUpHands(MadeUp):
    """With hands: each fine class has a pose of its own, and a camera sees them half a metre away."""

    def __init__(self, takes: int = 1) -> None:
        super().__init__(takes)
        rng, count = np.random.default_rng(1), len(self)
        self.betas = rng.normal(size=(count, 10)).astype(np.float32)
        self.global_orient = rng.normal(size=(count, 3)).astype(np.float32)
        self.hand_pose = (0.2 * rng.normal(size=(35, 15, 3)))[self.fine].astype(np.float32)
        posed = mano.load().keypoints(
            betas=torch.from_numpy(self.betas),
            global_orient=torch.from_numpy(self.global_orient),
            hand_pose=torch.from_numpy(self.hand_pose),
            transl=torch.tensor([0.0, 0.0, 0.5]),
        )
        self.keypoints = posed.numpy()
        self.camera = np.tile(np.float32([150, SIDE / 2 + 3, SIDE / 2 - 2]), (count, 1))
        flat = self.keypoints[..., :2] / self.keypoints[..., 2:]
        self.pixels = self.camera[:, None, :1] * flat + self.camera[:, None, 1:]
