"""The folded convolution does what convolution and BatchNorm did, and padding follows the rule."""

import unittest

from . import HAVE_LIBRARIES, needs_libraries

if HAVE_LIBRARIES:
    import numpy as np

    from setup.efficientnet import EPSILON, fold_batch_norm, same_padding


@needs_libraries
class EfficientNet(unittest.TestCase):
    def test_folding_keeps_the_result(self):
        random = np.random.default_rng(1)
        weight, x = random.normal(size=(4, 3, 1, 1)), random.normal(size=3)
        gamma, beta, mean = random.normal(size=(3, 4))
        variance = random.uniform(0.1, 2, 4)
        plain = weight[:, :, 0, 0] @ x
        expected = (plain - mean) / np.sqrt(variance + EPSILON) * gamma + beta
        folded, bias = fold_batch_norm(weight, gamma, beta, mean, variance)
        np.testing.assert_allclose(folded[:, :, 0, 0] @ x + bias, expected, rtol=1e-5, atol=1e-6)

    def test_same_padding(self):
        # (size, kernel, stride) → (size after, before, after)
        for case, expected in {
            (128, 3, 1): (128, 1, 1),
            (128, 3, 2): (64, 0, 1),
            (32, 5, 2): (16, 1, 2),
            (7, 3, 2): (4, 1, 1),
            (8, 1, 1): (8, 0, 0),
        }.items():
            with self.subTest(case=case):
                self.assertEqual(same_padding(*case), expected)
