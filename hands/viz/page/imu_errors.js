/* What is wrong with a real sensor, put on top of what a perfect one reports, without a page.

   Three errors of the many there are: white noise, an offset that stays (turn-on bias), and a sensor that sits askew. Sizes
   are one table { accNoise, accBias, gyroNoise, gyroBias, mounting } in m/s^2, rad/s and radians; noise is a one-sided density
   per root hertz, as datasheets give it. A bias is the same on every axis, and a sensor sits askew about the diagonal between
   its axes, so that every axis feels it. Checked against Python by tests/browser/imu_lab/test_real_sensors.py. */
(function (root) {
  "use strict";

  const { rotationFromVector, apply, multiply, transposed } = root.ImuRotations;
  const NUMBERS = 6; // a record's: acc, then gyro
  const LEAST = 4096; // numbers drawn at a time: while a movement is recorded, a few times a second are enough

  /* R_ms of a sensor that sits askew by an angle. */
  function askew(angle) {
    return rotationFromVector([1, 1, 1].map((value) => (angle * value) / Math.sqrt(3)));
  }

  /* Readings and orientations of a perfect sensor, with errors; `noise` is standard normal, six numbers a record. */
  function faulty({ acc, gyro, rotations, fps }, errors, noise) {
    const mounting = askew(errors.mounting), back = transposed(mounting);
    const band = Math.sqrt(fps / 2); // what lies above half the rate does not get through
    const spoilt = (series, first, density, bias) => {
      const result = new Float64Array(series.length);
      for (let t = 0; t < series.length / 3; t++)
        apply(back, series.subarray(3 * t, 3 * t + 3)).forEach((value, a) => {
          result[3 * t + a] = value + bias + density * band * noise[NUMBERS * t + first + a];
        });
      return result;
    };
    const turned = new Float64Array(rotations.length);
    for (let i = 0; i < rotations.length; i += 9) turned.set(multiply(rotations.subarray(i, i + 9), mounting), i);
    return {
      acc: spoilt(acc, 0, errors.accNoise, errors.accBias),
      gyro: spoilt(gyro, 3, errors.gyroNoise, errors.gyroBias),
      rotations: turned, fps,
    };
  }

  /* Random numbers that stay the same while their name does, and are drawn anew only when it changes or more are needed. */
  class Noise {
    take(name, count) {
      if (name !== this.name || count > this.values.length) {
        const room = 2 ** Math.ceil(Math.log2(Math.max(count, LEAST)));
        Object.assign(this, { name, values: normals(seedOf(name), room) });
      }
      return this.values;
    }
  }

  /* Standard normal numbers: mulberry32, then Box and Muller. A longer series begins like a shorter one. */
  function normals(seed, count) {
    const values = new Float64Array(count);
    let state = seed;
    const uniform = () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
    for (let i = 0; i < count; i += 2) {
      const length = Math.sqrt(-2 * Math.log(1 - uniform())), angle = 2 * Math.PI * uniform();
      values[i] = length * Math.cos(angle);
      if (i + 1 < count) values[i + 1] = length * Math.sin(angle);
    }
    return values;
  }

  /* FNV-1a of a name. */
  function seedOf(name) {
    return Array.from(name).reduce((hash, letter) => Math.imul(hash ^ letter.codePointAt(0), 0x01000193), 0x811c9dc5 | 0);
  }

  root.ImuErrors = { NUMBERS, Noise, faulty, askew, normals };
})(window);
