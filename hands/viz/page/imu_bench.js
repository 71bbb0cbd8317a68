/* What the lab shows of a sensor, without a page: the readings of a perfect one, those of a real one, and the orientation that
   one makes of them.

   A series is { values, fps }, and `perfect` and `held` return { acc, gyro, rotations, fps } at the rate of the records: the
   specific force and angular rate of a sensor that sits as it should, and how that is turned (R_ws). */
(function (root) {
  "use strict";

  const { sense, physicsGrid, decimated, lookAhead } = root.ImuPhysics;
  const { apply, transposed } = root.ImuRotations;
  const { gyroAlone, withGravity, tiltAndHeading } = root.ImuOrientation;
  const { NUMBERS, Noise, faulty } = root.ImuErrors;
  const DEGREES = Math.PI / 180;

  class SensorBench {
    /* `rig` is a SensorRig, `constants` the record of hands.viz.imu_lab_model. */
    constructor(rig, { gravity, physicsFps }) {
      Object.assign(this, { rig, gravity, physicsFps, kept: new Map(), noise: new Noise() });
    }

    /* What was found out about this sensor on this movement, found once. */
    once(motion, sensor, name, find) {
      if (this.kept.get("motion") !== motion || this.kept.get("sensor") !== sensor) this.kept = new Map([["motion", motion], ["sensor", sensor]]);
      if (!this.kept.has(name)) this.kept.set(name, find());
      return this.kept.get(name);
    }

    /* { positions, rotations } of the sensor in the world, at some rate. */
    trajectory(motion, sensor, fps) {
      return this.once(motion, sensor, fps, () => this.rig.trajectory(motion, sensor, fps));
    }

    perfect(motion, sensor, rate, halfWindow) {
      return this.once(motion, sensor, `${rate} ${halfWindow}`, () => {
        const { grid, every } = physicsGrid(motion.fps, rate, halfWindow, this.physicsFps);
        const { positions, rotations } = this.trajectory(motion, sensor, grid);
        return recorded(sense(positions, rotations, grid, { halfWindow, gravity: this.gravity }), rotations, every, rate);
      });
    }

    /* The same of a movement that goes on, whose positions and rotations are given: as many records as there are. */
    held({ positions, rotations }, fps, rate, halfWindow) {
      const missing = Math.max(0, 4 * lookAhead(fps, halfWindow) - positions.length / 3);
      const signals = sense(preceded(positions, 3, missing), preceded(rotations, 9, missing), fps, { halfWindow, gravity: this.gravity });
      const since = { acc: signals.acc.subarray(3 * missing), gyro: signals.gyro.subarray(3 * missing) };
      const every = Math.max(1, Math.round(fps / rate));
      return recorded(since, Float64Array.from(rotations), every, fps / every);
    }

    /* What is reported, of a perfect sensor or with errors; `name` is that of the noise. Adds, where there are errors, the
       orientation that one finds ("true", from the "gyro" alone, or with "gravity"), and how far off it is of how the sensor
       should sit: tilt and heading in degrees. */
    reported(perfect, { errors, orientation, patience, name }) {
      if (!errors) return { ...perfect, believed: perfect.rotations };
      const real = faulty(perfect, errors, this.noise.take(name, (NUMBERS * perfect.acc.length) / 3));
      const believed = { true: ({ rotations }) => rotations, gyro: gyroAlone, gravity: (readings) => withGravity(readings, patience) }[orientation](real);
      return { ...real, believed, off: tiltAndHeading(believed, perfect.rotations).map((radians) => radians / DEGREES) };
    }

    /* The signals that are drawn: as reported ("force"), with gravity taken away as well as one knows where it is ("motion"),
       or less what a perfect sensor reports ("error"). */
    signals(report, perfect, kind) {
      const { acc, gyro, believed, fps } = report;
      const shown = {
        force: () => [acc, gyro], motion: () => [this.withoutGravity(acc, believed), gyro],
        error: () => [difference(acc, perfect.acc), difference(gyro, perfect.gyro)],
      }[kind]();
      return { acc: { values: shown[0], fps }, gyro: { values: shown[1], fps } };
    }

    /* acc_s + R_ws^T g_w, kinematic acceleration along the sensor's axes. */
    withoutGravity(acc, rotations) {
      const result = Float64Array.from(acc);
      for (let t = 0; t < acc.length / 3; t++)
        apply(transposed(rotations.subarray(9 * t, 9 * t + 9)), this.gravity).forEach((g, a) => { result[3 * t + a] += g; });
      return result;
    }
  }

  function recorded({ acc, gyro }, rotations, every, fps) {
    return { acc: decimated(acc, 3, every), gyro: decimated(gyro, 3, every), rotations: decimated(rotations, 9, every), fps };
  }

  /* A series that rests at its first frame for a while before it begins. */
  function preceded(list, width, missing) {
    const series = new Float64Array(width * missing + list.length);
    for (let t = 0; t < missing; t++) series.set(list.slice(0, width), width * t);
    series.set(list, width * missing);
    return series;
  }

  function difference(values, others) {
    return values.map((value, i) => value - others[i]);
  }

  root.ImuBench = { SensorBench };
})(window);
