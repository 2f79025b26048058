"""A read page in the forms that other programs read; `FORMATS` lists them all."""

from core.ocr.export.picture import annotated_png
from core.ocr.export.plain import as_dict
from core.ocr.export.registry import FORMATS, ExportFormat, format_of
from core.ocr.export.text import as_lines, as_text

__all__ = [
    "FORMATS",
    "ExportFormat",
    "annotated_png",
    "as_dict",
    "as_lines",
    "as_text",
    "format_of",
]
