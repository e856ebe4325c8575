"""What Python's programs make of the votes in a CSV file: `verdict_agreement.py FILE`.

The columns are voter, left, right and choice (left, right, tie). The last line is one JSON object: log-strengths by
model name from arena-rank, evalica, choix and statsmodels, without ties and with a tie as half a win for each, and
evalica's Newman with ties as a result of their own; statsmodels' errors are those of differences to the first model.
"""

import json
import math
import multiprocessing
import os
import sys

import numpy as np
import pandas as pd


def centred(index, values):
    values = np.asarray(values, dtype=float)
    return dict(zip(index, (values - values.mean()).tolist()))


def arena(table):
    """arena-rank's ratings as log-strengths, and its standard errors on the Elo scale."""
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    renamed = table.replace({"choice": {"left": "model_a", "right": "model_b"}})
    dataset = PairDataset.from_pandas(renamed, competitor_cols=["left", "right"], outcome_col="choice")
    model = BradleyTerry(n_competitors=len(dataset.competitors))
    found = model.compute_ratings_and_cis(dataset, ci_method="sandwich")
    ratings = np.asarray(found["ratings"]) * math.log(10) / 400
    errors = np.sqrt(np.asarray(found["variances"]))
    return centred(found["competitors"], ratings), dict(zip(found["competitors"], errors.tolist()))


def evalica_scores(table, newman=False):
    import evalica

    winners = table["choice"].map({"left": evalica.Winner.X, "right": evalica.Winner.Y, "tie": evalica.Winner.Draw})
    tight = {"tolerance": 1e-13, "limit": 1_000_000}
    if newman:
        result = evalica.newman(table["left"], table["right"], winners, **tight)
        return centred(result.scores.index, np.log(result.scores)), 2 * float(result.v)
    result = evalica.bradley_terry(table["left"], table["right"], winners, **tight)
    return centred(result.scores.index, np.log(result.scores))


def choix_scores(table, names):
    """Ties are half a win each: the matrix of wins takes halves."""
    import choix

    place = {name: number for number, name in enumerate(names)}
    wins = np.zeros((len(names), len(names)))
    for left, right, choice in zip(table["left"], table["right"], table["choice"]):
        share = {"left": 1.0, "right": 0.0, "tie": 0.5}[choice]
        wins[place[left], place[right]] += share
        wins[place[right], place[left]] += 1.0 - share
    return centred(names, choix.ilsr_pairwise_dense(wins, alpha=0.0, max_iter=100_000, tol=1e-12))


def statsmodels_fit(table, names):
    """A logistic regression on the models, the first left out; errors by voter without its factor for few rows."""
    import statsmodels.api as sm

    place = {name: number for number, name in enumerate(names)}
    rows = np.arange(len(table))
    design = np.zeros((len(table), len(names)))
    design[rows, table["left"].map(place)] += 1.0
    design[rows, table["right"].map(place)] -= 1.0
    won = table["choice"].map({"left": 1.0, "right": 0.0, "tie": 0.5}).to_numpy(dtype=float)
    model = sm.GLM(won, design[:, 1:], family=sm.families.Binomial())
    groups = pd.factorize(table["voter"])[0]
    by_voter = model.fit(tol=1e-12, cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True})
    count, voters, parameters = len(table), groups.max() + 1, len(names) - 1
    factor = math.sqrt((count - parameters) / (count - 1))
    by_vote = model.fit(tol=1e-12, cov_type="HC0")
    strengths = centred(names, [0.0, *by_voter.params])
    errors = dict(zip(names, [0.0, *(by_voter.bse * factor).tolist()]))
    each = dict(zip(names, [0.0, *by_vote.bse.tolist()]))
    return {"strengths": strengths, "errors_by_voter": errors, "errors_by_vote": each, "voters": int(voters)}


def main():
    table = pd.read_csv(sys.argv[1], dtype=str)
    names = sorted(set(table["left"]) | set(table["right"]))
    found = {}
    for kind, votes in (("without_ties", table[table["choice"] != "tie"].reset_index(drop=True)), ("half", table)):
        strengths, errors = arena(votes)
        found[kind] = {
            "arena-rank": strengths,
            "arena-rank errors": errors,
            "evalica": evalica_scores(votes),
            "choix": choix_scores(votes, names),
            "statsmodels": statsmodels_fit(votes, names),
        }
    strengths, tie = evalica_scores(table, newman=True)
    found["davidson"] = {"evalica": strengths, "tie_parameter": tie}
    print(json.dumps(found))


if __name__ == "__main__":
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    multiprocessing.set_start_method("spawn")
    main()
