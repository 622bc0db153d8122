"""A program in TypeScript meets the same policies: by packages of npm, and a host built once."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.engine.policies import PROGRAM, in_another_language, refused


def test_a_program_in_typescript_meets_the_same_rules(tmp_path: Path) -> None:
    folder = shutil.copytree(PROGRAM / "in-typescript", tmp_path / "program")
    packages = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    subprocess.run(packages, cwd=folder, check=True, capture_output=True, text=True)
    assert refused(in_another_language(folder, "pulumi-language-nodejs"), entry="entry")
