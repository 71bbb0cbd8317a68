"""Pictures of hands: Plotly figures, the page's live hand and gallery, and the source code shown in the chapters.

`from hands import viz`, then `viz.hand_figure(hand, hand(), alt="...")`. Every figure asks for an `alt` text, which the
page reads out to people who cannot see it.
"""

from hands.viz.confusion_figures import confusion_figure
from hands.viz.data_figures import bars_figure, recordings_figure
from hands.viz.distill_figures import directions_figure, student_figure
from hands.viz.distill_tables_figures import differences_figure, seeds_figure, tries_figure
from hands.viz.figures import hand_figure, hands_figure, lines_figure, matrix_figure, skeleton_figure
from hands.viz.fusion_figures import hidden_tokens_figure, teacher_figure
from hands.viz.gallery import Card, Gallery, gallery
from hands.viz.gallery_words import describe
from hands.viz.gesture_nets import hrnet_figure
from hands.viz.imu_lab import ImuLab, imu_lab
from hands.viz.live import LiveHand, live_hand
from hands.viz.marks import add_arrows, add_frames, add_points
from hands.viz.mask_lab import MaskLab, mask_lab
from hands.viz.motion_figures import spreads_figure
from hands.viz.naming_figures import gesture_maps_figure, hierarchy_figure, weights_figure
from hands.viz.network_figures import attention_figure, maps_figure
from hands.viz.probe_figures import knowledge_figure
from hands.viz.seeing_figures import camera_figure, seen_figure, sheet_figure
from hands.viz.sensor_figures import allan_figure, believed_figure, costs_figure
from hands.viz.source import source
from hands.viz.student_lab import StudentLab, student_lab
from hands.viz.told import Table, Words, table, words
from hands.viz.training_figures import curves_figure, intervals_figure, mask_figure

__all__ = [
    "Card",
    "Gallery",
    "ImuLab",
    "LiveHand",
    "MaskLab",
    "StudentLab",
    "Table",
    "Words",
    "add_arrows",
    "add_frames",
    "add_points",
    "allan_figure",
    "attention_figure",
    "bars_figure",
    "believed_figure",
    "camera_figure",
    "confusion_figure",
    "costs_figure",
    "curves_figure",
    "describe",
    "differences_figure",
    "directions_figure",
    "gallery",
    "gesture_maps_figure",
    "hand_figure",
    "hands_figure",
    "hidden_tokens_figure",
    "hierarchy_figure",
    "hrnet_figure",
    "imu_lab",
    "intervals_figure",
    "knowledge_figure",
    "lines_figure",
    "live_hand",
    "maps_figure",
    "mask_figure",
    "mask_lab",
    "matrix_figure",
    "recordings_figure",
    "seeds_figure",
    "seen_figure",
    "sheet_figure",
    "skeleton_figure",
    "source",
    "spreads_figure",
    "student_figure",
    "student_lab",
    "table",
    "teacher_figure",
    "tries_figure",
    "weights_figure",
    "words",
]
