"""The compiled engine: the loops of `reference` in numba, without temporaries.

Every kernel releases the GIL. A file is loaded, and at first compiled, when one of its kernels is
asked for: nobody waits for an LSTM who trains a perceptron.
"""

from core.kernels.engine import kernels_of
from core.kernels.threads import apply_threads, prepare_threads

prepare_threads()  # before numba is imported, which the next line does
from core.kernels.compile_cache import keep_kernels  # noqa: E402

keep_kernels()
apply_threads()
__getattr__ = kernels_of(__name__)
