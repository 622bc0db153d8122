"""The image that the repository builds is the one that the sandbox runs and the program knows."""

from __future__ import annotations

import json
import re
from pathlib import Path

from components._driver import OUR_IMAGE
from sandbox.layout import RATINGS_MYSQL2_IMAGE
from settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
DOCKERFILE = (REPOSITORY / "images/ratings/Dockerfile").read_text()


def test_it_is_built_on_the_stock_image() -> None:
    assert re.findall(r"^FROM (\S+)$", DOCKERFILE, re.MULTILINE) == [
        Settings.model_fields["image"].default
    ]


def test_it_has_the_driver_that_the_sandbox_runs() -> None:
    package = json.loads((REPOSITORY / "sandbox/toolchain/ratings-mysql2/package.json").read_text())
    assert f"mysql@{package['dependencies']['mysql']}" in DOCKERFILE.split()


def test_it_runs_as_the_stock_image_does() -> None:
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)[-1] == "1000"


def test_its_name_is_the_one_that_the_program_knows() -> None:
    readme = (REPOSITORY / "images/ratings/README.md").read_text()
    pushed = re.search(r"docker push (\S+)", readme)
    assert pushed
    assert pushed[1].partition("/")[2].endswith(f"{OUR_IMAGE}:1.20.3")
    assert f"localhost/{OUR_IMAGE}:1.20.3" == RATINGS_MYSQL2_IMAGE
