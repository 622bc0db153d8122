"""The image that the repository builds is the one that the sandbox runs and the program knows."""

from __future__ import annotations

import re
from pathlib import Path

from mysql.driver import OUR_IMAGE
from sandbox.images.catalog import KNOWN
from sandbox.layout import RATINGS_MYSQL2_IMAGE
from settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
DOCKERFILE = (REPOSITORY / "images/ratings/Dockerfile").read_text()


def test_it_is_built_on_the_stock_image() -> None:
    assert re.findall(r"^FROM (\S+)$", DOCKERFILE, re.MULTILINE) == [
        Settings.model_fields["image"].default
    ]


def test_it_is_what_the_sandbox_builds_and_runs() -> None:
    image = KNOWN[RATINGS_MYSQL2_IMAGE]
    assert image.containerfile == REPOSITORY / "images/ratings/Dockerfile"
    assert [base.reference for base in image.bases] == [Settings.model_fields["image"].default]


def test_its_driver_is_of_an_exact_version() -> None:
    assert re.search(r" mysql2@\d+\.\d+\.\d+ ", DOCKERFILE)


def test_it_runs_as_the_stock_image_does() -> None:
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)[-1] == "1000"


def test_its_name_is_the_one_that_the_program_knows() -> None:
    readme = (REPOSITORY / "images/ratings/README.md").read_text()
    pushed = re.search(r"docker push (\S+)", readme)
    assert pushed
    assert pushed[1].partition("/")[2].endswith(f"{OUR_IMAGE}:1.20.3")
    assert f"localhost/{OUR_IMAGE}:1.20.3" == RATINGS_MYSQL2_IMAGE
