/* How one finds out from its readings how a sensor is turned, without a page, and how far off that is.

   `gyroAlone` is `hands.imu.integrate_gyro`; `withGravity` is the simplest filter that joins both sensors, a complementary
   filter: after each step of the gyroscope it tilts its estimate, by a share 1 / (fps patience) of the angle between them, so
   that the measured specific force points more nearly up. So a wrong tilt is forgotten after `patience` seconds, and a
   heading never. Both start from the truth. Checked against Python by tests/browser/imu_lab/test_real_sensors.py. */
(function (root) {
  "use strict";

  const { rotationFromVector, apply, cross, unit, multiply, transposed } = root.ImuRotations;
  const UP = [0, 0, 1];

  /* R_ws at each record, from a start; `correct(rotation, t)` may improve on what the gyroscope says. */
  function integrated(gyro, start, fps, correct = (rotation) => rotation) {
    const count = gyro.length / 3, result = new Float64Array(9 * count);
    let rotation = Array.from(start);
    result.set(rotation, 0);
    for (let t = 1; t < count; t++) {
      const step = [0, 1, 2].map((a) => (gyro[3 * (t - 1) + a] + gyro[3 * t + a]) / (2 * fps));
      rotation = correct(multiply(rotation, rotationFromVector(step)), t);
      result.set(rotation, 9 * t);
    }
    return result;
  }

  function gyroAlone({ gyro, rotations, fps }) {
    return integrated(gyro, rotations.subarray(0, 9), fps);
  }

  function withGravity({ acc, gyro, rotations, fps }, patience) {
    const share = 1 / (fps * patience);
    return integrated(gyro, rotations.subarray(0, 9), fps, (rotation, t) => {
      const felt = unit(apply(rotation, acc.subarray(3 * t, 3 * t + 3)));
      return multiply(rotationFromVector(cross(felt, UP).map((value) => share * value)), rotation);
    });
  }

  /* How far an orientation is off at each record, in radians: the angle between both verticals, then the turn about the
     world's z by which it comes nearest to the truth. */
  function tiltAndHeading(believed, truth) {
    const result = new Float64Array((2 * truth.length) / 9);
    for (let t = 0; t < truth.length / 9; t++) {
      const off = multiply(believed.subarray(9 * t, 9 * t + 9), transposed(truth.subarray(9 * t, 9 * t + 9)));
      result[2 * t] = Math.atan2(Math.hypot(off[2], off[5]), off[8]);
      result[2 * t + 1] = Math.atan2(off[3] - off[1], off[0] + off[4]);
    }
    return result;
  }

  root.ImuOrientation = { gyroAlone, withGravity, tiltAndHeading };
})(window);
