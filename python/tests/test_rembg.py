"""peel.rembg: rembg's calls. Against the real one where it is installed beside, with its own u2netp."""

from __future__ import annotations

import io
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import peel.rembg as ours
from peel.rembg import bg
from peel.rembg.bg import remove
from peel.rembg.session_factory import new_session
from peel.rembg.sessions import sessions, sessions_class, sessions_names
from peel.rembg.sessions.base import BaseSession


@pytest.fixture(scope="module")
def session(model):
    return new_session("u2net_custom", model_path=model, providers=["CPUExecutionProvider"])


def png(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_names_and_classes():
    assert ours.remove is remove and ours.new_session is new_session
    assert {"u2net", "u2netp", "isnet-general-use", "sam", "birefnet-general-fp16"} <= set(sessions_names)
    assert [each.name() for each in sessions_class] == list(sessions)
    with pytest.raises(ValueError, match="No session class found for model 'nothing'"):
        new_session("nothing")
    with pytest.raises(ValueError, match="this one alone"):
        new_session("withoutbg")
    with pytest.raises(SystemExit):
        bg.download_models(("nothing",))


def test_kinds(session, square):
    image = Image.fromarray(square)
    cut = remove(image, session=session)
    assert cut.mode == "RGBA" and cut.size == image.size
    assert remove(image, session=session, only_mask=True).mode == "L"
    assert np.array_equal(remove(square, session=session), np.asarray(cut))
    for data in (png(image), bytearray(png(image))):
        made = remove(data, session=session)
        assert isinstance(made, bytes) and np.array_equal(np.asarray(Image.open(io.BytesIO(made))), np.asarray(cut))
    assert isinstance(remove(png(image), session=session, force_return_bytes=True), bytes)
    assert remove(square[..., 0], session=session).shape[:2] == (48, 64)
    for mode in ("P", "L", "LA", "CMYK", "1", "RGBA"):
        assert remove(image.convert(mode), session=session).size == image.size, mode
    with pytest.raises(ValueError, match="force_return_bytes"):
        remove(42, session=session)


def test_arguments_by_place_and_unknown_ones(session, square):
    by_place = remove(square, True, 270, 10, 5, session, False, True, False, False, None, (1, 2, 3), False)
    assert by_place.shape == (48, 64, 4) and by_place[0, 0, 3] == 255
    assert remove(square, session=session, nobody_knows=3, bgcolor=[9, 9, 9, 255])[0, 0].tolist() == [9, 9, 9, 255]
    with pytest.raises(ValueError, match="ViTMatte"):
        remove(square, session=session, vitmatte=True)
    assert remove(Image.fromarray(square).convert("P"), session=session, putalpha=True).mode == "PA"


def test_sessions_do_what_programs_ask_of_them(session, square):
    masks = session.predict(Image.fromarray(square))
    assert len(masks) == 1 and masks[0].mode == "L" and masks[0].size == (64, 48)
    assert session.inner_session.get_providers()[-1] == "CPUExecutionProvider"
    assert isinstance(session, BaseSession) and "u2net_custom" == session.name()


def test_session_options(model, monkeypatch):
    options = SimpleNamespace(intra_op_num_threads=1, inter_op_num_threads=0)
    made = new_session("u2net_custom", sess_opts=options, model_path=model, providers=[("CPUExecutionProvider", {})])
    assert made.remover.info["threads"] == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert new_session("u2net_custom", model_path=model).remover.info["threads"] == 1
    monkeypatch.setenv("PEEL_EXACT", "1")
    assert new_session("u2net_custom", model_path=model).remover.settings["precision"] == "fp32"


def test_a_subclass_has_its_own_masks(model, square):
    class Mine(BaseSession):
        def predict(self, img, *args, **kwargs):
            assert isinstance(img, Image.Image) and kwargs["wish"] == 3
            half = Image.new("L", img.size, 0)
            half.paste(255, (0, 0, 32, 48))
            return [half, half]

    cut = remove(square, session=Mine("u2net_custom", None, model_path=model), wish=3)
    assert cut.shape == (96, 64, 4) and cut[10, 10, 3] == 255 and cut[10, 40, 3] == 0


_module_session = None


def _in_child(data):
    return remove(data, session=_module_session)


def test_a_session_at_module_level_and_a_pool(session, square):
    global _module_session
    _module_session = session
    data = png(Image.fromarray(square))
    expected = remove(data, session=session)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(_in_child, [data] * 4).get(60) == [expected] * 4


# ---- Against the real one ----

CASES = [
    {},
    {"only_mask": True},
    {"post_process_mask": True},
    {"bgcolor": (255, 0, 0, 255)},
    {"bgcolor": (0, 255, 0, 128)},
    {"bgcolor": [1, 2, 3]},
    {"putalpha": True},
    {"only_mask": True, "post_process_mask": True},
    {"alpha_matting": True},
    {"alpha_matting": True, "alpha_matting_foreground_threshold": 270},
    {"decontaminate": True},
    {"decontaminate": True, "bgcolor": (255, 255, 255, 255)},
]
KINDS = ["RGB", "RGBA", "L", "LA", "P", "CMYK", "1", "array", "grey array", "bytes"]


@pytest.fixture(scope="module")
def both():
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "peel/rembg/models"
    if not (cache / "u2netp.onnx").exists():
        pytest.skip("rembg's u2netp is not there")
    real = pytest.importorskip("rembg", reason="the real rembg is not installed beside")
    if real.new_session.__module__.startswith("peel"):
        pytest.skip("the rembg that is installed is peel's")
    patch = pytest.MonkeyPatch()
    patch.setenv("U2NET_HOME", str(cache))
    yield real, real.new_session("u2netp"), new_session("u2netp", precision="fp32", providers=["CPUExecutionProvider"])
    patch.undo()


@pytest.fixture(scope="module")
def photo(data):
    found = sorted((data / "data/photos").glob("*.jpg"))
    if not found:
        pytest.skip("no photographs")
    return Image.open(found[0]).convert("RGB").resize((240, 160))


def of_kind(photo, kind):
    if kind == "array":
        return np.asarray(photo)
    if kind == "grey array":
        return np.asarray(photo.convert("L"))
    if kind == "bytes":
        return png(photo)
    made = photo.convert(kind)
    if kind == "RGBA":
        made.putalpha(200)
    return made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_like_rembg(both, photo, kind, case):
    if not case.keys().isdisjoint(("alpha_matting", "decontaminate")) and not os.environ.get("PEEL_TEST_ALL"):
        pytest.skip("what rembg computes by pymatting takes minutes: PEEL_TEST_ALL=1")
    real, theirs, mine = both
    outcomes = []
    for module, session in ((real, theirs), (ours, mine)):
        try:
            made = module.remove(of_kind(photo, kind), session=session, **case)
            pixels = np.asarray(Image.open(io.BytesIO(made)) if isinstance(made, bytes) else made).astype(int)
            outcomes.append((type(made), getattr(made, "mode", None), pixels))
        except (ValueError, AssertionError) as error:
            outcomes.append((type(error), None, None))
    (their_type, their_mode, their_pixels), (own_type, own_mode, own_pixels) = outcomes
    if their_type is AssertionError:
        return  # rembg breaks on LA with alpha matting; here it gives a picture
    assert (own_type, own_mode) == (their_type, their_mode)
    if their_pixels is None:
        return
    assert own_pixels.shape == their_pixels.shape
    difference = np.abs(own_pixels - their_pixels)
    if not (case.get("alpha_matting") or case.get("decontaminate")):
        assert difference.max() <= 2
        return
    if "bgcolor" in case:
        assert difference.mean() < 1
        return
    # Alpha is the same. Colours of opaque pixels stay the picture's own here, and what is transparent is black; rembg
    # estimates those too.
    assert difference[..., 3].max() <= 2
    soft = (their_pixels[..., 3] > 25) & (their_pixels[..., 3] < 230)
    assert not soft.any() or difference[soft][:, :3].mean() < 6


def test_the_shim_is_imported_as_rembg(model, square, tmp_path):
    shim = Path(__file__).resolve().parents[1] / "shim"
    ask = (
        "import sys, rembg; from rembg import remove, new_session; from rembg.bg import remove as again;"
        "from rembg.session_factory import new_session; from rembg.sessions import sessions_class;"
        "from rembg.sessions.base import BaseSession; import peel.rembg.bg; assert again is remove is peel.rembg.bg.remove"
    )
    environment = {**os.environ, "PYTHONPATH": f"{shim}{os.pathsep}{os.environ['PYTHONPATH']}"}
    # Without what is installed for this Python, where the real one may be.
    told = subprocess.run([sys.executable, "-S", "-c", ask], env=environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    beside = tmp_path / "rembg-2.0.86.dist-info"
    beside.mkdir()
    (beside / "METADATA").write_text("Metadata-Version: 2.1\nName: rembg\nVersion: 2.0.86\n")
    environment["PYTHONPATH"] += f"{os.pathsep}{tmp_path}"
    told = subprocess.run([sys.executable, "-S", "-c", ask], env=environment, capture_output=True, text=True)
    assert told.returncode == 1 and "ImportError: peel-rembg and rembg are both installed" in told.stderr
