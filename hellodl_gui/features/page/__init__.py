"""The page: a photo, boxes to drag, and what they say."""
