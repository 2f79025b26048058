"""Feature: all samples of one class."""

from hellodl_gui.features.class_gallery.panel import ClassGalleryPanel as ClassGalleryPanel
