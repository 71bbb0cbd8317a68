/* Reads a student record (hands/experiments/student_record.py), without a page: what networks made of the same movements.

   `new StudentClip(clip, record)` has `.truth` and `.hands`, one for each of `record.names`. Each of these is a RecordedHand
   (lab_record.js) with `errors`, the mean over the keypoints by frame, and `jointErrors(frame)`, of all 21; in millimetres.
   Checked against Python by tests/browser/test_student_lab.py. */
(function (root) {
  "use strict";

  const { RecordedHand, RecordedClip, errorsOf, mean } = root.LabRecords;
  const KEYPOINTS = 21;

  class StudentHand extends RecordedHand {
    constructor(hand, frames, record) {
      super(hand, record);
      this.allErrors = errorsOf(hand.errors, record);
      this.errors = Float64Array.from({ length: frames }, (_, frame) => mean(this.jointErrors(frame)));
    }

    jointErrors(frame) {
      return this.allErrors.subarray(KEYPOINTS * frame, KEYPOINTS * (frame + 1));
    }

    meanError() {
      return mean(this.errors);
    }
  }

  class StudentClip extends RecordedClip {
    constructor(clip, record) {
      super(clip, record);
      this.truth = new RecordedHand(clip.truth, record);
      this.hands = clip.hands.map((hand) => new StudentHand(hand, clip.frames, record));
    }
  }

  root.StudentRecords = { StudentClip };
})(window);
