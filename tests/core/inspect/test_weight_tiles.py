"""Weights as tiles: kernels, what a first layer looks at, and in colours where it can be."""

import numpy as np

from core.inspect.weights.weight_tiles import weight_tiles
from core.nn import GRU, Conv2d, Embedding, Linear, Module, Sequential
from core.nn.arena import Arena

RNG = np.random.default_rng(0)


def arena(*modules: Module) -> Arena:
    return Arena.adopt(Sequential(*modules))


def test_a_first_convolution_of_three_channels_is_coloured_and_no_later_one() -> None:
    made = arena(Conv2d(3, 5, 4, rng=RNG), Conv2d(5, 3, 2, rng=RNG), Conv2d(3, 2, 2, rng=RNG))
    first, second, third = weight_tiles(made.layout, (3, 32, 32))
    assert (first.coloured, second.coloured, third.coloured) == (True, False, False)
    views = made.layout.views(made.theta)
    assert first.units(made.theta, made.layout).shape == (5, 3, 4, 4)
    np.testing.assert_array_equal(first.units(made.theta, made.layout), views["0.weight"])
    assert first.pictures(made.theta, made.layout).shape == (15, 4, 4) and first.columns == 3
    assert third.units(made.theta, made.layout).shape == (2, 3, 2, 2)


def test_a_first_matrix_is_pictures_of_the_samples_shape() -> None:
    made = arena(Linear(48, 6, rng=RNG), Linear(6, 9, rng=RNG))
    coloured, matrix = weight_tiles(made.layout, (3, 4, 4))
    assert coloured.coloured and coloured.units(made.theta, made.layout).shape == (6, 3, 4, 4)
    assert (matrix.one, matrix.units(made.theta, made.layout).shape) == ("matrix", (9, 6))
    (wide, _) = weight_tiles(made.layout, (6, 8))
    assert wide.units(made.theta, made.layout).shape == (6, 6, 8) and "6×8" in wide.title


def test_a_table_and_an_embedding_are_no_pictures_however_many_numbers_they_have() -> None:
    table = arena(Linear(9, 2, rng=RNG)).layout
    assert [one.one for one in weight_tiles(table, (9,))] == ["matrix"]
    assert [one.one for one in weight_tiles(table)] == ["neuron"], "nothing is known of samples"
    text = arena(Embedding(7, 16, rng=RNG), GRU(16, 4, rng=RNG)).layout
    assert {one.one for one in weight_tiles(text)} == {"matrix"}
