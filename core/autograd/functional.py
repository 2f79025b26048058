"""Every op by name, like torch.nn.functional: what `@op` enters in the `__all__` of its module."""

from core.autograd.ops.attention import *
from core.autograd.ops.class_losses import *
from core.autograd.ops.convolution import *
from core.autograd.ops.elementwise import *
from core.autograd.ops.extremes import *
from core.autograd.ops.indexing import *
from core.autograd.ops.linear import *
from core.autograd.ops.losses import *
from core.autograd.ops.mlp import *
from core.autograd.ops.normalization import *
from core.autograd.ops.pooling import *
from core.autograd.ops.recurrent import *
from core.autograd.ops.reductions import *
from core.autograd.ops.sequence_windows import *
from core.autograd.ops.shape import *
