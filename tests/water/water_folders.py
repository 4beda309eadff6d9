"""Small waters written as region folders."""

from pathlib import Path
from textwrap import dedent

from tieline.water.read import open_waters

HEAD = """
name = "small waters"
networks = ["water"]

[[jurisdiction]]
id = "a"
name = "A"

[[jurisdiction]]
id = "b"
name = "B"

[water]
"""
GRAVITY = 9.80665


def write_waters(folder: Path, settings: str = "", more: dict | None = None, **tables: str) -> Path:
    """A region folder of two jurisdictions, a and b, with these tables as CSV text."""
    (folder / "water").mkdir(parents=True, exist_ok=True)
    (folder / "region.toml").write_text(HEAD + dedent(settings), encoding="utf-8")
    for name, text in tables.items():
        (folder / "water" / f"{name}.csv").write_text(dedent(text).strip() + "\n", encoding="utf-8")
    for name, text in (more or {}).items():
        (folder / f"{name}.csv").write_text(dedent(text).strip() + "\n", encoding="utf-8")
    return folder


def waters(folder: Path, settings: str = "", more: dict | None = None, **tables: str):
    """The network of such a folder."""
    return open_waters(write_waters(folder, settings, more, **tables))


def channel(folder: Path, *, length=20000.0, slope=0.0, depth=2.0, flow=20.0, width=20.0,
            cell=500.0, roughness=0.03, record=300, level=None, dt=60):
    """A rectangular channel with an inflow at one end and a level at the other."""
    end = depth if level is None else level
    return waters(
        folder,
        f"cell_m = {cell}\nrecord_s = {record}\ndt_s = {dt}\nwarmup_days = 0",
        node=f"""
        id,jurisdiction,bed_m,level_m,x,y
        up,a,{slope * length},{slope * length + depth},0,0
        down,b,0,{end},{length},0
        """,
        reach=f"""
        id,from_node,to_node,length_m,width_m,roughness
        r,up,down,{length},{width},{roughness}
        """,
        boundary=f"""
        id,node,kind,value
        inflow,up,flow,{flow}
        end,down,level,{end}
        """,
    )


def uniform_slope(flow, width, depth, roughness):
    """Bed slope at which a rectangle carries this flow at this depth (Manning)."""
    area = width * depth
    radius = area / (width + 2.0 * depth)
    return (flow / area * roughness / radius ** (2.0 / 3.0)) ** 2
