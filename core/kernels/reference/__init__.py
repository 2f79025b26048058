"""The readable engine: plain numpy, one function a kernel. The package `fast` has compiled twins.

Pictures are NCHW. Convolution is cross-correlation, as everywhere in deep learning.
"""

from core.kernels.reference.activations import gelu as gelu
from core.kernels.reference.activations import scaled as scaled
from core.kernels.reference.batch_statistics import batch_moments as batch_moments
from core.kernels.reference.batch_statistics import batch_norm as batch_norm
from core.kernels.reference.batch_statistics import batch_norm_gradients as batch_norm_gradients
from core.kernels.reference.chain import LinearChain as LinearChain
from core.kernels.reference.columns import col2im as col2im
from core.kernels.reference.columns import im2col as im2col
from core.kernels.reference.conv_pool import ConvPool as ConvPool
from core.kernels.reference.dense import linear as linear
from core.kernels.reference.dense import linear_gradients as linear_gradients
from core.kernels.reference.losses import nll_of_softmax as nll_of_softmax
from core.kernels.reference.normalization import layer_norm as layer_norm
from core.kernels.reference.normalization import layer_norm_gradients as layer_norm_gradients
from core.kernels.reference.online import online_descent as online_descent
from core.kernels.reference.optim import adagrad as adagrad
from core.kernels.reference.optim import adam as adam
from core.kernels.reference.optim import momentum as momentum
from core.kernels.reference.optim import nesterov as nesterov
from core.kernels.reference.optim import rmsprop as rmsprop
from core.kernels.reference.optim import rmsprop_momentum as rmsprop_momentum
from core.kernels.reference.optim import running_mean as running_mean
from core.kernels.reference.optim import sgd as sgd
from core.kernels.reference.pooling import max_pool as max_pool
from core.kernels.reference.pooling import max_unpool as max_unpool
from core.kernels.reference.recurrent import gru as gru
from core.kernels.reference.recurrent import lstm as lstm
from core.kernels.reference.recurrent import rnn as rnn
from core.kernels.reference.sdpa import attention as attention
from core.kernels.reference.sdpa import self_attention as self_attention
