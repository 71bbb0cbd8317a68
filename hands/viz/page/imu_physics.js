/* What an ideal inertial sensor measures while it moves, without a page: the twin of `hands.imu.sense`, of the grid of
   `hands.imu.simulate`, and of the splines of `hands.motion.Motion.resample`.

   Metres, radians, seconds; world z up. Series are flat Float64Arrays: three numbers a frame for places and signals, nine
   (row by row) for rotations, four for quaternions (w first). Checked against Python by tests/browser/imu_lab/test_signals.py. */
(function (root) {
  "use strict";

  const { quaternionFromAxisAngle, axisAngleFromQuaternion, quaternionFromRotation } = root.ImuRotations;
  const SAME_INSTANT = 1e-6; // of a frame

  /* ---- what is measured ---- */

  /* The rotation vector of A^T B, for frames s and t of a series of rotations. */
  function turn(rotations, s, t) {
    const product = new Array(9);
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++)
        product[3 * i + j] = rotations[9 * s + i] * rotations[9 * t + j]
          + rotations[9 * s + 3 + i] * rotations[9 * t + 3 + j] + rotations[9 * s + 6 + i] * rotations[9 * t + 6 + j];
    return axisAngleFromQuaternion(quaternionFromRotation(product));
  }

  /* The n of the acceleration: frames that it looks ahead, and back. */
  function lookAhead(fps, halfWindow) {
    return Math.max(1, Math.round(halfWindow * fps));
  }

  /* (p[t-n] - 2 p[t] + p[t+n]) / (nT)^2; in the first and last n frames one-sided, (2, -5, 4, -1). */
  function acceleration(positions, fps, halfWindow) {
    const n = lookAhead(fps, halfWindow), count = positions.length / 3, scale = (fps / n) ** 2;
    if (count < 4 * n) throw new RangeError(`${count} frames are too few for a half-window of ${n}`);
    const result = new Float64Array(positions.length);
    const at = (t, a) => positions[3 * t + a];
    for (let t = 0; t < count; t++) {
      const step = t < n ? n : t >= count - n ? -n : 0;
      for (let a = 0; a < 3; a++) {
        const difference = step === 0
          ? at(t - n, a) - 2 * at(t, a) + at(t + n, a)
          : 2 * at(t, a) - 5 * at(t + step, a) + 4 * at(t + 2 * step, a) - at(t + 3 * step, a);
        result[3 * t + a] = scale * difference;
      }
    }
    return result;
  }

  /* log(R[t-1]^T R[t+1]) / 2T; in the first and last frame one-sided, of second order. */
  function angularRate(rotations, fps) {
    const count = rotations.length / 9;
    if (count < 3) throw new RangeError(`${count} frames are too few for an angular rate`);
    const result = new Float64Array(3 * count);
    const put = (t, vector, scale) => vector.forEach((value, a) => { result[3 * t + a] = (scale * value * fps) / 2; });
    const oneSided = (t, step) => {
      const far = turn(rotations, t, t + 2 * step);
      return turn(rotations, t, t + step).map((near, a) => 4 * near - far[a]);
    };
    put(0, oneSided(0, 1), 1);
    for (let t = 1; t < count - 1; t++) put(t, turn(rotations, t - 1, t + 1), 1);
    put(count - 1, oneSided(count - 1, -1), -1);
    return result;
  }

  /* Specific force R^T (a - g) and angular rate along the sensor's own axes; with gravity zero, kinematic acceleration. */
  function sense(positions, rotations, fps, { halfWindow, gravity }) {
    const acc = acceleration(positions, fps, halfWindow);
    for (let t = 0; t < acc.length / 3; t++) {
      const [x, y, z] = gravity.map((g, a) => acc[3 * t + a] - g);
      for (let a = 0; a < 3; a++)
        acc[3 * t + a] = rotations[9 * t + a] * x + rotations[9 * t + 3 + a] * y + rotations[9 * t + 6 + a] * z;
    }
    return { acc, gyro: angularRate(rotations, fps) };
  }

  /* ---- frames in time ---- */

  /* The rate at which the physics is computed, and how many of its steps make one record: a whole multiple of the records'
     rate, and fine enough for the motion and for the half-window (zero: one step, whatever it is). */
  function physicsGrid(motionFps, fps, halfWindow, least) {
    const wanted = Math.max(least, motionFps, halfWindow ? 1 / halfWindow : 0);
    const every = Math.ceil((wanted / fps) * (1 - 1e-9));
    return { grid: Math.abs(every * fps - motionFps) < 1e-9 * motionFps ? motionFps : every * fps, every };
  }

  /* Every k-th frame of a series of `width` numbers a frame. */
  function decimated(series, width, every) {
    const count = Math.ceil(series.length / width / every);
    const kept = new Float64Array(width * count);
    for (let t = 0; t < count; t++) kept.set(series.subarray(width * every * t, width * (every * t + 1)), width * t);
    return kept;
  }

  /* Slopes of the cubic spline through evenly spaced points, in units a frame, whose third derivative is continuous at the
     second knot and the last but one ("not a knot"). */
  function splineSlopes(values, width) {
    const count = values.length / width, last = count - 1;
    const slopes = new Float64Array(values.length), upper = new Float64Array(count);
    const rise = (t, k) => values[width * (t + 1) + k] - values[width * t + k];
    upper[0] = 2;
    for (let t = 1; t < last; t++) upper[t] = 1 / (4 - upper[t - 1]);
    for (let k = 0; k < width; k++) {
      slopes[k] = (5 * rise(0, k) + rise(1, k)) / 2;
      for (let t = 1; t < last; t++)
        slopes[width * t + k] = (3 * (rise(t - 1, k) + rise(t, k)) - slopes[width * (t - 1) + k]) * upper[t];
      const end = (5 * rise(last - 1, k) + rise(last - 2, k)) / 2;
      slopes[width * last + k] = (end - 2 * slopes[width * (last - 1) + k]) / (1 - 2 * upper[last - 1]);
      for (let t = last - 1; t >= 0; t--) slopes[width * t + k] -= upper[t] * slopes[width * (t + 1) + k];
    }
    return slopes;
  }

  function resampledCount(count, fps, newFps) {
    return Math.floor(((count - 1) / fps) * newFps + SAME_INSTANT) + 1;
  }

  /* The cubic spline through a series of `width` numbers a frame, at another rate. */
  function resampled(values, width, fps, newFps) {
    const count = values.length / width;
    if (count < 4) throw new RangeError(`${count} frames are too few for a spline`);
    const slopes = splineSlopes(values, width);
    const result = new Float64Array(width * resampledCount(count, fps, newFps));
    for (let t = 0; t < result.length / width; t++) {
      const at = (t / newFps) * fps;
      const from = Math.min(Math.floor(at), count - 2), u = at - from;
      const [a, b] = [u * u * (3 - 2 * u), u * (1 - u)];
      for (let k = 0, i = width * from, j = i + width; k < width; k++, i++, j++)
        result[width * t + k] = values[i] + a * (values[j] - values[i]) + b * ((1 - u) * slopes[i] - u * slopes[j]);
    }
    return result;
  }

  /* Axis-angle vectors, `joints` a frame, as quaternions, each with the sign that is nearer to the one before it. */
  function continuousQuaternions(axisAngles, joints) {
    const count = axisAngles.length / 3;
    const result = new Float64Array(4 * count);
    for (let i = 0; i < count; i++) {
      const q = quaternionFromAxisAngle(axisAngles[3 * i], axisAngles[3 * i + 1], axisAngles[3 * i + 2]);
      const before = 4 * (i - joints);
      const away = before >= 0 && q.reduce((sum, value, a) => sum + value * result[before + a], 0) < 0;
      result.set(away ? q.map((value) => -value) : q, 4 * i);
    }
    return result;
  }

  root.ImuPhysics = {
    sense, acceleration, angularRate, lookAhead, physicsGrid, decimated, resampled, resampledCount, continuousQuaternions,
  };
  if (typeof module === "object" && module.exports) module.exports = root.ImuPhysics;
})(typeof window === "object" ? window : globalThis);
