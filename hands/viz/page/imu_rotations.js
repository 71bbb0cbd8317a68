/* Rotations, and vectors of three, for the lab: the same conventions as `hands.mano.lbs`, without a page.

   Quaternions have w first; matrices are nine numbers, row by row, and take a vector of frame b to frame a. */
(function (root) {
  "use strict";

  /* ---- rotations ---- */

  function quaternionFromAxisAngle(x, y, z) {
    const angle = Math.hypot(x, y, z);
    const scale = angle < 1e-12 ? 0.5 : Math.sin(angle / 2) / angle;
    return [Math.cos(angle / 2), x * scale, y * scale, z * scale];
  }

  function axisAngleFromQuaternion([w, x, y, z]) {
    const sine = Math.hypot(x, y, z), sign = w < 0 ? -1 : 1;
    const scale = sine < 1e-12 ? 2 * sign : (2 * sign * Math.atan2(sine, sign * w)) / sine;
    return [x * scale, y * scale, z * scale];
  }

  function productOfQuaternions(a, b) {
    return [
      a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
      a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
      a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
      a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    ];
  }

  function rotationFromQuaternion([w, x, y, z]) {
    const s = 2 / (w * w + x * x + y * y + z * z);
    return [
      1 - s * (y * y + z * z), s * (x * y - w * z), s * (x * z + w * y),
      s * (x * y + w * z), 1 - s * (x * x + z * z), s * (y * z - w * x),
      s * (x * z - w * y), s * (y * z + w * x), 1 - s * (x * x + y * y),
    ];
  }

  /* By way of the largest component: stable at every angle. */
  function quaternionFromRotation(m) {
    const squares = [1 + m[0] + m[4] + m[8], 1 + m[0] - m[4] - m[8], 1 - m[0] + m[4] - m[8], 1 - m[0] - m[4] + m[8]];
    const largest = squares.indexOf(Math.max(...squares));
    const row = [
      [squares[0], m[7] - m[5], m[2] - m[6], m[3] - m[1]],
      [m[7] - m[5], squares[1], m[1] + m[3], m[2] + m[6]],
      [m[2] - m[6], m[1] + m[3], squares[2], m[5] + m[7]],
      [m[3] - m[1], m[2] + m[6], m[5] + m[7], squares[3]],
    ][largest];
    const length = Math.hypot(...row);
    return row.map((value) => value / length);
  }

  function rotationFromVector([x, y, z]) {
    return rotationFromQuaternion(quaternionFromAxisAngle(x, y, z));
  }

  /* ---- three numbers, and nine ---- */

  function dot(u, v) {
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  }

  function cross(u, v) {
    return [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
  }

  function unit(v) {
    const length = Math.hypot(...v);
    return v.map((value) => value / length);
  }

  /* The rotation with columns y cross z, y, z. */
  function columns(y, z) {
    const x = cross(y, z);
    return [x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]];
  }

  /* Written out: thousands of them for each move of a slider. */
  function apply(m, [x, y, z]) {
    return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
  }

  function multiply(a, b) {
    return [
      a[0] * b[0] + a[1] * b[3] + a[2] * b[6], a[0] * b[1] + a[1] * b[4] + a[2] * b[7], a[0] * b[2] + a[1] * b[5] + a[2] * b[8],
      a[3] * b[0] + a[4] * b[3] + a[5] * b[6], a[3] * b[1] + a[4] * b[4] + a[5] * b[7], a[3] * b[2] + a[4] * b[5] + a[5] * b[8],
      a[6] * b[0] + a[7] * b[3] + a[8] * b[6], a[6] * b[1] + a[7] * b[4] + a[8] * b[7], a[6] * b[2] + a[7] * b[5] + a[8] * b[8],
    ];
  }

  function transposed(m) {
    return [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]];
  }

  root.ImuRotations = {
    quaternionFromAxisAngle, axisAngleFromQuaternion, productOfQuaternions, rotationFromQuaternion, quaternionFromRotation,
    rotationFromVector, dot, cross, unit, columns, apply, multiply, transposed,
  };
})(window);
