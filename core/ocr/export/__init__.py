"""A read page in the forms that other programs read; `FORMATS` lists them all."""

from core.ocr.export.plain import as_dict as as_dict
from core.ocr.export.plain import as_lines as as_lines
from core.ocr.export.plain import as_text as as_text
from core.ocr.export.registry import FORMATS as FORMATS
from core.ocr.export.registry import ExportFormat as ExportFormat
