"""Opening a photo that may be anything: by content, bounded, turned upright."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import PageError

MEGAPIXELS = 40
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")


@dataclass(frozen=True)
class Photo:
    """An upright picture (H, W, 3) of RGB bytes and where it came from."""

    pixels: NDArray[np.uint8]
    path: Path


def load_photo(path: Path) -> Photo:
    """Open a JPEG, PNG, WebP, BMP or TIFF; EXIF rotation applied, transparency on white.

    Raises PageError with a sentence for whatever is not such a picture of at most 40 megapixels.
    """
    try:
        if path.stat().st_size == 0:
            raise PageError(f"{path.name} is empty (0 bytes). Copy the photo again.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as image:
                width, height = image.size
                if width * height > MEGAPIXELS * 1e6:
                    raise PageError(
                        f"{path.name} has {width * height / 1e6:.0f} megapixels ({width}×{height}); up "
                        f"to {MEGAPIXELS} are read. Save it smaller and open it again."
                    )
                upright = ImageOps.exif_transpose(image)
                return Photo(_rgb(upright), path)
    except FileNotFoundError:
        raise PageError(f"There is no file {path}. Was it moved?") from None
    except IsADirectoryError:
        raise PageError(f"{path} is a folder. Choose a photo inside it.") from None
    except PermissionError:
        raise PageError(f"{path} may not be read by you. Change its permissions or copy it.") from None
    except UnidentifiedImageError:
        raise PageError(
            f"{path.name} is not a picture that can be read, whatever its name says. Choose a JPEG "
            "or PNG."
        ) from None
    except Image.DecompressionBombError:
        raise PageError(
            f"{path.name} claims to be far larger than {MEGAPIXELS} megapixels and was not opened."
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise PageError(f"{path.name} is damaged or cut short ({error}). Copy it again.") from error


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        image = Image.fromarray((np.clip(values / top, 0, 1) * 255).astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        colour = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", colour.size, "white"), colour)
    return np.array(image.convert("RGB"))
