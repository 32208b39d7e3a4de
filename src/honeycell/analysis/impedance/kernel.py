"""Compiled Levenberg-Marquardt for circuits: each start by itself, the circuit a list of instructions.

What an element is, is said in ``elements``, and how a start moves in ``numerics.least_squares``; this is the same in compiled code, and
tested against them. All of it stands in this file, and constants of other modules come as arguments: stored code is renewed when
its own file changes, not when another does.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}
R, C, L, CPE, W, WO, WS, G = range(8)
"""Instructions that push the impedance of an element, or its admittance if that is what the element gives."""
CONDUCTANCE, INVERT, ADD = range(8, 11)
"""Push 1/R; replace the top by its inverse; replace the top two by their sum."""
DEEP = 20.0  # real part of u from which tanh(u) is one to all digits


@njit(**OPTIONS)
def residual(
    code, bounds, x, omega, log_omega, root, real, imaginary, scale, stack, slopes, r
):  # pragma: no cover  (compiled)
    """Weighted residuals ``r`` (2, n) of the circuit at ``x`` (k,), and their ``slopes`` (k, 2, n), for n frequencies."""
    n = omega.size
    top = -1
    for line in range(code.shape[0]):
        what, first, stop = code[line, 0], code[line, 1], code[line, 2]
        if what == ADD:
            below, above = stack[top - 1], stack[top]
            for i in range(n):
                below[0, i] += above[0, i]
                below[1, i] += above[1, i]
            top -= 1
            continue
        if what == INVERT:
            v = stack[top]
            for i in range(n):
                size = 1.0 / (v[0, i] * v[0, i] + v[1, i] * v[1, i])
                v[0, i] *= size
                v[1, i] *= -size
            for column in range(first, stop):
                s = slopes[column]
                for i in range(n):
                    # d(1/v) = -(1/v)^2 dv
                    a, b = v[1, i] * v[1, i] - v[0, i] * v[0, i], -2.0 * v[0, i] * v[1, i]
                    p, q = s[0, i], s[1, i]
                    s[0, i] = a * p - b * q
                    s[1, i] = a * q + b * p
            continue
        top += 1
        v, s = stack[top], slopes[first]
        size = math.exp(x[first])
        if what == R:
            for i in range(n):
                v[0, i], v[1, i] = size, 0.0
                s[0, i], s[1, i] = size, 0.0
        elif what == CONDUCTANCE:
            for i in range(n):
                v[0, i], v[1, i] = 1.0 / size, 0.0
                s[0, i], s[1, i] = -1.0 / size, 0.0
        elif what in (C, L):
            for i in range(n):
                v[0, i], v[1, i] = 0.0, size * omega[i]
                s[0, i], s[1, i] = 0.0, size * omega[i]
        elif what == W:
            for i in range(n):
                v[0, i], v[1, i] = size * root[i], -size * root[i]
                s[0, i], s[1, i] = size * root[i], -size * root[i]
        elif what == CPE:
            share = 1.0 / (1.0 + math.exp(-x[first + 1]))
            alpha, slope = bounds[0] + bounds[1] * share, bounds[1] * share * (1.0 - share)
            cosine, sine = math.cos(0.5 * math.pi * alpha), math.sin(0.5 * math.pi * alpha)
            t = slopes[first + 1]
            for i in range(n):
                s[0, i] = math.exp(x[first] + alpha * log_omega[i])
            for i in range(n):
                a, b = s[0, i] * cosine, s[0, i] * sine
                v[0, i], v[1, i] = a, b
                s[0, i], s[1, i] = a, b
                t[0, i] = slope * (a * log_omega[i] - 0.5 * math.pi * b)
                t[1, i] = slope * (b * log_omega[i] + 0.5 * math.pi * a)
        elif what == G:
            tau, t = math.exp(x[first + 1]), slopes[first + 1]
            for i in range(n):
                y = tau * omega[i]
                Z = size / np.sqrt(1.0 + 1j * y)
                change = -0.5 * Z * (1j * y) / (1.0 + 1j * y)
                v[0, i], v[1, i] = Z.real, Z.imag
                s[0, i], s[1, i] = Z.real, Z.imag
                t[0, i], t[1, i] = change.real, change.imag
        else:
            half, t = math.sqrt(0.5 * math.exp(x[first + 1])), slopes[first + 1]
            for i in range(n):
                a = half / root[i]
                u = a * (1.0 + 1j)
                if a > DEEP:
                    e, less = 0.0j, -1.0 + 0.0j
                else:
                    # exp(-2 u) - 1 without losing digits at small u
                    fall = math.expm1(-2.0 * a)
                    c, d = math.cos(2.0 * a), math.sin(2.0 * a)
                    half_sine = math.sin(a)
                    less = complex(fall * c - 2.0 * half_sine * half_sine, -(1.0 + fall) * d)
                    e = 1.0 + less
                if what == WS:
                    tanh = -less / (1.0 + e)
                    Z = size * tanh / u
                    change = 0.5 * size * (4.0 * e / ((1.0 + e) * (1.0 + e)) - tanh / u)
                else:
                    coth = -(1.0 + e) / less
                    Z = size * coth / u
                    change = -0.5 * size * (4.0 * e / (less * less) + coth / u)
                v[0, i], v[1, i] = Z.real, Z.imag
                s[0, i], s[1, i] = Z.real, Z.imag
                t[0, i], t[1, i] = change.real, change.imag
    v = stack[0]
    for i in range(n):
        r[0, i] = (v[0, i] - real[i]) * scale[i]
        r[1, i] = (v[1, i] - imaginary[i]) * scale[i]
    for column in range(x.size):
        s = slopes[column]
        for i in range(n):
            s[0, i] *= scale[i]
            s[1, i] *= scale[i]


@njit(**OPTIONS)
def _dot(a, b):  # pragma: no cover  (compiled)
    total = 0.0
    for i in range(a.shape[1]):
        total += a[0, i] * b[0, i] + a[1, i] * b[1, i]
    return total


@njit(**OPTIONS)
def _normal(slopes, r, curvature, gradient):  # pragma: no cover  (compiled)
    """Whether all is finite."""
    finite = True
    for i in range(gradient.size):
        gradient[i] = _dot(slopes[i], r)
        for j in range(i + 1):
            curvature[i, j] = curvature[j, i] = _dot(slopes[i], slopes[j])
        finite = finite and math.isfinite(curvature[i, i]) and math.isfinite(gradient[i])
    return finite


@njit(**OPTIONS)
def _solve(matrix, step, size):  # pragma: no cover  (compiled)
    """``step`` becomes matrix^-1 step, by elimination with the largest pivot; unit diagonal first."""
    k = step.size
    for i in range(k):
        size[i] = math.sqrt(matrix[i, i])
    for i in range(k):
        step[i] /= size[i]
        for j in range(k):
            matrix[i, j] /= size[i] * size[j]
    for i in range(k):
        pivot = i
        for j in range(i + 1, k):
            if abs(matrix[j, i]) > abs(matrix[pivot, i]):
                pivot = j
        if pivot != i:
            for j in range(i, k):
                matrix[i, j], matrix[pivot, j] = matrix[pivot, j], matrix[i, j]
            step[i], step[pivot] = step[pivot], step[i]
        for j in range(i + 1, k):
            factor = matrix[j, i] / matrix[i, i]
            for column in range(i + 1, k):
                matrix[j, column] -= factor * matrix[i, column]
            step[j] -= factor * step[i]
    for i in range(k - 1, -1, -1):
        for j in range(i + 1, k):
            step[i] -= matrix[i, j] * step[j]
        step[i] /= matrix[i, i]
    for i in range(k):
        step[i] /= size[i]


@njit(**OPTIONS)
def minima(
    code,
    bounds,
    deepest,
    edges,
    omega,
    log_omega,
    root,
    real,
    imaginary,
    scale,
    members,
    tolerance,
    steps,
    reach,
    first_damping,
    highest_damping,
    floor,
    x,
    cost,
    curvature,
    used,
    converged,
):  # pragma: no cover  (compiled)
    """From each start ``x`` (B, k) to its minimum, left there with ``cost`` (B,), ``curvature`` (B, k, k) and the rest of ``Minima``."""
    k = x.shape[1]
    trial, step, size, scaling = np.empty(k), np.empty(k), np.empty(k), np.empty(k)
    gradient, new_gradient, new_curvature, matrix = np.empty(k), np.empty(k), np.empty((k, k)), np.empty((k, k))
    for start in range(x.shape[0]):
        low, high = edges[members[start]], edges[members[start] + 1]
        w, log_w, w_root = omega[low:high], log_omega[low:high], root[low:high]
        re, im, weight = real[low:high], imaginary[low:high], scale[low:high]
        n = high - low
        stack, slopes, r = np.empty((deepest, 2, n)), np.empty((k, 2, n)), np.empty((2, n))
        here, A = x[start], curvature[start]
        for i in range(k):
            trial[i], scaling[i] = here[i], 0.0
        damping, growth, count, stop = first_damping, 2.0, 0, False
        now, promised = np.inf, 0.0
        while True:
            residual(code, bounds, trial, w, log_w, w_root, re, im, weight, stack, slopes, r)
            count += 1
            new = _dot(r, r)
            fallen = now - new
            good = math.isfinite(new) and fallen >= 0.0
            if good or count == 1:
                good = _normal(slopes, r, new_curvature, new_gradient)
            if count == 1:
                now, stop, good = new, not math.isfinite(new), True
            else:
                small = tolerance * now + floor
                stop = (abs(fallen) <= max(small, 1e-12 * now) and promised <= small) or damping > highest_damping
                if good:
                    gain = fallen / max(promised, floor)
                    damping *= max(0.2, 1.0 - (2.0 * min(gain, 1.0) - 1.0) ** 3)
                    growth = 2.0
                    now = new
                else:
                    damping *= growth
                    growth *= 2.0
                damping = max(damping, 1e-14)
            if good:
                for i in range(k):
                    here[i], gradient[i] = trial[i], new_gradient[i]
                    for j in range(k):
                        A[i, j] = new_curvature[i, j]
            if stop or count >= steps:
                break
            greatest = 0.0
            for i in range(k):
                scaling[i] = max(scaling[i], A[i, i])
                greatest = max(greatest, scaling[i])
            for i in range(k):
                for j in range(k):
                    matrix[i, j] = A[i, j]
                matrix[i, i] += damping * max(scaling[i], floor + 1e-14 * greatest)
                step[i] = -gradient[i]
            _solve(matrix, step, size)
            longest = floor
            for i in range(k):
                longest = max(longest, abs(step[i]))
            promised = 0.0
            for i in range(k):
                step[i] *= min(1.0, reach / longest)
                trial[i] = here[i] + step[i]
            for i in range(k):
                bend = 2.0 * gradient[i]
                for j in range(k):
                    bend += A[i, j] * step[j]
                promised -= step[i] * bend
        cost[start] = now if math.isfinite(now) else np.inf
        used[start] = count
        converged[start] = stop and math.isfinite(now)
