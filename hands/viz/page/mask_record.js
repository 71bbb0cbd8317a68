/* Reads a mask record (hands/experiments/mask_record.py), without a page: what a teacher made of masked movements.

   `new MaskClip(clip, record)` has `.truth`, `.blind` (or null) and `.guess(kind, share)`, with `share` a place in
   `record.ratios`. Each is a MaskHand: a RecordedHand (lab_record.js) with `errors` in millimetres by frame, and `hidden`, one
   for each token (frame by frame, 15 joints). Checked against Python by tests/browser/test_mask_lab.py. */
(function (root) {
  "use strict";

  const { RecordedHand, RecordedClip, bytesOf, errorsOf, mean, TOKENS } = root.LabRecords;

  class MaskHand extends RecordedHand {
    constructor(hand, frames, record) {
      super(hand, record);
      const { errors, hidden } = hand;
      this.errors = errors ? errorsOf(errors, record) : null;
      this.hidden = hidden ? unpacked(bytesOf(hidden), frames * TOKENS) : new Uint8Array(frames * TOKENS).fill(1);
    }

    meanError() {
      return mean(this.errors);
    }

    /* The share of tokens that is hidden. */
    hiddenShare() {
      return mean(this.hidden);
    }

    isHidden(frame, token) {
      return this.hidden[TOKENS * frame + token] === 1;
    }
  }

  class MaskClip extends RecordedClip {
    constructor(clip, record) {
      super(clip, record);
      const read = (hand) => new MaskHand(hand, clip.frames, record);
      Object.assign(this, { seen: clip.seen, truth: read(clip.truth), blind: clip.blind ? read(clip.blind) : null });
      this.hands = clip.hands.map(read);
    }

    guess(kind, share) {
      return this.hands[this.seen[kind][share]];
    }

    largestError() {
      return Math.max(...[...this.hands, ...(this.blind ? [this.blind] : [])].map(({ errors }) => Math.max(...errors)));
    }
  }

  /* The highest bit of each byte first. */
  function unpacked(bytes, count) {
    return Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3] >> (7 - (i & 7))) & 1);
  }

  root.MaskRecords = { MaskClip, MaskHand };
})(window);
