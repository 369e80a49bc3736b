"""``qipan city make``: a folder of import files, all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_the_folder_holds_what_the_answer_says(command: Command, tmp_path: Path) -> None:
    made = command("city", "make", "city", "--scale", "0.001", "--seed", "3", "--json").json
    assert (made["scale"], made["seed"]) == (0.001, 3)
    written = {file.name for file in (tmp_path / "city").iterdir()}
    assert written == {one["file"] for one in made["files"]} | {"city.json"}


@pytest.mark.parametrize("scale", ["0", "1.5", "-1", "nan"])
def test_a_scale_out_of_range_is_refused(command: Command, tmp_path: Path, scale: str) -> None:
    ending = command("city", "make", "city", "--scale", scale)
    assert ending.code == 2
    assert scale in ending.err
    assert not (tmp_path / "city").exists()


def test_a_folder_with_something_in_it_is_left_alone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    (tmp_path / "city/notes.txt").write_text("mine")
    ending = command("city", "make", "city", "--scale", "0.001")
    assert ending.code == 2
    assert [file.name for file in (tmp_path / "city").iterdir()] == ["notes.txt"]
    assert command("city", "make", "city", "--scale", "0.001", "--overwrite").code == 0
    assert not (tmp_path / "city/notes.txt").exists()
