"""Feature: pictures and films of a view."""

from hellodl_gui.features.export.film_dialog import FilmDialog as FilmDialog
from hellodl_gui.features.export.film_dialog import FilmRequest as FilmRequest
from hellodl_gui.features.export.film_settings import ENDINGS as ENDINGS
from hellodl_gui.features.export.film_settings import FilmSettings as FilmSettings
from hellodl_gui.features.export.movie import Frame as Frame
from hellodl_gui.features.export.movie import MovieWriter as MovieWriter
from hellodl_gui.features.export.screen_recorder import ANSWER_WITHIN as ANSWER_WITHIN
from hellodl_gui.features.export.screen_recorder import CAPTION as CAPTION
from hellodl_gui.features.export.screen_recorder import RunFilmRecorder as RunFilmRecorder
from hellodl_gui.features.export.screen_recorder import ScreenRecorder as ScreenRecorder
from hellodl_gui.features.export.screen_recorder import caption_of as caption_of
from hellodl_gui.features.export.screen_recorder import grab_frame as grab_frame
from hellodl_gui.features.export.snapshot import SharedView as SharedView
from hellodl_gui.features.export.snapshot import render_image as render_image
from hellodl_gui.features.export.snapshot import render_svg as render_svg
from hellodl_gui.features.export.snapshot_dialog import SnapshotDialog as SnapshotDialog
from hellodl_gui.features.export.snapshot_dialog import SnapshotSettings as SnapshotSettings
