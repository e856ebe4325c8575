"""Python's programs on the files that `crates/verdict/examples/speed` writes: `verdict_peers.py WORK FILE [NUMBER]`.

WORK is `arena` (counts, fit and sandwich intervals of arena-rank), `arena-bootstrap` (the same with so many
bootstraps), `alpha` (krippendorff), `rasch-statsmodels`, `rasch-scipy` or `rasch-girth`. The last line is one JSON
object: CPU seconds (of workers too) and seconds on the clock of the work alone, without imports and reading, the peak
memory of this process, and what was found.
"""

import json
import multiprocessing
import os
import resource
import sys
import time


def cpu_s():
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


class Cost:
    def __init__(self):
        self.cpu, self.wall = cpu_s(), time.perf_counter()

    def end(self, found, times=1):
        # A worker's time is seen once it was waited for; pools end theirs without waiting.
        for child in multiprocessing.active_children():
            child.join()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        cost = {"cpu_s": (cpu_s() - self.cpu) / times, "wall_s": (time.perf_counter() - self.wall) / times, "peak_bytes": peak}
        return cost | {"found": found}


def battles(file):
    """The votes as arena-rank's documentation has them: a table of names and a winner."""
    import numpy as np
    import pandas as pd

    record = np.dtype([("voter", "<u4"), ("left", "<u2"), ("right", "<u2"), ("choice", "u1"), ("pad", "V3")])
    votes = np.fromfile(file, dtype=record)
    names = np.array([f"model-{number:03}" for number in range(int(max(votes["left"].max(), votes["right"].max())) + 1)], dtype=object)
    winners = np.array(["model_a", "model_b", "tie"], dtype=object)
    columns = {"model_a": names[votes["left"]], "model_b": names[votes["right"]], "winner": winners[votes["choice"]]}
    return pd.DataFrame(columns)


def arena(file, draws):
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    table = battles(file)
    cost = Cost()
    dataset = PairDataset.from_pandas(table)
    model = BradleyTerry(n_competitors=len(dataset.competitors))
    if draws:
        found = model.compute_ratings_and_cis(dataset, ci_method="bootstrap", num_bootstrap=draws)
    else:
        found = model.compute_ratings_and_cis(dataset, ci_method="sandwich")
    ratings = [float(rating) for rating in found["ratings"]]
    errors = [float(variance) ** 0.5 for variance in found["variances"]]
    return cost.end({"ratings": ratings, "errors": errors})


def alpha(file):
    import krippendorff
    import numpy as np

    # It wants a row for each rater; the file has one for each unit.
    table = np.ascontiguousarray(np.fromfile(file, dtype="<f8").reshape(-1, 20).T)
    cost = Cost()
    levels = ("nominal", "ordinal", "interval")
    for _ in range(20):
        found = [float(krippendorff.alpha(reliability_data=table, level_of_measurement=level)) for level in levels]
    return cost.end(found, 20)


def answers(file):
    import numpy as np

    return np.fromfile(file, dtype="<f8").reshape(-1, 40)


def rasch_statsmodels(file):
    """The joint likelihood as a logistic regression on candidates and items, as a user would write it."""
    import numpy as np
    import statsmodels.api as sm

    table = answers(file)
    candidates, items = table.shape
    cost = Cost()
    design = np.zeros((candidates * items, candidates + items - 1))
    rows = np.arange(candidates * items)
    design[rows, rows // items] = 1.0
    item = rows % items
    design[rows[item < items - 1], candidates + item[item < items - 1]] = -1.0
    # The last item's difficulty is minus the sum of the others'.
    design[np.ix_(item == items - 1, range(candidates, candidates + items - 1))] = 1.0
    fit = sm.GLM(table.ravel(), design, family=sm.families.Binomial()).fit(tol=1e-12)
    difficulties = fit.params[candidates:]
    return cost.end({"difficulties": [*difficulties, -difficulties.sum()]})


def rasch_scipy(file):
    """The same likelihood, written for the shape of the table, by L-BFGS with its gradient."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import expit

    table = answers(file)
    candidates, items = table.shape

    def objective(at):
        ahead = at[:candidates, None] - at[candidates:]
        residual = expit(ahead) - table
        loss = np.logaddexp(0.0, ahead).sum() - (table * ahead).sum()
        return loss, np.concatenate([residual.sum(1), -residual.sum(0)])

    cost = Cost()
    settings = {"maxiter": 10_000, "maxfun": 100_000, "ftol": 1e-15, "gtol": 1e-7}
    fit = minimize(objective, np.zeros(candidates + items), jac=True, method="L-BFGS-B", options=settings)
    difficulties = fit.x[candidates:] - fit.x[candidates:].mean()
    return cost.end({"difficulties": difficulties.tolist()})


def rasch_girth(file):
    from girth import rasch_jml

    table = answers(file).T.astype(int)
    cost = Cost()
    for _ in range(5):
        difficulties = rasch_jml(table)["Difficulty"]
    return cost.end({"difficulties": (difficulties - difficulties.mean()).tolist()}, 5)


def main():
    work, file = sys.argv[1], sys.argv[2]
    if work.startswith("arena"):
        # A copy of a process in which JAX has threads already waits for ever.
        multiprocessing.set_start_method("spawn")
        found = arena(file, int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    else:
        kinds = {"alpha": alpha, "rasch-statsmodels": rasch_statsmodels, "rasch-scipy": rasch_scipy, "rasch-girth": rasch_girth}
        found = kinds[work](file)
    print(json.dumps(found))


if __name__ == "__main__":
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    # Threads of the linear algebra that wait for each other would count as work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
