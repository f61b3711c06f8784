"""peel as a Python package."""

from __future__ import annotations

import asyncio
import io
import logging
import multiprocessing
import pickle
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import peel


def test_every_kind_comes_back_as_it_came(remover, square, tmp_path):
    array = remover.remove(square)
    assert array.shape == (48, 64, 4) and array.dtype == np.uint8
    assert array[0, 0, 3] == 0 and array[24, 40, 3] > 250 and tuple(array[24, 40, :3]) == (220, 220, 220)
    image = Image.fromarray(square)
    cut = remover.remove(image)
    assert isinstance(cut, Image.Image) and cut.mode == "RGBA" and np.array_equal(np.asarray(cut), array)
    file = io.BytesIO()
    image.save(file, "PNG")
    data = remover.remove(file.getvalue())
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), array)
    file.seek(0)
    assert remover.remove(file).getvalue() == data
    path = tmp_path / "photo.png"
    image.save(path)
    made = remover.remove(path)
    assert made == tmp_path / "photo.out.png" and np.array_equal(np.asarray(Image.open(made)), array)
    assert isinstance(remover.remove(str(path)), str)
    assert remover.remove(bytearray(file.getvalue())) == data


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a,
        lambda a: a[::-1][::-1],
        lambda a: np.asfortranarray(a),
        lambda a: np.pad(a, ((0, 0), (3, 5), (0, 0)))[:, 3:-5],
        lambda a: np.repeat(a, 2, axis=1)[:, ::2],
        lambda a: a[..., ::-1].copy()[..., ::-1],
        lambda a: np.repeat(a, 2, axis=0)[::2],
    ],
)
def test_arrays_lie_in_memory_as_they_like(remover, square, view):
    assert np.array_equal(remover.remove(view(square)), remover.remove(square))


def test_upside_down_is_another_picture(remover, square):
    square[12:24] = 0
    assert np.array_equal(remover.remove(square[::-1]), remover.remove(square[::-1].copy()))


def test_bgr_is_for_opencv(remover, square):
    cut = remover.remove(square[..., ::-1].copy(), order="bgr")
    assert np.array_equal(cut[..., [2, 1, 0, 3]], remover.remove(square))


def test_depth_and_channels(remover, square):
    deep = square.astype(np.uint16) * 257
    assert remover.remove(deep).dtype == np.uint16
    assert remover.remove(square[..., 0].copy()).shape == (48, 64, 2)
    for wrong in (square.astype(float), np.zeros((2, 2, 5), np.uint8)):
        with pytest.raises(ValueError):
            remover.remove(wrong)
    with pytest.raises(TypeError, match="array, a PIL image, bytes"):
        remover.remove(42)


def test_turned_photographs_are_upright(remover, square):
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(square).save(file, "JPEG", exif=exif)
    assert remover.remove(Image.open(file)).size == (48, 64)
    assert Image.open(io.BytesIO(remover.remove(file.getvalue()))).size == (48, 64)


def test_no_copies_of_a_large_picture(remover):
    pixels = np.zeros((1500, 2000, 3), np.uint8)
    pixels[400:900, 500:1500] = 230
    remover.remove(pixels)
    tracemalloc.start()
    cut = remover.remove(pixels)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000, "Python holds no copy of it"
    assert not cut.flags.owndata and cut.flags.writeable
    before = pixels.copy()
    cut[:] = 7
    assert np.array_equal(pixels, before)


def test_a_result_tells_of_itself(remover, square):
    result = remover.result(square, crop=2)
    assert result.subject and result.crop[2] < 64 and result.size == result.crop[2:]
    assert result.mask.shape == (48, 64) and result.timings["total"] > 0
    assert result._repr_png_().startswith(b"\x89PNG") and result.bytes("webp")[:4] == b"RIFF"
    assert "subject" in repr(result) and "cpu" in repr(remover)
    again = pickle.loads(pickle.dumps(result))
    assert np.array_equal(np.asarray(again), np.asarray(result)) and again.crop == result.crop
    assert np.asarray(result).base is not None


def test_settings_are_checked(remover, square):
    with pytest.raises(peel.UsageError) as refused:
        remover.remove(square, fether=3)
    assert isinstance(refused.value, ValueError) and "feather" in refused.value.hint
    with pytest.raises(ValueError, match="quality 200: not a whole number from 1 to 100"):
        remover.remove(square, quality=200)
    with pytest.raises(peel.ModelError) as unknown:
        peel.Remover(model="u2nett")
    assert isinstance(unknown.value, RuntimeError) and "u2net" in str(unknown.value)
    with pytest.raises(FileNotFoundError):
        remover.remove("there is no such.jpg")
    with pytest.raises(peel.InputError):
        remover.remove(b"no picture at all")


def test_settings_in_pythons_words(remover, square):
    assert remover.remove(square, background=(255, 0, 0), crop=True).shape[2] == 3
    assert remover.remove(square, bgcolor=(1, 2, 3)).shape[2] in (3, 4)
    assert remover.mask(square).ndim == 2
    laid = remover.remove(square, background=np.full((4, 4, 3), 9, np.uint8))
    assert laid.shape[2] == 3 and laid[0, 0, 0] == 9
    assert remover.remove(square, feather=None, fill_holes=True, min_area="0.5%").shape[2] == 4
    assert "only_mask" in peel.options() and peel.options("scan")["enhance"]["words"]


def test_masks_from_elsewhere(square):
    mask = np.zeros((48, 64), np.uint8)
    mask[:, 32:] = 255
    cut = peel.apply_mask(square, mask)
    assert cut[24, 10, 3] == 0 and cut[24, 50, 3] == 255
    assert np.array_equal(peel.apply_mask(square, mask > 0), cut)
    mask[:, 30:34] = 128
    assert peel.apply_trimap(square, mask).shape == (48, 64, 4)


def test_pages(square, caplog):
    assert peel.scan(np.full_like(square, 90), model="none") is None
    assert "the picture" in caplog.text
    page = peel.scan(square, model="none", corners=[16, 12, 48, 12, 48, 36, 16, 36], page="none")
    assert page.shape == (24, 32, 3)
    found = peel.Scanner(model="none").result(square, corners=[16, 12, 48, 12, 48, 36, 16, 36])
    assert found.status == "found" and found.subject and len(found.corners) == 4


def test_messages_go_to_logging(model, square, caplog):
    with caplog.at_level(logging.DEBUG, "peel"):
        peel.Remover(model=model, device="cpu").remove(np.zeros_like(square))
    assert "threads" in caplog.text and "nothing stands out" in caplog.text


def test_threads_and_asyncio(remover, square):
    expected = remover.remove(square)
    made = []
    threads = [threading.Thread(target=lambda: made.append(remover.remove(square))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6 and all(np.array_equal(each, expected) for each in made)

    async def several():
        return await asyncio.gather(*(remover.remove_async(square) for _ in range(4)))

    assert all(np.array_equal(each, expected) for each in asyncio.run(several()))


def test_it_travels(remover, square):
    again = pickle.loads(pickle.dumps(remover))
    assert again.settings == remover.settings and np.array_equal(again.remove(square), remover.remove(square))


_forked = None


def _in_child(data):
    return bytes(_forked.remove(data))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_forked_process_makes_its_own(remover, square, format):
    global _forked
    _forked = remover
    file = io.BytesIO()
    Image.fromarray(square).save(file, format)
    expected = remover.remove(file.getvalue())  # the parent's threads have worked
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(_in_child, [file.getvalue()] * 4).get(60) == [expected] * 4


def test_folders(remover, square, tmp_path):
    paths = []
    for i in range(12):
        paths.append(tmp_path / f"p{i}.png")
        Image.fromarray(np.roll(square, i, axis=1)).save(paths[-1])
    results = list(remover.map(paths))
    assert [Path(each.path) for each in results] == paths
    for path, result in zip(paths, results):
        assert np.array_equal(np.asarray(result), remover.remove(np.asarray(Image.open(path))))
    written = list(remover.map(paths[:3], output=tmp_path / "out", format="webp"))
    assert [Path(each.output).name for each in written] == ["p0.webp", "p1.webp", "p2.webp"]
    assert all(Path(each.output).exists() for each in written)
    for result in remover.map(iter(paths)):  # and leaves
        break
    paths[1].write_bytes(b"damaged")
    with pytest.raises(peel.InputError):
        list(remover.map(paths))
    mixed = list(remover.map(paths, raises=False, ordered=False))
    assert sum(isinstance(each, peel.InputError) for each in mixed) == 1 and len(mixed) == 12

    def broken():
        yield paths[0]
        raise RuntimeError("of the caller's")

    with pytest.raises(RuntimeError, match="of the caller's"):
        list(remover.map(broken()))


def test_the_program():
    told = subprocess.run([sys.executable, "-m", "peel", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == f"peel {peel.__version__}"


def test_machine_and_models():
    assert peel.info()["version"] == peel.__version__
    assert any(each["name"] == "u2netp" for each in peel.models())
    with pytest.raises(ValueError):
        peel.quantize("u2netp", calibration="nowhere", samples=1)


def test_optimized(model, square):
    from peel import optimized

    assert isinstance(optimized.available_providers, list) and "CPUExecutionProvider" in optimized.available_providers
    assert optimized.GPU_AVAILABLE in (True, False) and optimized.TENSORRT_AVAILABLE in (True, False)
    remover = optimized.OptimizedBackgroundRemover(
        model_name=model, max_size=640, alpha_matting=False, use_gpu=False, use_tensorrt=True, use_int8=False
    )
    assert remover.remove_background(square).shape == (48, 64, 4)
    assert remover._configure_onnx_providers() == ["CPUExecutionProvider"]
    assert remover._get_model_name() == model
    assert remover._get_provider_info()["provider"] == "cpu"
