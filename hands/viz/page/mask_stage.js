/* The true hand and the reconstruction, side by side or one over the other.

   A scene is { truth, guess, frame, moving }. Dots on the true hand are its joints: filled where the teacher is given the
   joint, rings where it is hidden. */
(function (root) {
  "use strict";

  const { HandsStage, panel, skinDot } = root.LabStage;

  class MaskStage extends HandsStage {
    constructor(model, { colours, alt, onView }) {
      super(model, { colours, alt, kind: "two hands in 3D", onView });
      this.panels = { truth: panel("The true hand", skinDot(colours.truth)), guess: panel("", skinDot(colours.guess)) };
      this.element.append(this.panels.truth.element, this.panels.guess.element);
    }

    lay(over, name) {
      this.element.classList.toggle("masklab-over", over);
      this.panels.guess.name.textContent = name;
    }

    draw(scene, resting) {
      const { truth, guess } = this.panels;
      const camera = this.paint(truth.hand, scene.truth, scene.frame, this.skins.truth, resting);
      this.drawJoints(truth, scene, camera);
      this.paint(guess.hand, scene.guess, scene.frame, this.skins.guess, resting);
    }

    drawJoints({ hand, marks }, { guess, frame }, camera) {
      const pen = this.penFor(marks), { joints } = this.surface.hand, { dot, ink } = this.colours;
      for (let token = 0; token < joints.length / 3 - 1; token++) {
        const at = this.project(joints.subarray(3 * token + 3, 3 * token + 6), camera, hand);
        pen.beginPath();
        pen.arc(...at, 3.6, 0, 2 * Math.PI);
        pen.fillStyle = guess.isHidden(frame, token) ? "transparent" : dot;
        pen.fill();
        pen.lineWidth = 1.6;
        pen.strokeStyle = ink;
        pen.stroke();
      }
    }
  }

  root.MaskStage = MaskStage;
})(window);
