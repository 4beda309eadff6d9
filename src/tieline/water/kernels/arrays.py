"""The arrays that the kernels of flow and transport work on. Metres, seconds, m3, m3/s."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Places = NDArray[np.uint32]
"""Numbers that say where to look: without a sign none is asked whether it counts from behind."""

REACH, GATE, PUMP = 0, 1, 2
LEVEL, DIFFERENCE, DEPTH, HOUR, ELAPSED = 0, 1, 2, 3, 4


class Mesh(NamedTuple):
    """Faces and cells.

    Faces (n_faces,): `bed_from`, `bed_to` at both ends of a step of a reach, the sill of a gate
    twice; `per_length` (1 / m), `shape` of reaches; `width`, `height`, `coefficient` of gates (of
    pumps the flow), `weir`. Shapes: tables up to `shape_depth`, of which row k begins at
    `shape_unit` k^2 and depth d is in row `shape_root` sqrt(d). Cells: `bottom`, `depth`, tables
    of surface `area` and `volume` (n_cells, n_levels + 1). Row k of n of a table lies (k / n)^2 of
    the height above the bottom; widths and surfaces are linear between rows.
    """

    face_from: Places
    face_to: Places
    kind: Ints
    bed_from: Floats
    bed_to: Floats
    per_length: Floats
    shape: Places
    width: Floats
    height: Floats
    coefficient: Floats
    one_way: Flags
    weir: Flags
    shape_width: Floats
    shape_area: Floats
    shape_ease: Floats
    shape_depth: Floats
    shape_root: Floats
    shape_unit: Floats
    bottom: Floats
    depth: Floats
    area: Floats
    volume: Floats


class Solver(NamedTuple):
    """The order in which levels are eliminated, and where every number of the matrix stands.

    `unknown` (n_cells,) is a cell's place in the order, -1 for the outside. The matrix's values
    are the diagonal, then the columns of `ptr`; `row` (n_entries,) are their rows. `entry`
    (n_faces,) is where a face's number stands, -1 if it has none. `target` lists, pivot by pivot,
    where each product of two numbers of its column is taken off. `direct` holds one number: so
    many unknowns are eliminated, those after them are iterated. Slices `cell_ptr` of `cell_face`
    are the faces around each cell.
    """

    unknown: Ints
    ptr: Ints
    row: Places
    entry: Ints
    target: Places
    direct: Ints
    cell_ptr: Ints
    cell_face: Ints


class Drive(NamedTuple):
    """What moves the water, step by step.

    `levels` (n_steps + 1, n_outside) at `level_cell`; `external` (n_steps, n_external) flows
    [m3/s] into `external_cell`, negative out of it. `exists` (n_faces,) as the case has it.
    """

    level_cell: Ints
    levels: Floats
    external_cell: Ints
    external: Floats
    exists: Flags
    start_h: float


class Rules(NamedTuple):
    """Operating rules and orders for assets: gates, then pumps.

    Rule r has the conditions `ptr[r]` .. `ptr[r + 1]`, in rising priority: a later one wins.
    Orders rise in `order_s`; each holds until the next of its asset. Pumps start and stop at
    levels of their from cell; `move_s` is the time from shut to open; `curve_kind` 0 =
    constant, 1 = by lift, 2 = by level.
    """

    ptr: Ints
    asset: Ints
    setting: Floats
    otherwise: Floats
    quantity: Ints
    cell: Ints
    other: Ints
    above: Flags
    value: Floats
    order_s: Floats
    order_asset: Ints
    order_setting: Floats
    usual: Floats
    move_s: Floats
    start: Floats
    stop: Floats
    curve_kind: Ints
    curve_ptr: Ints
    curve_x: Floats
    curve_y: Floats


class Now(NamedTuple):
    """The state of the water; kernels write to it. `last_dt` holds one number.

    `setting` is where each asset stands, `aim` where it is going, `ordered` the order in force
    (NaN without one).
    """

    level: Floats
    volume: Floats
    flow: Floats
    face_area: Floats
    setting: Floats
    aim: Floats
    running: Flags
    ordered: Floats
    place: Ints
    last_dt: Floats


class Work(NamedTuple):
    """Scratch: coefficients of the faces, surfaces, the matrix, the new state."""

    slope: Floats
    from_weight: Floats
    to_weight: Floats
    ahead: Floats
    new_area: Floats
    share: Floats
    surface: Floats
    gain: Floats
    matrix: Floats
    solution: Floats
    scratch: Floats
    change: Floats
    moved: Floats
    drawn: Floats
    new_volume: Floats


class Kept(NamedTuple):
    """What is kept of a run: levels and volumes at records, volumes through faces between them.

    `halved` holds one number: how often a step had to be divided.
    """

    level: Floats
    volume: Floats
    through: Floats
    external: Floats
    setting: Floats
    halved: Ints
