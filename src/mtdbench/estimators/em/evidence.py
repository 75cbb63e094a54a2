"""How much more likely the patches are with copies of some object than with noise alone.

The alternative is a mixture over all objects, densities and levels of noise, by priors that do not
depend on the data; noise alone is as likely as its level and sigma can make it. Whatever these are,
the ratio of the two has a mean of at most 1 over patches of noise alone (it is an *e-value*), so it
exceeds 1/alpha in at most a share alpha of such measurements, of any size, however the object was
found. A maximum of the likelihood has no such bound: the density of no object at all is not
identified, and with n coefficients noise is always fitted a little better than by nothing.

Source: Vovk, Wang, *E-values: calibration, combination and applications*, Ann. Statist. 49 (2021);
Grunwald, de Heide, Koolen, *Safe testing*, J. R. Stat. Soc. B 86 (2024); a bound of the mixture by
an approximate posterior: Hinton, van Camp, *Keeping the neural networks simple by minimizing the
description length of the weights*, COLT 1993.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, gammaln, logit, xlogy

from mtdbench.estimators.em.operator import EMOperator, Parameters
from mtdbench.likelihood.noise_alone import noise_alone

SCALES = np.exp2(np.arange(-500, 500))  # of the prior variance of a coefficient, equally likely
LOG_SIGMAS = 690.0  # width of the prior of log sigma, uniform: what float64 can hold
NORMAL_ENTROPY = float(np.log(2 * np.pi * np.e) / 2)
TUNING_ROUNDS = 3
DRAWN_PAIRS = 4  # of parameters, the two of a pair on either side of the estimate


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """The mixture over x, rho and sigma, and an approximate posterior of it about an estimate.

    Attributes
    ----------
    operator : EMOperator
        With the patches that are tested.
    estimate : Parameters
    grids : int
        Shifted grids of patches: the likelihood is the geometric mean of those of each.
    samples : float
        N, of all patches on all grids.
    """

    operator: EMOperator
    estimate: Parameters
    grids: int
    samples: float

    @property
    def sigma_spread(self) -> float:
        """Standard deviation of log sigma in the approximate posterior, 1/sqrt(2 N)."""
        return float(np.sqrt(self.grids / (2 * self.samples)))

    @property
    def density_spread(self) -> float:
        """Standard deviation of logit gamma in the approximate posterior, where patches may be
        crowded: 1/sqrt(P gamma (1 - gamma)) with P patches on a grid.
        """
        patches = sum(len(source.patches) for _, source in self.operator.sources) / self.grids
        return float(1 / np.sqrt(patches * np.prod(self._shares)))

    @property
    def _shares(self) -> np.ndarray:
        """u of the estimate's prior."""
        return self.operator.family.shares(self.estimate.prior)

    def loglik(self, x: np.ndarray, sigma: float, aside: float = 0.0) -> float:
        """A lower bound of log int p(patches | x, rho, sigma) pi(rho) d rho.

        rho is linear in shares u of sum one, which are uniform on their simplex under pi. With the
        posterior weights W_v of the overlaps at the estimate's u, C_j = u_j sum_v W_v
        (d rho_v / d u_j) / rho_v copies of each share, P in all, and the multivariate beta
        function B,

            log p(patches | x, u, sigma) - sum_j C_j log u_j + log B(1 + C) - log B(1).

        Where patches may be crowded rho is not linear in u = (gamma, 1 - gamma): it is the
        log-likelihood at a gamma that is `aside` spreads from the estimate's.
        """
        family, prior = self.operator.family, self.estimate.prior
        if family.crowded:
            gamma = expit(logit(self._shares[0]) + aside * self.density_spread)
            prior = family.rho(np.array([gamma, 1 - gamma]))
        statistics = self.operator.expectation(Parameters(x, prior, sigma))
        loglik = sum(s.loglik for _, s in statistics) / self.grids
        if family.crowded:
            return float(loglik)
        w = np.sum([s.overlaps for _, s in statistics], axis=0)
        u = self._shares
        slopes = np.array([family.rho(row) for row in np.eye(len(u))])
        seen = prior > 0
        counts = u * (slopes[:, seen] @ (w[seen] / prior[seen])) / self.grids
        inside = loglik - np.sum(xlogy(counts, u))
        return float(inside + _log_beta(1 + counts) - _log_beta(np.ones(len(u))))

    def paired(self, direction: np.ndarray, step: float) -> float:
        """The mean of `loglik` on both sides of the estimate: x +- s z, and log sigma, if that is
        not known, and logit gamma, where patches may be crowded, off by their spreads times the
        last entries of the direction (z, ., .), (n + 2,).
        """
        p, around, (off, aside) = self.estimate, [], direction[-2:]
        for sign in (1, -1):
            factor = np.exp(sign * self.sigma_spread * off)
            sigma = p.sigma * factor if self.operator.learn_sigma else p.sigma
            around.append(self.loglik(p.x + sign * step * direction[:-2], sigma, sign * aside))
        return float(np.mean(around))

    def tuned(self, direction: np.ndarray, rounds: int = TUNING_ROUNDS) -> tuple[float, float]:
        """s, the standard deviation of a coefficient in the approximate posterior, and `paired`
        with it.

        By 1/s^2 = kappa + 1/(s^2 + ||x||^2/n), where a step s lowers `loglik` by n kappa s^2 / 2.
        Where the bound of one that was tried is better by a nat it is that: beyond its peak a
        likelihood hardly falls any more, and s grows.
        """
        x, top = self.estimate.x, self.loglik(self.estimate.x, self.estimate.sigma)
        energy = float(np.mean(x**2))
        square, tried = energy / 100, []
        for _ in range(rounds + 1):
            step = float(np.sqrt(square))
            value = self.paired(direction, step)
            tried.append((value - self.cost(step), step, value))
            kappa = 2 * max(top - value, 0.0) / (len(x) * square)
            square = 1 / (kappa + 1 / (square + energy))
        (best, *_), (last, *_) = max(tried), tried[-1]
        _, step, value = max(tried) if best > last + 1 else tried[-1]
        return step, value

    def cost(self, step: float) -> float:
        """The Kullback-Leibler divergence of the approximate posterior of x, sigma and gamma from
        their priors: x ~ N(0, tau^2 I), with tau^2 the best of `SCALES`, log sigma uniform, and
        gamma uniform, whose logit has the density gamma (1 - gamma).
        """
        n, square = len(self.estimate.x), step**2 + np.mean(self.estimate.x**2)
        of_scales = n / 2 * (square / SCALES - 1 + np.log(SCALES / step**2))
        total = float(of_scales.min() + np.log(len(SCALES)))
        if self.operator.learn_sigma:
            total += float(np.log(LOG_SIGMAS / self.sigma_spread)) - NORMAL_ENTROPY
        if self.operator.family.crowded:
            odds = np.prod(self._shares)
            mean = np.log(odds) - odds * self.density_spread**2  # of the density, to second order
            total -= float(np.log(self.density_spread) + mean) + NORMAL_ENTROPY
        return total


def evidence_of_object(
    operator: EMOperator,
    estimate: Parameters,
    grids: int,
    rng: np.random.Generator,
    pairs: int = DRAWN_PAIRS,
) -> float:
    """A lower bound of the logarithm of the ratio, in nats, less two standard errors of the mean
    over the draws by which it is computed.

    By Jensen's inequality log int p(patches | theta) pi(theta) d theta is at least

        E_q log p(patches | theta) - KL(q || pi),

    for any q, here a normal distribution about the estimate: s^2 I for x, 1/(2 N) for log sigma.

    Parameters
    ----------
    operator : EMOperator
        With the patches, which are independent on each grid, and the poses.
    estimate : Parameters
        In the operator's space.
    grids : int
    rng : numpy.random.Generator
        Draws from q.
    pairs : int
        How many.
    """
    noise = noise_alone((source for _, source in operator.sources), operator.ranks)
    if not estimate.x.any():
        return -np.inf
    about = replace(estimate, prior=_inside(operator, estimate.prior))
    mixture = Alternative(operator, about, grids, noise.samples)
    directions = rng.standard_normal((pairs, len(estimate.x) + 2))
    step, first = mixture.tuned(directions[0])
    values = np.array([first, *(mixture.paired(each, step) for each in directions[1:])])
    error = float(np.std(values, ddof=1) / np.sqrt(pairs))
    return float(values.mean() - 2 * error - mixture.cost(step) - noise.loglik / grids)


def _inside(operator: EMOperator, prior: np.ndarray) -> np.ndarray:
    """The prior with no share exactly 0 or 1, where its slopes are not finite."""
    u = np.maximum(operator.family.shares(prior), 1e-12)
    return operator.family.rho(u / u.sum())


def _log_beta(parameters: np.ndarray) -> float:
    """log B, the multivariate beta function."""
    return float(np.sum(gammaln(parameters)) - gammaln(np.sum(parameters)))
