"""Logistic regression with an L2 penalty on standardised numbers, and its way into a plain weight vector."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit


class Scale:
    """Brings every number to mean 0 and spread 1."""

    def __init__(self, features):
        self.mean = features.mean(axis=0, dtype=np.float64)
        spread = features.std(axis=0, dtype=np.float64)
        # A number that never changes tells nothing: it stays 0 instead of becoming noise.
        self.factor = np.where(spread > 1e-6, 1.0 / np.maximum(spread, 1e-6), 0.0)

    def apply(self, features):
        """Standardised features, float32."""
        return ((features - self.mean.astype(np.float32)) * self.factor.astype(np.float32)).astype(np.float32)

    def fold(self, weight, bias):
        """(weight, bias) for raw features that give what the given ones give for standardised features."""
        raw = weight * self.factor
        return raw, bias - float(raw @ self.mean)

    def unfold(self, weight, bias):
        """The reverse of `fold`."""
        spread = np.divide(1.0, self.factor, out=np.zeros_like(self.factor), where=self.factor > 0)
        return weight * spread, bias + float(weight @ self.mean)


def fit(x, y, sample_weight, penalty, start=None):
    """(weight, bias) that minimise the weighted mean of the log loss plus penalty/2 * |weight|^2.

    `x` float32 (rows, numbers), standardised; `y` 0 or 1. The problem is strictly convex and is solved until the
    gradient vanishes, so the answer does not depend on the start or on the number of threads, to rounding.
    """
    share = (sample_weight / sample_weight.sum()).astype(np.float64)
    sign = np.where(y > 0, 1.0, -1.0)

    def loss(parameters):
        weight, bias = parameters[:-1], parameters[-1]
        margin = sign * (x @ weight.astype(np.float32) + bias)
        pull = -share * sign * expit(-margin)
        value = float(share @ np.logaddexp(0.0, -margin)) + 0.5 * penalty * float(weight @ weight)
        gradient = (pull.astype(np.float32) @ x).astype(np.float64) + penalty * weight
        return value, np.append(gradient, pull.sum())

    start = np.zeros(x.shape[1] + 1) if start is None else start
    options = {"maxiter": 600, "gtol": 5e-7, "ftol": 0.0, "maxcor": 20}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return found[:-1], float(found[-1])


def balanced(y, groups):
    """Weights that give both classes the same sum, and each group in a class a share that grows with the root of its
    size, so that no set outweighs the others."""
    weight = np.zeros(len(y))
    for label in (0, 1):
        chosen = y == label
        names, counts = np.unique(groups[chosen], return_counts=True)
        size = dict(zip(names, counts))
        weight[chosen] = [1.0 / np.sqrt(size[group]) for group in groups[chosen]]
        weight[chosen] /= weight[chosen].sum()
    return weight
