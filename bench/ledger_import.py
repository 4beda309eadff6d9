"""A workbook of 100,000 rows: made, read, previewed, written. `python -m bench.ledger_import`."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from openpyxl import Workbook

from bench.ledger_library import COUNTIES, create
from tieline.ledger import Note
from tieline.ledger.exchange.mapping import Columns
from tieline.ledger.exchange.preview import Decision, accept, preview
from tieline.ledger.exchange.source import read_source
from tieline.ledger.ledger import KEEPER

HEAD = ("中文名称", "英文名称", "项目类别", "阶段", "总投资(万元)", "所在镇(街道)", "责任单位",
        "建设单位", "计划开工", "计划竣工", "归属", "行业", "用地面积", "项目简介", "备注")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m bench.ledger_import", description=__doc__)
    arguments.add_argument("--rows", type=int, default=100_000)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        make(path, given.rows)
        ledger = create(Path(folder) / "l.sqlite")
        begin, used = time.perf_counter(), time.process_time()

        def lap(title: str) -> None:
            print(f"{title:10} {time.perf_counter() - begin:6.1f} s   processor "
                  f"{time.process_time() - used:6.1f} s", flush=True)

        source = read_source(path)
        lap("read")
        found = preview(ledger, source, Columns(), KEEPER)
        lap("previewed")
        accept(ledger, found, Note("bench", "measure"), Decision(), who=KEEPER)
        lap("written")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{given.rows:,} rows of {len(HEAD)} columns; {found.counts}; peak {peak:.0f} MB")
        ledger.close()


def make(path: Path, rows: int) -> None:
    """A list of made-up projects."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEAD)
    for k in range(rows):
        sheet.append([
            f"占位项目 {k:06d}(虚构)", f"Placeholder {k}", "生态", "在建", k % 9000 + 1,
            f"镇 {k % 31}",
            f"虚构单位 {k % 97}", f"虚构公司 {k % 89}", "2019-09-10", "2024年12月31日",
            COUNTIES[k % 3],
            "交通", k % 500, "虚构的说明文字", f"备注 {k}",
        ])
    book.save(path)


if __name__ == "__main__":
    main()
