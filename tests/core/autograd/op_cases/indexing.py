import numpy as np

from core.autograd import Tensor
from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case

_TWICE = np.array([0, 2, 0, 0])
_GATHERED = np.array([[1, 1, 0], [2, 0, 0]])
_TOKENS = np.array([[3, 0, 3], [1, 3, 0]])

CASES = [
    Case("getitem", lambda a: a[1:, ::-2], ((3, 5),)),
    Case("getitem", lambda a: a[_TWICE], ((3, 5),)),
    Case("getitem", lambda a: a[np.arange(3), np.array([4, 0, 4])], ((3, 5),)),
    Case("getitem", lambda a: a[..., None, 0], ((3, 5),)),
    Case("getitem", lambda a: a[_GATHERED > 0], ((2, 3),)),
    Case("index_add", lambda a: F.index_add(a, _TWICE, (3, 2)), ((4, 2),)),
    Case("index_add", lambda a: F.index_add(a, (slice(1, 3), 0), (3, 2)), ((2,),)),
    Case("gather", lambda a: F.gather(a, 0, _GATHERED), ((3, 3),)),
    Case("gather", lambda a: F.topk(a, 2).values, ((3, 5),)),
    Case("gather", lambda a: F.topk(a, 3, 0, largest=False).values, ((3, 5),)),
    Case("gather", lambda a: F.gather(a, -1, _GATHERED), ((4, 3),)),
    Case("gather", lambda a: F.gather(a, 1, np.array([0, 0])[None, :, None]), ((1, 1, 1),)),
    Case("embedding", lambda w: F.embedding(_TOKENS, w), ((4, 3),)),
    Case("embedding", lambda w: F.embedding(np.array(1), w), ((2, 1),)),
    Case("embedding", lambda w: F.embedding(np.zeros((2, 0), int), w), ((4, 3),)),
    Case("embedding", lambda w: F.embedding(Tensor(_TOKENS), w), ((4, 3),)),
]
