"""Export to `smplx.MANO`, the field's standard implementation and our oracle."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import numpy as np
import torch

from hands.conventions import PARENTS
from hands.mano.model_data import HandModelData

if TYPE_CHECKING:
    import smplx


def to_smplx(data: HandModelData, dtype: torch.dtype = torch.float32) -> smplx.MANO:
    """The same hand as a `smplx.MANO` layer; see `Hand.to_smplx`.

    Raises:
        ImportError: the package `smplx` is not installed.
    """
    import smplx

    arrays = {
        "v_template": data.v_template,
        "shapedirs": data.shapedirs,
        "posedirs": data.posedirs,
        "J_regressor": data.J_regressor,
        "weights": data.lbs_weights,
        "f": data.faces,
        "kintree_table": np.array([PARENTS, range(len(PARENTS))]),
        "hands_mean": data.hands_mean,
        "hands_components": data.hands_components,
    }
    with contextlib.redirect_stdout(io.StringIO()):  # smplx prints a warning about ten betas at every construction
        return smplx.MANO(
            "",
            data_struct=smplx.utils.Struct(**{name: np.array(array) for name, array in arrays.items()}),
            is_rhand=data.side == "right",
            use_pca=False,
            flat_hand_mean=True,
            dtype=dtype,
        )
