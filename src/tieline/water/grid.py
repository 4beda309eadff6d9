"""The staggered grid of a network: cells hold water, faces let it through.

A cell lies around every node and around every point inside a reach; it reaches half a step into
each reach that meets there. Faces lie between cells: one for each step of a reach, each gate,
weir and pump. A cell with a level boundary is the outside: its level is given, its volume free.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.water.kernels.arrays import GATE, PUMP, REACH, Mesh, Solver
from tieline.water.shapes import STEPS, Shape, integral, reach_shapes, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.rows import Rows
    from tieline.water.network import WaterNetwork

LEVELS = 96
"""So many steps of level stand in the storage table of each cell."""
LEAST_AREA_M2 = 1.2
"""A cell has at least this surface, as SWMM gives a junction (12.6 ft2)."""
GRAVITY = 9.80665
FREE_WEIR = (2.0 / 3.0) ** 1.5 * GRAVITY**0.5
"""Coefficient of B h^1.5 over a broad sill without losses, 1.705."""
COEFFICIENT = {"gate": 0.65, "weir": 1.7}


@dataclass(frozen=True, repr=False)
class Grid:
    """Cells and faces; `mesh` is what the kernels read.

    `node_cell` (n_nodes,) is the cell of each node; those inside reach r are
    `reach_start[r]` .. `reach_start[r + 1]`, its faces `face_start[r]` .. `face_start[r + 1]`, both
    from from_node to to_node. `gate_face`, `pump_face` are their faces. `x`,
    `y` (n_cells,) as in the tables; `cell_owner` (n_cells, n_jurisdictions) sums to 1; `solvers`
    keeps the order of elimination for each set of outside cells.
    """

    mesh: Mesh
    node_cell: NDArray[np.int64]
    reach_start: NDArray[np.int64]
    face_start: NDArray[np.int64]
    reach_ends: NDArray[np.int64]
    gate_face: NDArray[np.int64]
    pump_face: NDArray[np.int64]
    boundary_cell: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    cell_owner: NDArray[np.float64]
    top_m: NDArray[np.float64]
    places: dict[str, NDArray[np.int64]]
    solvers: dict[tuple[int, ...], Solver] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Grid({self.n_cells} cells, {self.n_faces} faces)"

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.mesh.bottom)

    @property
    def n_faces(self) -> int:
        """Number of faces."""
        return len(self.mesh.face_from)

    @cached_property
    def face_from(self) -> NDArray[np.int64]:
        """Cell at the from side of each face; flow from there is positive."""
        return self.mesh.face_from.astype(np.int64)

    @cached_property
    def face_to(self) -> NDArray[np.int64]:
        """Cell at the to side of each face."""
        return self.mesh.face_to.astype(np.int64)

    def reach_cells(self, reach: int) -> NDArray[np.int64]:
        """Cells along a reach from from_node to to_node, both included."""
        a, b = self.reach_ends[reach]
        inside = np.arange(self.reach_start[reach], self.reach_start[reach + 1])
        return np.concatenate([[a], inside, [b]])

    def reach_faces(self, reach: int) -> NDArray[np.int64]:
        """Faces along a reach from from_node to to_node."""
        return np.arange(self.face_start[reach], self.face_start[reach + 1])

    def cells_at(self, table: str) -> NDArray[np.int64]:
        """The cell of each row of a table whose rows stand at a node or on a reach."""
        return self.places[table]

    def directions(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Unit vectors of faces (x, y) from their from side; 0 where coordinates are missing."""
        dx = self.x[self.face_to] - self.x[self.face_from]
        dy = self.y[self.face_to] - self.y[self.face_from]
        size = np.hypot(dx, dy)
        known = np.isfinite(size) & (size > 0.0)
        scale = np.divide(1.0, size, out=np.zeros_like(size), where=known)
        return np.where(known, dx * scale, 0.0), np.where(known, dy * scale, 0.0)


def make_grid(network: WaterNetwork) -> Grid:
    """The grid of a network."""
    return _Maker(network).make()


class _Maker:
    """Gathers cells and faces reach by reach."""

    def __init__(self, network: WaterNetwork) -> None:
        self.network = network
        nodes, reaches = network.nodes, network.reaches
        self.shapes, self.shape_of = reach_shapes(network)
        bed = nodes["bed_m"]
        a, b = reaches["from_node"], reaches["to_node"]
        self.z_from = np.where(np.isnan(reaches["bed_from_m"]), bed[a], reaches["bed_from_m"])
        self.z_to = np.where(np.isnan(reaches["bed_to_m"]), bed[b], reaches["bed_to_m"])
        steps = np.ceil(reaches["length_m"] / network.settings.cell_m - 1e-9).astype(np.int64)
        self.steps = np.where(reaches["cells"] > 0, reaches["cells"], np.maximum(steps, 1))
        self.reach_start = len(nodes) + np.concatenate([[0], np.cumsum(self.steps - 1)])
        self.face_start = np.concatenate([[0], np.cumsum(self.steps)]).astype(np.int64)
        self.n_cells = int(self.reach_start[-1])

    def make(self) -> Grid:
        network = self.network
        n_reach, gates, pumps = int(self.face_start[-1]), len(network.gates), len(network.pumps)
        x, y = self.coordinates()
        places = {
            name: self.cells_of(rows) for name, rows in network.tables.items()
            if "position" in rows.columns
        }
        return Grid(
            mesh=self.mesh(),
            node_cell=np.arange(len(network.nodes)),
            reach_start=self.reach_start, face_start=self.face_start,
            reach_ends=np.column_stack([network.reaches["from_node"], network.reaches["to_node"]]),
            gate_face=np.arange(n_reach, n_reach + gates),
            pump_face=np.arange(n_reach + gates, n_reach + gates + pumps),
            boundary_cell=network.boundaries["node"],
            x=x, y=y, cell_owner=self.owners(), top_m=self.tops(), places=places,
        )

    def chain(self, r: int) -> NDArray[np.int64]:
        """Cells along reach r, both nodes included."""
        reaches = self.network.reaches
        inside = np.arange(self.reach_start[r], self.reach_start[r + 1])
        return np.concatenate([[reaches["from_node"][r]], inside, [reaches["to_node"][r]]])

    def beds(self, r: int) -> NDArray[np.float64]:
        """Bed at the cells along reach r."""
        return np.linspace(self.z_from[r], self.z_to[r], int(self.steps[r]) + 1)

    def cells_of(self, rows: Rows) -> NDArray[np.int64]:
        """The cell of each row: its node's, or the nearest along its reach."""
        cell = rows["node"].copy()
        for i in np.flatnonzero(rows["reach"] >= 0):
            r = int(rows["reach"][i])
            cell[i] = self.chain(r)[int(np.rint(rows["position"][i] * self.steps[r]))]
        return cell

    def coordinates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        nodes, out = self.network.nodes, []
        for name in ("x", "y"):
            values = np.concatenate([nodes[name], np.full(self.n_cells - len(nodes), np.nan)])
            for r in np.flatnonzero(self.steps > 1):
                cells = self.chain(int(r))
                values[cells] = np.linspace(values[cells[0]], values[cells[-1]], len(cells))
            out.append(values)
        return out[0], out[1]

    def owners(self) -> NDArray[np.float64]:
        network = self.network
        reaches = network.reaches
        share = np.zeros((self.n_cells, len(network.jurisdictions)))
        share[np.arange(len(network.nodes)), network.nodes["jurisdiction"]] = 1.0
        for r in np.flatnonzero(self.steps > 1):
            inside = self.chain(int(r))[1:-1]
            left, right = reaches["jurisdiction_left"][r], reaches["jurisdiction_right"][r]
            part = 1.0 if left == right else reaches["share_left"][r]
            share[inside, left] += part
            share[inside, right] += 1.0 - part
        return share

    def tops(self) -> NDArray[np.float64]:
        """Lowest bank around each cell [m]; above it levels are only as good as walls there."""
        top = np.full(self.n_cells, np.inf)
        for r in range(len(self.steps)):
            np.minimum.at(top, self.chain(r), self.beds(r) + self.shapes[self.shape_of[r]].depth_m)
        own = self.network.nodes["top_m"]
        given = np.flatnonzero(~np.isnan(own))
        top[given] = own[given]
        return top

    def mesh(self) -> Mesh:
        """The arrays of the kernels."""
        network = self.network
        faces: dict[str, list[Any]] = {k: [] for k in ("a", "b", "za", "zb", "dx", "shape")}
        halves: list[list[tuple[float, float, Shape]]] = [[] for _ in range(self.n_cells)]
        for r in range(len(self.steps)):
            cells, beds, shape = self.chain(r), self.beds(r), self.shapes[self.shape_of[r]]
            n = int(self.steps[r])
            dx = float(network.reaches["length_m"][r]) / n
            faces["a"] += list(cells[:-1])
            faces["b"] += list(cells[1:])
            faces["za"] += list(beds[:-1])
            faces["zb"] += list(beds[1:])
            faces["dx"] += [dx] * n
            faces["shape"] += [self.shape_of[r]] * n
            for k in range(n):
                halves[cells[k]].append((0.5 * dx, beds[k], shape))
                halves[cells[k + 1]].append((0.5 * dx, beds[k + 1], shape))
        n_reach = len(faces["a"])
        gates, pumps = network.gates, network.pumps
        n_other = len(gates) + len(pumps)
        weir = gates["kind"] == "weir"
        given = gates["coefficient"]
        usual = np.where(weir, COEFFICIENT["weir"], COEFFICIENT["gate"])
        coefficient = np.where(np.isnan(given), usual, given)
        coefficient = np.where(weir, coefficient / FREE_WEIR, coefficient)
        bottom, height, area, volume = self.storage(halves)
        n_shapes = max(len(self.shapes), 1)
        none = np.zeros((n_shapes, STEPS + 1))
        deep = np.array([s.depth_m for s in self.shapes] or [1.0])
        return Mesh(
            face_from=np.array([*faces["a"], *gates["from_node"], *pumps["from_node"]], np.uint32),
            face_to=np.array([*faces["b"], *gates["to_node"], *pumps["to_node"]], np.uint32),
            kind=np.array([REACH] * n_reach + [GATE] * len(gates) + [PUMP] * len(pumps), np.int64),
            bed_from=np.array([*faces["za"], *gates["sill_m"], *[0.0] * len(pumps)], np.float64),
            bed_to=np.array([*faces["zb"], *gates["sill_m"], *[0.0] * len(pumps)], np.float64),
            per_length=np.array([*(1.0 / x for x in faces["dx"]), *[0.0] * n_other], np.float64),
            shape=np.array([*faces["shape"], *[0] * n_other], np.uint32),
            width=np.array([*[0.0] * n_reach, *gates["width_m"], *[0.0] * len(pumps)], np.float64),
            height=np.array([*[0.0] * n_reach, *np.where(weir, 1e9, gates["height_m"]),
                             *[0.0] * len(pumps)], np.float64),
            coefficient=np.array(
                [*[0.0] * n_reach, *coefficient, *np.nan_to_num(pumps["flow_m3s"])], np.float64),
            one_way=np.array([*[False] * n_reach, *gates["one_way"], *[True] * len(pumps)], bool),
            weir=np.array([*[False] * n_reach, *weir, *[False] * len(pumps)], bool),
            shape_width=np.stack([s.width_m for s in self.shapes]) if self.shapes else none,
            shape_area=np.stack([s.area_m2 for s in self.shapes]) if self.shapes else none,
            shape_ease=np.stack([s.ease for s in self.shapes]) if self.shapes else none,
            shape_depth=deep, shape_root=STEPS / np.sqrt(deep), shape_unit=deep / STEPS**2,
            bottom=bottom, depth=height, area=area, volume=volume,
        )

    def storage(
        self, halves: list[list[tuple[float, float, Shape]]]
    ) -> tuple[NDArray[np.float64], ...]:
        """Bottom, height, surface and volume tables of every cell.

        The bed is flat around each point, at the height the faces see, so that all can drain.
        """
        nodes = self.network.nodes
        n_nodes = len(nodes)
        bottom, height = np.empty(self.n_cells), np.empty(self.n_cells)
        area = np.empty((self.n_cells, LEVELS + 1))
        volume = np.empty_like(area)
        for i, parts in enumerate(halves):
            lows = [bed for _, bed, _ in parts]
            highs = [bed + shape.depth_m for _, bed, shape in parts]
            curve = None
            if i < n_nodes:
                lows.append(float(nodes["bed_m"][i]))
                curve = self.curve(int(nodes["storage"][i]))
                if curve is not None:
                    highs.append(float(curve[0][-1]))
            bottom[i] = min(lows)
            height[i] = max([*highs, bottom[i] + 1.0]) - bottom[i]
            levels = bottom[i] + spread(height[i], LEVELS)
            surface = np.zeros(LEVELS + 1)
            for half, bed, shape in parts:
                known = spread(shape.depth_m, STEPS)
                width = np.interp(levels - bed, known, shape.width_m)
                surface += half * np.where(levels >= bed - 1e-9, width, 0.0)
            if i < n_nodes:
                bed = float(nodes["bed_m"][i])
                if curve is None:
                    surface += np.where(levels >= bed - 1e-9, nodes["area_m2"][i], 0.0)
                else:
                    surface += np.where(levels >= curve[0][0], np.interp(levels, *curve), 0.0)
            area[i] = np.maximum(surface, LEAST_AREA_M2)
            volume[i] = integral(area[i], levels)
        return bottom, height, area, volume

    def curve(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        if number < 0:
            return None
        at = self.network.group("curve")[self.network.names["curve"][number]]
        rows = self.network.tables["curve"]
        return rows["x"][at], rows["y"][at]

