"""The readable engine: plain numpy, one function a kernel. `core.kernels.numba` compiles them.

Pictures are NCHW. Convolution is cross-correlation, as everywhere in deep learning.
"""

from core.kernels.engine import kernels_of

__getattr__ = kernels_of(__name__)
