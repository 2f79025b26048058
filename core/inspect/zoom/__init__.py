"""Zoom from the network down to one product, with the lines of source that compute it."""
