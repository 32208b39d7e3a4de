"""Micrographs: the scale is the microscope's or nobody's."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from honeycell.quantities.errors import ReadError, SchemaError
from honeycell.quantities.record import make_record
from honeycell.readers import read_source
from honeycell.readers.source import Source
from honeycell.writers.tiff import tiff_bytes

GREY = np.random.default_rng(0).integers(0, 255, (40, 60), dtype=np.uint8)


def forged(image: np.ndarray = GREY, **options) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, image, **({"metadata": None} | options))
    return file.getvalue()


def fei(text: str, image: np.ndarray = GREY) -> bytes:
    return forged(image, extratags=[(34682, "s", 0, text, True)])


def read(content: bytes):
    return read_source(Source("film.tif", content))


def flags(record) -> list[str]:
    return [flag.partition(":")[0] for flag in json.loads(record.attrs["flags"])]


def micrograph(image: np.ndarray, origin: str = "simulated"):
    return make_record(
        "micrograph/1",
        sample="HJ front",
        instrument="virtual SEM",
        origin=origin,
        variables={"intensity": (("y", "x"), image, "1"), "pixel_size": ((), 12.5e-9, "m")},
    )


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("origin", ["simulated", "measured"])
def test_what_is_written_is_read(kind: type, origin: str) -> None:
    record = micrograph((GREY * 1.0).astype(kind), origin)
    found = read(tiff_bytes(record))
    assert (found["intensity"].values == record["intensity"].values).all()
    assert found["intensity"].dtype == kind
    assert float(found["pixel_size"]) == 12.5e-9
    assert found.attrs["origin"] == origin
    assert found.attrs["instrument"] == "virtual SEM"
    assert tiff_bytes(record) == tiff_bytes(record)


def test_fei_scale_and_data_bar() -> None:
    record = read(
        fei("[Scan]\r\nPixelWidth=2.5e-009\r\nPixelHeight=2.5e-009\r\n[Image]\r\nResolutionX=60\r\nResolutionY=35\r\n")
    )
    assert float(record["pixel_size"]) == 2.5e-9
    assert record["intensity"].shape == (35, 60)
    assert flags(record) == ["data_bar"]


def test_pixels_that_are_not_square_have_no_size() -> None:
    record = read(fei("[Scan]\nPixelWidth=2e-9\nPixelHeight=3e-9\n"))
    assert "pixel_size" not in record
    assert flags(record) == ["pixels"]


def test_the_zeiss_image_scale_is_not_that_of_the_screen() -> None:
    both = "AP_PIXEL_SIZE\r\nPixel Size = 9.9 nm\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 5.582 nm\r\n"
    record = read(forged(extratags=[(34118, "s", 0, both, True)]))
    assert float(record["pixel_size"]) == pytest.approx(5.582e-9)
    screen = read(forged(extratags=[(34118, "s", 0, both[:38], True)]))
    assert "pixel_size" not in screen
    assert flags(screen) == ["pixel_size"]


def test_ome_and_imagej_scales() -> None:
    ome = forged(description='<OME><Image><Pixels PhysicalSizeX="0.25" PhysicalSizeXUnit="nm"/></Image></OME>')
    assert float(read(ome)["pixel_size"]) == pytest.approx(0.25e-9)
    file = io.BytesIO()
    tifffile.imwrite(file, GREY, imagej=True, resolution=(50.0, 50.0), metadata={"unit": "um"})
    assert float(read(file.getvalue())["pixel_size"]) == pytest.approx(20e-9)


def test_dots_per_inch_are_no_scale() -> None:
    assert "pixel_size" not in read(forged(resolution=(300, 300), resolutionunit="INCH"))
    assert "pixel_size" not in read(forged())


def test_a_data_bar_without_tags_is_seen_and_a_plain_image_keeps_its_rows() -> None:
    noisy = np.random.default_rng(1).integers(40, 220, (200, 150), dtype=np.uint8)
    barred = noisy.copy()
    barred[180:] = 0
    barred[188:192, 10:40] = 255
    assert read(forged(barred))["intensity"].shape == (180, 150)
    assert read(forged(noisy))["intensity"].shape == (200, 150)
    assert read(forged(np.where(noisy > 100, 255, 0).astype(np.uint8)))["intensity"].shape == (200, 150)


def test_colour_and_pages_are_flagged() -> None:
    grey = read(forged(np.repeat(GREY[..., None], 3, axis=-1), photometric="rgb"))
    assert flags(grey) == []
    assert grey["intensity"].values == pytest.approx(GREY, abs=0.01)
    colour = np.stack([GREY, GREY // 2, GREY // 3], axis=-1)
    assert flags(read(forged(colour, photometric="rgb"))) == ["colour"]
    assert flags(read(forged(np.stack([GREY, GREY]), photometric="minisblack"))) == ["pages"]


def huge(width: int, height: int, compression: int = 1) -> bytes:
    """A TIFF of a few bytes that declares an image of any size."""
    data = zlib.compress(b"\0" * 1000)
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, compression),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
    ]
    tags += [(278, 4, height), (279, 4, len(data))]
    directory = b"".join(struct.pack("<HHII", code, kind, 1, value) for code, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)) + directory + b"\0\0\0\0"


@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize("size", [(100_000, 100_000), (2**31, 2**31), (9_000, 9_000), (1, 1), (0, 5)])
def test_declared_sizes_are_not_believed(size: tuple[int, int], compression: int) -> None:
    with pytest.raises(ReadError) as caught:
        read(huge(*size, compression))
    assert caught.value.cure
    assert "film.tif" in caught.value.where


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 0.99])
def test_a_file_cut_off_is_refused(share: float) -> None:
    content = forged(np.tile(GREY, (5, 5)))
    with pytest.raises(ReadError):
        read(content[: int(share * len(content))])


def mutate_and_read(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = forged(compression="zlib" if seed % 2 else None) if seed % 3 else fei("[Scan]\nPixelWidth=2e-9\n")
    content = bytearray(whole)
    for _ in range(int(rng.integers(1, 6))):
        content[int(rng.integers(0, len(content)))] = int(rng.integers(0, 256))
    try:
        record = read(bytes(content))
    except ReadError:
        return
    assert record["intensity"].ndim == 2
    assert np.isfinite(record["intensity"].values).all()


@given(st.integers(0, 10**9))
def test_damaged_bytes_give_an_image_or_an_error(seed: int) -> None:
    mutate_and_read(seed)


@pytest.mark.slow
def test_two_thousand_damaged_files() -> None:
    for seed in range(2000):
        mutate_and_read(seed)


def test_only_micrographs_with_a_scale_are_written() -> None:
    record = micrograph(GREY)
    with pytest.raises(SchemaError, match="pixel_size"):
        tiff_bytes(record.drop_vars("pixel_size"))
    with pytest.raises(SchemaError, match="not a micrograph"):
        tiff_bytes(record.assign_attrs(schema="impedance/1"))
