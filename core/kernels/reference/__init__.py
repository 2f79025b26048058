"""The readable engine: plain numpy, one function a kernel. `core.kernels.numba` compiles them.

Pictures are NCHW. Convolution is cross-correlation, as everywhere in deep learning.
"""

from core.kernels.reference.activations import gelu as gelu
from core.kernels.reference.activations import scaled as scaled
from core.kernels.reference.attention import attention_forward as attention_forward
from core.kernels.reference.attention import self_attention_forward as self_attention_forward
from core.kernels.reference.batch_norm import batch_moments as batch_moments
from core.kernels.reference.batch_norm import batch_norm_backward as batch_norm_backward
from core.kernels.reference.batch_norm import batch_norm_forward as batch_norm_forward
from core.kernels.reference.conv_pool import ConvPool as ConvPool
from core.kernels.reference.layer_norm import layer_norm_backward as layer_norm_backward
from core.kernels.reference.layer_norm import layer_norm_forward as layer_norm_forward
from core.kernels.reference.linear import linear_backward as linear_backward
from core.kernels.reference.linear import linear_forward as linear_forward
from core.kernels.reference.losses import softmax_cross_entropy as softmax_cross_entropy
from core.kernels.reference.mlp import FusedMLP as FusedMLP
from core.kernels.reference.online import online_descent as online_descent
from core.kernels.reference.optim import adagrad as adagrad
from core.kernels.reference.optim import adam as adam
from core.kernels.reference.optim import ema_update as ema_update
from core.kernels.reference.optim import momentum as momentum
from core.kernels.reference.optim import rmsprop as rmsprop
from core.kernels.reference.optim import rmsprop_momentum as rmsprop_momentum
from core.kernels.reference.optim import sgd as sgd
from core.kernels.reference.pooling import max_pool as max_pool
from core.kernels.reference.pooling import max_unpool as max_unpool
from core.kernels.reference.recurrent import gru as gru
from core.kernels.reference.recurrent import lstm as lstm
from core.kernels.reference.recurrent import rnn as rnn
from core.kernels.reference.unfold import col2im as col2im
from core.kernels.reference.unfold import im2col as im2col
