"""Figures of docs/real-network.md: MV Oberrhein, its two supply areas apart and together.

Run `python docs/real_network.py` to import, appraise, and write the page's table and its map;
`--keep FOLDER` keeps the region folder.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
PAGE = HERE / "real-network.md"
MAP = HERE / "images" / "real-network.svg"
BEGIN, END = "<!-- begin measured -->\n", "<!-- end measured -->\n"
BORDER_TIES = {23: "tie-a", 31: "tie-b", 88: "tie-c"}
"""Line of mv_oberrhein that ends at an open switch between the two supply areas -> project."""


def write_json(file: Path) -> None:
    """MV Oberrhein as pandapower ships it, with what its own columns say put into ours."""
    with warnings.catch_warnings():
        # pandapower's imports and loaders warn about pandas; nothing of ours runs in here
        warnings.simplefilter("ignore")
        import pandapower
        from pandapower import networks

        net = networks.mv_oberrhein()
        net.load["class"] = np.where(net.load["type"] == "MV Load", "dedicated", "public")
        for table in ("bus", "line", "trafo", "load", "sgen", "switch", "ext_grid"):
            net[table]["status"] = "approximate"  # pandapower calls the network generic
        for line, project in BORDER_TIES.items():
            net.line.loc[line, "project"] = project
            net.switch.loc[net.switch["element"] == line, "project"] = project
        pandapower.to_json(net, str(file))


def import_network(folder: Path) -> Any:
    """Import it into a region folder; the importer's report."""
    from tieline.power.importers import import_pandapower

    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "mv_oberrhein.json"
        write_json(file)
        return import_pandapower(file, folder, jurisdictions="supply", assume=["failures"])


def appraise(folder: Path) -> Any:
    """The appraisal of the region's power network."""
    import tieline

    return tieline.appraise(tieline.read_region(folder), only="power").networks["power"]


def tables(result: Any) -> str:
    """Markdown: measures apart and together, shares of the gain, ties' worth, the base state."""
    areas = result.jurisdictions
    lines = [
        "| Measure | Unit | " + " | ".join(
            f"{a} {state}" for a in (*areas, "both") for state in ("apart", "together")) + " |",
        "|-|-|" + "-|" * (2 * len(areas) + 2),
    ]
    for m in result.measures:
        cells = []
        for k in range(len(areas) + 1):
            for state in ("apart", "together"):
                whole = k == len(areas)
                value = result.total(state, m.name) if whole else result.value(state, m.name)[k]
                cells.append(_number(value, 6 if m.unit == "-" else 3))  # ASAI is all nines
        lines.append(f"| {m.title()} | {m.unit} | " + " | ".join(cells) + " |")
    lines += ["", _gap(result, "customer_hours"), "", *_gains(result, "customer_hours")]
    lines += ["", *_worths(result), "", *_base(result)]
    return "\n".join(lines) + "\n"


def _gap(result: Any, measure: str) -> str:
    at = [m.name for m in result.measures if m.ratio_of is None].index(measure)
    apart, together = (result.outcomes[state] for state in ("apart", "together"))
    gain = together.gap_against(apart)[:, at].sum()
    return (f"The method may miss at most {_number(apart.gap[:, at].sum())} of the {measure} apart "
            f"and {_number(together.gap[:, at].sum())} together (`gap`), and {_number(gain)} of "
            "their difference.")


def _gains(result: Any, measure: str) -> list[str]:
    split = result.splits["jurisdictions", measure]
    lines = [f"Gain in {measure} [{split.unit}] and its fair split:", "",
             "| Area | Falls on it | Shapley share | Side payment |", "|-|-|-|-|"]
    lines += [
        f"| {p} | {_number(split.falls[k])} | {_number(split.shapley[k])} | "
        f"{_number(split.side_payment[k])} |" for k, p in enumerate(split.players)
    ]
    return lines


def _worths(result: Any) -> list[str]:
    worth = result.worths["customer_hours"]
    lines = ["What each tie across the border is worth, with both together [customer-h/yr]:", "",
             "| Tie | Alone (PINT) | Beside the others (TOOT) | Shapley "
             "| Times used a year, all built | What its own line's faults cost |", "|-|-|-|-|-|-|"]
    ties, faults = (result.detail["together"][n] for n in ("ties", "faults"))
    line_of = {project: f"line{line}" for line, project in BORDER_TIES.items()}
    for k, p in enumerate(worth.projects):
        used = ties["used_per_yr"][ties["project"] == p].sum()
        cost = faults["customer_hours"][faults["elements"] == line_of[p]].sum()
        lines.append(
            f"| {p} | {_number(worth.pint[k].sum())} | {_number(worth.toot[k].sum())} | "
            f"{_number(worth.shapley[k])} | {_number(used)} | {_number(cost)} |"
        )
    return lines


def _base(result: Any) -> list[str]:
    base = result.detail["apart"]["base"]
    names = [n for n in base.columns if n not in ("status", "source")]
    lines = ["The state before any fault:", "", "| " + " | ".join(names) + " |",
             "|" + "-|" * len(names)]
    lines += [
        "| " + " | ".join(_number(base[n][k]) for n in names) + " |" for k in range(len(base))
    ]
    return lines


def _number(value: Any, digits: int = 3) -> str:
    if isinstance(value, str):
        return value
    value = float(value)
    if value == round(value):
        return f"{value:,.0f}"
    text = f"{value:,.{1 if abs(value) >= 100 else digits}f}"
    return text if float(text.replace(",", "")) else "0"


def picture(result: Any) -> str:
    """An SVG map, apart beside together: customers by hours lost a year, ties across marked."""
    lost = {state: result.detail[state]["loads"] for state in ("apart", "together")}
    branches = result.detail["apart"]["branches"]
    x = np.concatenate([branches["x0"], branches["x1"]])
    y = np.concatenate([branches["y0"], branches["y1"]])
    width, stretch = 440.0, 1.0 / np.cos(np.radians(np.nanmean(y)))  # degrees to equal lengths
    scale = width / (np.nanmax(x) - np.nanmin(x))
    height = (np.nanmax(y) - np.nanmin(y)) * scale * stretch

    def at(px: float, py: float) -> tuple[float, float]:
        return (px - np.nanmin(x)) * scale + 20, (np.nanmax(y) - py) * scale * stretch + 44

    top = max(float(np.max(t["outage_h"])) for t in lost.values())
    parts = []
    for i, (state, loads) in enumerate(lost.items()):
        parts.append(f'<g transform="translate({i * (width + 40):.0f} 0)">'
                     f'<text x="20" y="24" font-size="16">{state.capitalize()}</text>')
        for k in range(len(branches)):
            (xa, ya), (xb, yb) = (at(branches[f"x{e}"][k], branches[f"y{e}"][k]) for e in "01")
            tie = str(branches["id"][k]) in {f"line{n}" for n in BORDER_TIES}
            style = 'stroke="#c2410c" stroke-width="3"' if tie else 'stroke="#9aa5b1"'
            parts.append(f'<path d="M{xa:.1f} {ya:.1f}L{xb:.1f} {yb:.1f}" {style}/>')
            if tie:
                parts.append(f'<circle cx="{(xa + xb) / 2:.1f}" cy="{(ya + yb) / 2:.1f}" r="9" '
                             'fill="none" stroke="#c2410c" stroke-width="1.5"/>')
        for k in range(len(loads)):
            cx, cy = at(loads["x"][k], loads["y"][k])
            share = float(loads["outage_h"][k]) / top
            parts.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="4" fill="{_shade(share)}"/>')
        parts.append("</g>")
    parts += [
        f'<g transform="translate(20 {height + 66:.0f})" font-size="12"><text y="10">'
        "Hours without supply in a year, per customer: 0</text>",
        *(f'<rect x="{262 + 12 * k}" width="12" height="12" fill="{_shade(k / 9)}"/>'
          for k in range(10)),
        f'<text x="388" y="10">{top:.2f} h</text><path d="M460 6h30" stroke="#c2410c" '
        'stroke-width="3"/><text x="496" y="10">tie between the two areas</text></g>',
    ]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * width + 80:.0f} '
            f'{height + 90:.0f}" font-family="sans-serif" fill="#1f2933">'
            '<rect width="100%" height="100%" fill="#fff"/>' + "".join(parts) + "</svg>\n")


def _shade(share: float) -> str:
    """From pale to dark blue."""
    pale, dark = np.array([214.0, 230.0, 244.0]), np.array([8.0, 48.0, 107.0])
    r, g, b = (pale + (dark - pale) * min(max(share, 0.0), 1.0)).round().astype(int)
    return f"#{r:02x}{g:02x}{b:02x}"


def main() -> None:
    """Import, appraise, write table and map."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--keep", type=Path, help="where to leave the region folder")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary) / "oberrhein"
        import_network(folder)
        result = appraise(folder)
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(head + BEGIN + tables(result) + END + rest.split(END)[1], encoding="utf-8")
    MAP.parent.mkdir(exist_ok=True)
    MAP.write_text(picture(result), encoding="utf-8")


if __name__ == "__main__":
    main()
