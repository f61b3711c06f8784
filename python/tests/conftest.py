"""What the tests share: a small network that takes what is bright for the subject, and pictures for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
Image = pytest.importorskip("PIL.Image")

import peel  # noqa: E402


@pytest.fixture(scope="session")
def model() -> str:
    return os.environ["PEEL_TEST_MODEL"]


@pytest.fixture(scope="session")
def remover(model: str) -> "peel.Remover":
    return peel.Remover(model=model, device="cpu")


@pytest.fixture()
def square() -> "np.ndarray":
    """A bright square on black; its left half is red."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[12:36, 16:48] = 220
    pixels[12:36, 16:32, 1:] = 180
    return pixels


@pytest.fixture(scope="session")
def data() -> Path:
    folder = os.environ.get("PEEL_TEST_DATA")
    found = Path(folder) if folder else Path(__file__).resolve().parents[3] / "shared"
    if not (found / "data").exists():
        pytest.skip("no test data: set PEEL_TEST_DATA")
    return found
