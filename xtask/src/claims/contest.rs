//! Claims on contests of scripted voters: real answers as a recorded contest, and voters who recognise one candidate.

use super::Claim;
use super::tested::Tested;

pub(super) const LLMFAO: Claim = Claim {
    name: "llmfao-contest",
    promise: "The answers of 59 real models to real prompts as a recorded contest: 400 scripted voters with the taste of the real \
              votes cast 20 votes each; everybody is shown at least a quarter of the even share, the ranking agrees with that \
              taste (Spearman at least .9), and all that is published checks",
    run: |settings| {
        Tested {
            name: "llmfao-contest",
            package: "daepyo-contest",
            test: "scripted::real_answers_of_59_models_are_ranked_as_people_of_known_taste_would",
            variables: &[("DAEPYO_VOTERS", "400"), ("DAEPYO_VOTES_EACH", "20")],
        }
        .measure(settings)
    },
};

pub(super) const RIGGING: Claim = Claim {
    name: "vote-rigging",
    promise: "Of 5,000 scripted voters 1,000 recognise one candidate and always vote for it: more than half of them are flagged, at \
              most one honest voter for every twenty of them, the ranking without the flagged voters has the candidate within \
              one place of where the honest alone have it, and the attack budget says that taking away no more voters than \
              these puts the candidate that they kept out before it again",
    run: |settings| {
        Tested {
            name: "vote-rigging",
            package: "daepyo-contest",
            test: "scripted::voters_who_recognise_one_candidate_are_flagged",
            variables: &[("DAEPYO_RIGGERS", "1000"), ("DAEPYO_HONEST", "4000"), ("DAEPYO_VOTES_EACH", "48")],
        }
        .measure(settings)
    },
};
