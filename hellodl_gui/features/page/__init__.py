"""The page: a photo, boxes to drag, and what they say."""

from hellodl_gui.features.page.drop_data import DropData as DropData
from hellodl_gui.features.page.drop_data import read_drop as read_drop
from hellodl_gui.features.page.files import PageFiles as PageFiles
from hellodl_gui.features.page.page_loader import PageLoader as PageLoader
from hellodl_gui.features.page.panel import PagePanel as PagePanel
