"""Compiling is told to who waits for it, and what is kept on disk is not compiled again."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import tieline.kernels as kernels
kernels.PATIENCE_S = {patience}
told = []
kernels.when_compiling(lambda: told.append("told"))
import {module} as made
print(made.total(3.0), told)
"""
MODULE = """
from tieline.kernels import kernel

@kernel
def one(x):
    return x + 1.0

@kernel
def total(x):
    return one(x) + one(2.0 * x)
"""


def said(folder: Path, patience: float) -> str:
    program = PROGRAM.format(patience=patience, module="made_kernels")
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def test_compiling_is_told_once_and_only_where_it_takes_long(tmp_path: Path) -> None:
    (tmp_path / "made_kernels.py").write_text(MODULE, encoding="utf-8")
    assert said(tmp_path, 1e9) == "11.0 []"
    for kept in (tmp_path / "__pycache__").glob("*.nb?"):
        kept.unlink()
    assert said(tmp_path, 0.0) == "11.0 ['told']"
    assert said(tmp_path, 0.0) == "11.0 []"  # kept on disk
