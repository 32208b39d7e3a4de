"""Compiled kernels of a conserved field: rate, steps, energy and the bound on its fastest decay.

The field is (n1, n2) or (n0, n1, n2), values at cell centres, neighbours across the edge either those of the other side or the cell
itself, which closes the edge. Potential and mobility live in three rows (planes) at a time and stay in the cache. One thread each; the
interpreter's lock is released.
"""

from __future__ import annotations

import numpy as np
from numba import njit

OPTIONS = {"cache": True, "nogil": True, "fastmath": {"contract", "nsz", "reassoc"}, "error_model": "numpy"}
RATE, EULER, FIRST, STAGE = range(4)  # what a sweep does with the rates
KINDS = np.arange(4)  # the same as numbers that the compiler does not see: else it compiles every kernel once for each
FORWARD = np.array([1.0, 0.0, 0.0, 1.0, 0.0])


@njit(**OPTIONS)
def _inner(n, size, periodic):  # pragma: no cover  (compiled)
    """The cell that stands at place n, which may lie one beyond the edge."""
    if n < 0:
        return size - 1 if periodic else 0
    if n >= size:
        return 0 if periodic else size - 1
    return n


@njit(**OPTIONS)
def _local_row(c, w, m, law):  # pragma: no cover  (compiled)
    """Potential and mobility of a row of compositions, without the gradient's part."""
    p = law.potential
    if p.size > 0:
        top = p.size - 1
        for k in range(c.size):
            w[k] = p[top]
        for d in range(top - 1, -1, -1):
            for k in range(c.size):
                w[k] = w[k] * c[k] + p[d]
    else:
        table, low, per_knot = law.table, law.low, law.per_knot
        last = table.shape[0] - 1.0
        for k in range(c.size):
            x = min(max((c[k] - low) * per_knot, 0.0), last)
            q = np.int32(x)
            f = x - q
            w[k] = table[q, 0] + f * table[q, 1]
            m[k] = table[q, 2] + f * table[q, 3]


@njit(**OPTIONS)
def _bend_2(c, d, e, w, stiff, left, right):  # pragma: no cover  (compiled)
    """Takes K times the Laplacian off a row, in two dimensions; ``left`` and ``right`` stand beyond its ends."""
    end = c.size - 1
    for k in range(1, end):
        w[k] -= stiff * (d[k] + e[k] + c[k - 1] + c[k + 1] - 4.0 * c[k])
    w[0] -= stiff * (d[0] + e[0] + c[left] + c[1] - 4.0 * c[0])
    w[end] -= stiff * (d[end] + e[end] + c[end - 1] + c[right] - 4.0 * c[end])


@njit(**OPTIONS)
def _cubic_2(c, d, e, w, p, stiff, left, right):  # pragma: no cover  (compiled)
    """``_local_row`` and ``_bend_2`` in one for a potential of third degree, the case of every double well."""
    end = c.size - 1
    p0, p1, p2, p3 = p[0], p[1] + 4.0 * stiff, p[2], p[3]
    for k in range(1, end):
        w[k] = ((p3 * c[k] + p2) * c[k] + p1) * c[k] + p0 - stiff * (d[k] + e[k] + c[k - 1] + c[k + 1])
    w[0] = ((p3 * c[0] + p2) * c[0] + p1) * c[0] + p0 - stiff * (d[0] + e[0] + c[left] + c[1])
    w[end] = ((p3 * c[end] + p2) * c[end] + p1) * c[end] + p0 - stiff * (d[end] + e[end] + c[end - 1] + c[right])


@njit(**OPTIONS)
def _inflow_2(wd, w, we, md, m, me, o, factor, constant, left, right):  # pragma: no cover  (compiled)
    """What flows into a row in two dimensions; the mobility of a face is the mean of its two cells."""
    end = w.size - 1
    if constant:
        for k in range(1, end):
            o[k] = factor * (wd[k] + we[k] + w[k - 1] + w[k + 1] - 4.0 * w[k])
        o[0] = factor * (wd[0] + we[0] + w[left] + w[1] - 4.0 * w[0])
        o[end] = factor * (wd[end] + we[end] + w[end - 1] + w[right] - 4.0 * w[end])
    else:
        half = 0.5 * factor
        for k in range(w.size):
            o[k] = half * ((m[k] + md[k]) * (wd[k] - w[k]) + (m[k] + me[k]) * (we[k] - w[k]))
        _inflow_along(w, m, o, half, left, right)


@njit(**OPTIONS)
def _inflow_along(w, m, o, half, left, right):  # pragma: no cover  (compiled)
    end = w.size - 1
    for k in range(1, end):
        o[k] += half * ((m[k] + m[k - 1]) * (w[k - 1] - w[k]) + (m[k] + m[k + 1]) * (w[k + 1] - w[k]))
    o[0] += half * ((m[0] + m[left]) * (w[left] - w[0]) + (m[0] + m[1]) * (w[1] - w[0]))
    o[end] += half * ((m[end] + m[end - 1]) * (w[end - 1] - w[end]) + (m[end] + m[right]) * (w[right] - w[end]))


@njit(**OPTIONS)
def _put_row(kind, o, y, target, start, first, row, step):  # pragma: no cover  (compiled)
    """Does with the rate ``o`` of a row of the field ``y`` what the stage asks for."""
    if kind == RATE:
        for k in range(o.size):
            target[k] = o[k]
    elif kind == EULER:
        forward = row[3] * step
        for k in range(o.size):
            target[k] = y[k] + forward * o[k]
    elif kind == FIRST:
        forward = row[3] * step
        for k in range(o.size):
            target[k] = y[k] + forward * o[k]
        for k in range(o.size):
            first[k] = o[k]
    else:
        mu, nu, rest, forward, back = row[0], row[1], row[2], row[3] * step, row[4] * step
        for k in range(o.size):
            target[k] = mu * y[k] + nu * target[k] + rest * start[k] + forward * o[k] + back * first[k]


@njit(**OPTIONS)
def _sweep_2(kind, phi, target, start, first, row, step, law, stiff, factor, periodic):  # pragma: no cover  (compiled)
    n1, n2 = phi.shape
    W, M, o = np.empty((3, n2)), np.empty((3, n2)), np.empty(n2)
    left, right = _inner(-1, n2, periodic), _inner(n2, n2, periodic)
    constant = law.potential.size > 0
    for r in range(-1, n1 + 1):
        j = _inner(r, n1, periodic)
        c, w = phi[j], W[(r + 3) % 3]
        d, e = phi[_inner(j - 1, n1, periodic)], phi[_inner(j + 1, n1, periodic)]
        if law.potential.size == 4:
            _cubic_2(c, d, e, w, law.potential, stiff, left, right)
        else:
            _local_row(c, w, M[(r + 3) % 3], law)
            _bend_2(c, d, e, w, stiff, left, right)
        if r >= 1:
            a, b, g = (r + 1) % 3, (r + 2) % 3, r % 3
            _inflow_2(W[a], W[b], W[g], M[a], M[b], M[g], o, factor, constant, left, right)
            _put_row(kind, o, phi[r - 1], target[r - 1], start[r - 1], first[r - 1], row, step)


@njit(**OPTIONS)
def _potential_plane(a, b, c, w, local, law, stiff, n1, n2, periodic):  # pragma: no cover  (compiled)
    """Potential of a plane between two others, all flat: one long loop, in which ends of rows come out wrong, then the edge of the plane."""
    n = c.size
    inside, up, down, left, right = (
        c[n2 : n - n2],
        c[: n - 2 * n2],
        c[2 * n2 :],
        c[n2 - 1 : n - n2 - 1],
        c[n2 + 1 : n - n2 + 1],
    )
    above, below, out, base = a[n2 : n - n2], b[n2 : n - n2], w[n2 : n - n2], local[n2 : n - n2]
    cubic = law.potential.size == 4
    if cubic:
        p = law.potential
        p0, p1, p2, p3 = p[0], p[1] + 6.0 * stiff, p[2], p[3]
        for q in range(inside.size):
            beside = above[q] + below[q] + up[q] + down[q] + left[q] + right[q]
            out[q] = ((p3 * inside[q] + p2) * inside[q] + p1) * inside[q] + p0 - stiff * beside
    else:
        for q in range(inside.size):
            beside = above[q] + below[q] + up[q] + down[q] + left[q] + right[q]
            out[q] = base[q] - stiff * (beside - 6.0 * inside[q])
    for j in range(n1):
        for k in range(0, n2, 1 if j == 0 or j == n1 - 1 else n2 - 1):
            q = j * n2 + k
            beside = a[q] + b[q] + c[_inner(j - 1, n1, periodic) * n2 + k] + c[_inner(j + 1, n1, periodic) * n2 + k]
            beside += c[j * n2 + _inner(k - 1, n2, periodic)] + c[j * n2 + _inner(k + 1, n2, periodic)]
            if cubic:
                p = law.potential
                w[q] = ((p[3] * c[q] + p[2]) * c[q] + p[1]) * c[q] + p[0] - stiff * (beside - 6.0 * c[q])
            else:
                w[q] = local[q] - stiff * (beside - 6.0 * c[q])


@njit(**OPTIONS)
def _inflow_plane(wa, w, wb, ma, m, mb, o, factor, constant, n1, n2, periodic):  # pragma: no cover  (compiled)
    """What flows into a plane between two others, all flat, in the same way; the mobility of a face is the mean of its two cells."""
    n = w.size
    W, wu, wd, wl, wr = w[n2 : n - n2], w[: n - 2 * n2], w[2 * n2 :], w[n2 - 1 : n - n2 - 1], w[n2 + 1 : n - n2 + 1]
    above, below, out = wa[n2 : n - n2], wb[n2 : n - n2], o[n2 : n - n2]
    half = 0.5 * factor
    if constant:
        for q in range(W.size):
            out[q] = factor * (above[q] + below[q] + wu[q] + wd[q] + wl[q] + wr[q] - 6.0 * W[q])
    else:
        # in parts: with more arrays in a loop the compiler no longer looks whether they overlap, and does not vectorise
        M, mu, md, ml, mr = m[n2 : n - n2], m[: n - 2 * n2], m[2 * n2 :], m[n2 - 1 : n - n2 - 1], m[n2 + 1 : n - n2 + 1]
        under, over = ma[n2 : n - n2], mb[n2 : n - n2]
        for q in range(W.size):
            out[q] = half * ((M[q] + under[q]) * (above[q] - W[q]) + (M[q] + over[q]) * (below[q] - W[q]))
        for q in range(W.size):
            out[q] += half * ((M[q] + mu[q]) * (wu[q] - W[q]) + (M[q] + md[q]) * (wd[q] - W[q]))
        for q in range(W.size):
            out[q] += half * ((M[q] + ml[q]) * (wl[q] - W[q]) + (M[q] + mr[q]) * (wr[q] - W[q]))
    for j in range(n1):
        for k in range(0, n2, 1 if j == 0 or j == n1 - 1 else n2 - 1):
            q = j * n2 + k
            u, d = _inner(j - 1, n1, periodic) * n2 + k, _inner(j + 1, n1, periodic) * n2 + k
            l, r = j * n2 + _inner(k - 1, n2, periodic), j * n2 + _inner(k + 1, n2, periodic)
            if constant:
                o[q] = factor * (wa[q] + wb[q] + w[u] + w[d] + w[l] + w[r] - 6.0 * w[q])
            else:
                flow = (m[q] + ma[q]) * (wa[q] - w[q]) + (m[q] + mb[q]) * (wb[q] - w[q])
                for t in (u, d, l, r):
                    flow += (m[q] + m[t]) * (w[t] - w[q])
                o[q] = half * flow


@njit(**OPTIONS)
def _sweep_3(kind, phi, target, start, first, row, step, law, stiff, factor, periodic):  # pragma: no cover  (compiled)
    n0, n1, n2 = phi.shape
    n = n1 * n2
    y, t, s, f = phi.reshape(n0, n), target.reshape(n0, n), start.reshape(n0, n), first.reshape(n0, n)
    W, M, local, o = np.empty((3, n)), np.empty((3, n)), np.empty(n), np.empty(n)
    constant = law.potential.size > 0
    for r in range(-1, n0 + 1):
        i, slot = _inner(r, n0, periodic), (r + 3) % 3
        if law.potential.size != 4:
            _local_row(y[i], local, M[slot], law)
        up, down = y[_inner(i - 1, n0, periodic)], y[_inner(i + 1, n0, periodic)]
        _potential_plane(up, down, y[i], W[slot], local, law, stiff, n1, n2, periodic)
        if r >= 1:
            a, b, g, q = (r + 1) % 3, (r + 2) % 3, r % 3, r - 1
            _inflow_plane(W[a], W[b], W[g], M[a], M[b], M[g], o, factor, constant, n1, n2, periodic)
            _put_row(kind, o, y[q], t[q], s[q], f[q], row, step)


@njit(**OPTIONS)
def _sweep(kind, phi, target, start, first, row, step, law, stiff, factor, periodic):  # pragma: no cover  (compiled)
    if law.potential.size > 0:
        factor *= law.mobility
    if phi.shape[0] == 1:
        _sweep_2(kind, phi[0], target[0], start[0], first[0], row, step, law, stiff, factor, periodic)
    else:
        _sweep_3(kind, phi, target, start, first, row, step, law, stiff, factor, periodic)


@njit(**OPTIONS)
def _copy(source, target):  # pragma: no cover  (compiled)
    """In a loop: an assignment of slices takes the compiler seconds for a check of shapes."""
    a, b = source.ravel(), target.ravel()
    for k in range(a.size):
        b[k] = a[k]


@njit(**OPTIONS)
def rate(phi, out, law, stiff, factor, periodic):  # pragma: no cover  (compiled)
    """Writes dphi/dt of a field of three dimensions; ``stiff`` is K/h^2, ``factor`` 1/h^2. A first axis of length 1 means two dimensions."""
    _sweep(KINDS[RATE], phi, out, out, out, FORWARD.copy(), 1.0, law, stiff, factor, periodic)


@njit(**OPTIONS)
def euler_steps(phi, work, steps, step, law, stiff, factor, periodic):  # pragma: no cover  (compiled)
    """Explicit Euler steps, in place; ``work`` is (1 or more, *shape of phi)."""
    now, then, row = phi, work[0], FORWARD.copy()
    for _ in range(steps):
        _sweep(KINDS[EULER], now, then, then, then, row, step, law, stiff, factor, periodic)
        now, then = then, now
    if steps % 2:
        _copy(now, phi)


@njit(**OPTIONS)
def super_step(phi, work, step, rows, law, stiff, factor, periodic):  # pragma: no cover  (compiled)
    """One RKL2 step, in place; ``rows`` are those of ``super_step_coefficients``, ``work`` is (3 or more, *shape of phi)."""
    now, before, first = work[0], work[1], work[2]
    _copy(phi, before)
    _sweep(KINDS[FIRST], phi, now, phi, first, rows[0], step, law, stiff, factor, periodic)
    for n in range(1, rows.shape[0]):
        _sweep(KINDS[STAGE], now, before, phi, first, rows[n], step, law, stiff, factor, periodic)
        now, before = before, now
    _copy(now, phi)


@njit(**OPTIONS)
def energy(phi, law, stiff, periodic):  # pragma: no cover  (compiled)
    """Sum over cells of f(phi) + K/2 |grad phi|^2, the gradient taken at the faces."""
    n0, n1, n2 = phi.shape
    total = 0.0
    last = law.table.shape[0] - 1.0
    for i in range(n0):
        for j in range(n1):
            row = 0.0
            for k in range(n2):
                c = phi[i, j, k]
                if law.potential.size > 0:
                    e = 0.0
                    for d in range(law.energy.size - 1, -1, -1):
                        e = e * c + law.energy[d]
                else:
                    x = min(max((c - law.low) * law.per_knot, 0.0), last)
                    q = np.int32(x)
                    f = (c - law.low) * law.per_knot - q  # beyond the table the potential stays, the energy runs on
                    slope = law.table[q, 1] if 0.0 < x < last else 0.0
                    e = law.energy[q] + f * (law.table[q, 0] + 0.5 * f * slope) / law.per_knot
                if n0 > 1:
                    e += 0.5 * stiff * (phi[_inner(i + 1, n0, periodic), j, k] - c) ** 2
                e += 0.5 * stiff * (phi[i, _inner(j + 1, n1, periodic), k] - c) ** 2
                e += 0.5 * stiff * (phi[i, j, _inner(k + 1, n2, periodic)] - c) ** 2
                row += e
            total += row
    return total


@njit(**OPTIONS)
def fastest_decay(phi, law, stiff, factor, periodic):  # pragma: no cover  (compiled)
    """Bound on the largest eigenvalue of -d(rate)/dphi: 4d/h^2 [4d K/h^2 max(M) + max(M mu')], M averaged over a cell's faces.

    Rigorous for mobilities held at those of ``phi`` (Gershgorin), so 2 over it is the longest stable explicit step.
    """
    n0, n1, n2 = phi.shape
    sides = 6.0 if n0 > 1 else 4.0
    fast, steep = 0.0, 0.0
    if law.potential.size > 0:
        p = law.potential
        for i in range(n0):
            for j in range(n1):
                for k in range(n2):
                    s = 0.0
                    for d in range(p.size - 1, 0, -1):
                        s = s * phi[i, j, k] + d * p[d]
                    steep = max(steep, s)
        fast, steep = law.mobility, steep * law.mobility
    else:
        table, last = law.table, law.table.shape[0] - 1.0
        M = np.empty_like(phi)
        S = np.empty_like(phi)
        for i in range(n0):
            for j in range(n1):
                for k in range(n2):
                    x = min(max((phi[i, j, k] - law.low) * law.per_knot, 0.0), last)
                    q = np.int32(x)
                    M[i, j, k] = table[q, 2] + (x - q) * table[q, 3]
                    S[i, j, k] = table[q, 1] * law.per_knot
        for i in range(n0):
            for j in range(n1):
                for k in range(n2):
                    m = M[i, _inner(j - 1, n1, periodic), k] + M[i, _inner(j + 1, n1, periodic), k]
                    m += M[i, j, _inner(k - 1, n2, periodic)] + M[i, j, _inner(k + 1, n2, periodic)]
                    if n0 > 1:
                        m += M[_inner(i - 1, n0, periodic), j, k] + M[_inner(i + 1, n0, periodic), j, k]
                    m = 0.5 * (M[i, j, k] + m / sides)
                    fast = max(fast, m)
                    steep = max(steep, m * S[i, j, k])
    q = 2.0 * sides * factor
    return q * (2.0 * sides * stiff * fast + steep)
