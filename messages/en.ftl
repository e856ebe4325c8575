# What daepyo says, in English. Every id here stands in ko.ftl too, with the same variables.

## Words
gate-passed = passed
gate-failed = failed
gate-not-shown = not shown

## Problems of a programme file: the message, the label under the place, and what to do next.
spec-syntax = this is not TOML: { $detail }
    .label = here
    .help = see toml.io for the format
spec-missing-key = { $section } has no `{ $key }`
    .label = `{ $key }` belongs in here
    .help = { $about }
spec-unknown-key = unknown key `{ $key }` in { $section }
    .label = nothing reads this
    .help = known keys here: { $known }
spec-unknown-key-near = unknown key `{ $key }` in { $section }
    .label = nothing reads this
    .help = did you mean `{ $near }`?
spec-wrong-type = `{ $key }` must be { $expected }
    .label = this is { $found }
    .help = { $about }
spec-bad-value = `{ $value }` can't stand as `{ $key }`
    .label = { $reason }
    .help = { $about }
spec-unknown-word = `{ $value }` is not a value of `{ $key }`
    .label = one of: { $known }
    .help = did you mean `{ $near }`?
spec-out-of-range = `{ $key }` is { $value }, outside { $range }
    .label = must lie within { $range }
    .help = { $about }
spec-duplicate-id = the id `{ $id }` stands twice
    .label = used before
    .help = give every { $what } an id of its own
spec-unknown-id = there is no { $what } `{ $id }`
    .label = names nothing in this file
    .help = known: { $known }
spec-missing-digest = candidate `{ $id }` has no digest
    .label = not frozen without a digest
    .help = write `digest = "sha256:…"` of its weights; `sha256sum FILE` prints it
spec-suite-not-found = the folder of suite `{ $id }` does not exist: { $path }
    .label = looked for from the folder of this file
    .help = write the path relative to the programme file
spec-source-not-found = the file `{ $path }` does not exist
    .label = the observations of `{ $what }` come from it
    .help = the stage can be sealed without it, but not decided
spec-gate-without-data = gate `{ $id }` rests on data that nothing provides
    .label = { $reason }
    .help = provide the data, or take the gate out
spec-empty-window = no reference was released from { $first } to { $last }
    .label = the window holds no reference
    .help = a gate against references needs at least one; add one, or change `months` or `frozen`
spec-weights-sum = the weights of the criteria add up to { $sum }, not 100
    .label = of stage `{ $stage }`
    .help = weights are points out of 100
spec-dates-order = { $first } comes after { $second }
    .label = { $firstday } is later than { $secondday }
    .help = window.frozen ≤ opens ≤ closes, and stages follow each other
spec-too-few = `{ $key }` needs at least one entry
    .label = empty
    .help = { $about }
spec-advance-too-many = { $advance ->
    [one] 1 advances
   *[other] { $advance } advance
    }, but there { $candidates ->
    [one] is only 1 candidate
   *[other] are only { $candidates } candidates
    }
    .label = nobody would be out
    .help = `advance` must be less than the number of candidates
spec-format = this file has format { $found }; this daepyo reads format { $known }
    .label = unknown format
    .help = use a daepyo that knows it
spec-two-per-team = team `{ $team }` has two candidates: `{ $first }` and `{ $second }`
    .label = one frozen submission a team
    .help = keep one
spec-contest-file = the contest can't use its file `{ $path }`
    .label = { $reason }
    .help = prompts and recorded answers are sealed with the rules, so they must be right now

## Phrases that other messages hold: reasons, what a key is about, types, things with ids.
reason-empty = empty
reason-no-server = nothing is sent to a server
reason-no-price = there is no `price`
reason-numbers-only = a criterion of kind `{ $kind }` is anchored by numbers
about-budget-of-server = only an `openai:` model has a budget
about-add-price = write the `price` too: input, output and currency
reason-counted = a number of derivatives is a count without uncertainty
reason-not-registered = `run` does not name it
about-look-criterion = the id of a benchmark, of marks or of votes
about-run = name the test in `run` too, or leave `run` out to register all of them
about-own-scale = a number on the criterion's own scale
about-full-above-zero = the score that gives all points lies above the one that gives none
about-maximum-above-minimum = the greatest mark lies above the least
reason-live-answers = the answers of this contest are live
reason-name-length = a name has 2 to { $most } characters on one line
about-recorded-answers = a contest of recorded answers needs their file
about-live-answers = leave `answers` out, or make `mode` `recorded`
about-recorded-once = recorded answers are answers to assigned prompts, once each
about-votes-in-all = the cap in all can't be below that of one day
about-names = names that give a contestant away, in every script
no-file = there is no file `{ $path }`
type-text = text
type-whole-number = a whole number
type-number = a number
type-fraction = a number with a point
type-flag = true or false
type-date = a date without quotation marks
type-list = a list
type-table = a table
thing-team = team
thing-submission = candidate or reference
thing-suite = suite
thing-stage = stage
thing-earlier-stage = earlier stage
thing-gate = gate
thing-criterion = criterion
thing-candidate = a candidate
thing-reference = reference
thing-contestant = candidate or reference of the contest
thing-names = candidate or reference with names
thing-tag = tag
thing-list-entry = entry of the list

## Text that is no id, name, date, digest or model spec.
core-id = `{ $text }` is not an id: 1 to 64 of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit
core-name = `{ $text }` is not a name: 1 to 256 bytes on one line, without white space at its ends
core-date = `{ $text }` is not a date like 2026-11-21
core-digest = `{ $text }` is not `sha256:` and 64 lower-case hexadecimal digits
core-model-spec = `{ $text }` is not `llama:FILE.gguf`, `openai:URL?model=NAME` or `replay:FILE.jsonl`

## Rows of CSV files.
row-same-candidate = a battle needs two different candidates
row-not-number = `{ $text }` is not a number
row-unknown-word = `{ $text }` is not one of: { $known }
row-not-whole-number = `{ $text }` is not a whole number of 0 or more
row-not-text = this must be text
row-time-backwards = the vote came before its battle was shown; take both times from one clock
row-missing-key = this key is missing
row-unknown-key = unknown key; known: { $known }
row-missing-column = the first line must name the column `{ $column }`
row-unknown-column = unknown column; known: { $known }
row-not-utf8 = this row is not UTF-8
row-length = this row has { $found ->
    [one] 1 field
   *[other] { $found } fields
    }, the first line has { $expected }
row-twice = stands on line { $line } already
row-none = there is no prompt
row-too-many = { $count } prompts; at most { $most } can be used
row-too-long = { $count } characters; at most { $most } can be used
row-too-many-bytes = this line has { $count } bytes; at most { $most } can be used
row-file-too-large = the file is larger than { $most } MiB
row-control = holds a control character
row-not-language = `{ $text }` is not the code of a language: two or three small letters, such as `ko` or `en`
row-no-prompt = the contest has no prompt `{ $id }`
row-no-contestant = `{ $id }` takes no part in this contest
row-missing-answers = `{ $id }` has not answered { $count ->
    [one] 1 prompt
   *[other] { $count } prompts
}: { $prompts }
contest-row = line { $line }, `{ $column }`: { $message }
contest-row-whole = line { $line }: { $message }
contest-rows-more = and { $count } more
row-unreadable = the row cannot be read: { $detail }

## Report
report-skip = Skip to the decision
report-language = Language
report-contents = Contents
report-footer = Made by daepyo. The decision follows from sealed rules, recorded observations and a seed alone; anyone can recompute it.
report-decision = Decision
report-candidates = Candidates
report-gates = Gates
report-criteria = Criteria
report-contest = The public contest
report-ranks = How likely each rank is
report-ties = Ties at the cut
report-course = Course of the decision
report-tasks = Results by task
report-samples = Samples
report-rules = Rules
report-proof = Check it yourself
report-reading = How to read this
report-notes = Please note
report-nobody = none
report-empty = (empty)
report-clipped = … { $count ->
    [one] 1 character
   *[other] { $count } characters
    } left out …

report-state-decided = decided
report-state-undecided = not decided yet
report-state-no-verdict = no verdict
report-facts = Stage from { $opens } to { $closes }. Rules version { $version } of { $dated }. { $observations ->
    [one] 1 observation
   *[other] { $observations } observations
    }.
report-objections = Objections: within { $days ->
    [one] 1 day
   *[other] { $days } days
    } of the verdict.
report-decided = { $in }; { $out }; { $sure }.
report-in-none = nobody advances
report-in-one = { $names } advances
report-in-many = { $names } advance
report-in-wildcard = { $name } (by the panel’s choice)
report-out-none = nobody is out
report-out-one = { $names } is out
report-out-many = { $names } are out
report-out-score = { $name } (by its points)
report-out-tie = { $name } (by the tie order)
report-out-gate = { $name } (by the gate “{ $gate }”)
report-out-withdrawn = { $name } (withdrew)
report-sure = of these decisions even the least certain holds in { $p } of { $draws } resamplings
report-sure-all = every one of { $draws } resamplings gives these decisions
report-sure-tie = at the cut the evidence alone did not reach { $confidence }, so the tie order of the rules decided
report-sure-gates = the gates alone decided this
report-undecided-none = The stage is not decided: { $why }.
report-undecided-one = { $names } is neither in nor out yet: { $why }.
report-undecided-many = { $names } are neither in nor out yet: { $why }.
report-settled = Settled so far: advancing { $in }; out { $out }.
report-why-more-evidence = the evidence does not separate them at the cut, and the rules ask for more documents or votes first
report-why-more-raters = the evidence does not separate them at the cut, and the rules ask for more blind raters first
report-why-step = the tie order stopped at “{ $step }”
report-why-gate = the gate “{ $gate }” was neither passed nor failed, and the rules hold the stage until there is more evidence
report-why-end = the tie order came to its end without a decision
report-no-verdict-infrastructure = There is no verdict: { $rate } of the documents had no response from { $name }, above the rules’ limit of { $limit }.
report-no-verdict-missing = There is no verdict: of “{ $what }” there is too little evidence for { $name }.

report-advances = advances
report-advances-tie = advances (tie order)
report-eliminated = out
report-eliminated-tie = out (tie order)
report-eliminated-gate = out (gate)
report-open = open
report-advances-wildcard = advances (panel)
report-withdrawn = withdrew
report-legend-in = advances
report-legend-out = out
report-legend-open = open
report-legend-reference = reference

report-candidate = Candidate
report-composite = Points of 100
report-interval = 95% interval
report-p-advance = P(advance)
report-p-last = P(last)
report-candidates-lead = { $advance ->
    [one] 1 advances
   *[other] { $advance } advance
    }. A candidate is in or out by its points only where the resampling gives that at least { $confidence }.
report-candidates-caption = Decision, points and chances of each candidate
report-no-composite = There are no points to show: the stage has no verdict.
report-composite-chart = Points of all criteria together
report-interval-description = The mark is the estimate, the line its 95% interval, on a scale from 0 to { $most ->
    [one] 1 point
   *[other] { $most } points
    }. The table below holds the same numbers.

report-gates-lead = A gate overrides rank. It has three outcomes: passed, failed, and not shown where the evidence carries neither.
report-gates-none = This stage has no gates.
report-gate-no-results = No result of this gate was recorded.
report-gate-ratio = At least { $ratio } of every reference in the window on { $suites }, shown at { $confidence } confidence.
report-gate-ratio-corrected = At least { $ratio } of every reference in the window on { $suites }, with guessing taken out of the scores, shown at { $confidence } confidence.
report-gate-threshold = A mean score of at least { $minimum } on { $suites }, shown at { $confidence } confidence.
report-gate-independence = The weights of a candidate must not match those of { $known } more than independent initialisation lets them. Independent weights are called related with a chance of at most { $level }.
report-gate-finding = Decided by people; their findings come from { $source }.
report-not-shown-stay = Where it is not shown, the candidate stays in.
report-not-shown-out = Where it is not shown, the candidate is out.
report-not-shown-hold = Where it is not shown, the stage waits for more evidence.
report-gate-caption = { $gate }: evidence for each candidate
report-gate-chart = { $gate }: distance from what is asked
report-gate-chart-description = The mark is the mean difference from what is asked, the line runs between its one-sided bounds. Wholly right of zero means passed, wholly left means failed. The table below holds the same numbers.
report-gate-line = what is asked
report-versus = { $name } against { $other }
report-threshold = threshold
report-outcome = Gate
report-reason = Reason
report-against = Against
report-outcome-against = Result
report-difference = Difference
report-lower = Lower bound
report-upper = Upper bound
report-se = Standard error
report-candidate-score = Score
report-reference-score = Other’s score
report-documents = Documents
report-left-out = Left out
report-clusters = Clusters

report-criteria-lead = Points come from fixed anchors that the rules set before the stage, so that no candidate’s points depend on who else takes part.
report-weight = { $points ->
    [one] 1 point
   *[other] { $points } points
    }
report-criterion-no-results = No result of this criterion was recorded.
report-criterion-chart = { $criterion }: points
report-criterion-caption = { $criterion }: points and what they rest on
report-anchors = No points at { $zero }, all points at { $full }.
report-anchor-chance = the score of guessing
report-anchor-reference = the score of { $name }
report-rule-benchmark = Mean score over { $suites }.
report-rule-marks = Experts’ marks from { $minimum } to { $maximum } on { $items }, from { $source }.
report-rule-tests-discovery = Tests of voters, registered in advance: { $tests }. Of all that are flagged, at most { $level } are expected to be honest voters.
report-rule-tests-each-voter = Tests of voters, registered in advance: { $tests }. An honest voter is flagged with a probability of at most { $level }.
report-test-one-sided = one-sidedness
report-test-speed = impossible speed
report-test-copied-timing = copied timing
report-test-copied-votes = copied votes
report-test-position = always the same side
report-test-gold = battles with a known answer
report-rule-votes = Public votes, from { $source }: the probability of being preferred to { $versus }, a tie counting half.
report-rule-votes-cap = { $most ->
    [one] All votes of one person together weigh at most one vote.
   *[other] All votes of one person together weigh at most { $most } votes.
    }
report-rule-derivatives = Number of distinct models that others derived ({ $relations }), declared ones included, from { $source }.
report-rule-derivatives-verified = Number of distinct models that others derived ({ $relations }), verified ones only, from { $source }.
report-raw-benchmark = Mean score
report-raw-marks = Mean mark
report-raw-votes = P(preferred)
report-raw-derivatives = Derivatives
report-raters = Raters
report-voters = Voters
report-owners = Owners
report-points = Points
report-observations = Observations
report-votes-summary = { $votes ->
    [one] 1 vote
   *[other] { $votes } votes
    } by { $voters ->
    [one] 1 voter
   *[other] { $voters } voters
    }, { $ties } of them { $ties ->
    [one] a tie
   *[other] ties
    }; in { $bad ->
    [one] 1 more battle
   *[other] { $bad } more battles
    } both were called bad. Two equal candidates tie with probability { $equal }.
report-votes-budget = Changing { $budget ->
    [one] a single vote
   *[other] as few as { $budget } votes
    } would be enough to move the cut.
report-votes-budget-none = No change of votes was found that moves the cut.
report-rating = Rating
report-rating-chart = { $criterion }: ratings
report-rating-description = Elo scale with the reference at 1000. The mark is the estimate, the line its 95% interval, resampled voter by voter. The table below holds the same numbers.
report-rating-line = reference
report-rating-caption = { $criterion }: ratings and votes
report-wins = Won
report-losses = Lost
report-vote-ties = Ties
report-both-bad = Both bad

report-ranks-lead = Documents, raters and voters were drawn anew together { $draws } times, and every time the points were counted again. Each cell says how often a candidate came out at a rank; { $advance ->
    [one] 1 advances
   *[other] { $advance } advance
    }, and the heavy line marks the cut.
report-ranks-caption = Probability of each rank, among candidates that no gate put out
report-rank = Rank { $rank }
report-rank-set = Rank set
report-course-lead = What the decision rests on beside the evidence of this stage alone.
report-look = A look at growing evidence
report-look-lead = This is look { $number }, at { $units } of { $full } planned independent units behind “{ $criterion }”. All looks so far have spent { $spent } of the { $alpha } by which the rules may decide wrongly.
report-look-caption = Looks: how much of the planned evidence was there, and what decides at this look
report-look-number = Look
report-look-fraction = Evidence
report-look-boundary = Boundary (z)
report-look-confidence = Confidence asked for
report-look-unresolved = The draws of the resampling are too few to show this confidence, so nobody is in or out by points yet.
report-carried = Points carried over
report-carried-lead = { $share } of the composite are the points of the stage “{ $stage }”, with their uncertainty; the rest are this stage’s own. Who was not there has this stage’s own points alone.
report-carried-caption = The earlier stage’s points and this one’s
report-carried-earlier = Earlier stage
report-carried-own = This stage
report-panel = The panel’s choice
report-panel-lead = Members who voted: { $panel }. A candidate that fell comes back if more than { $majority } of them are for it.
report-panel-chosen = Back in: { $names }.
report-panel-nobody = Nobody has that majority, and the rules allow it.
report-panel-again = Nobody has that majority, or equal votes ask for more places than there are: the panel must vote again.
report-panel-again-for-rest = Back in: { $names }. For the place that is left equal votes ask: the panel must vote again.
report-panel-caption = The panel’s votes
report-panel-votes = Votes
report-panel-for-nobody = nobody
report-follows = The earlier verdict
report-follows-more-evidence = This verdict follows an earlier one, because more evidence came in.
report-follows-refill = This verdict follows an earlier one, because a candidate lost its place by a gate or withdrew: those who have a place keep it, and the cut was filled again from the same evidence.
report-follows-correction = This verdict follows an earlier one, because observations were wrong.
report-follows-digest = Earlier verdict
report-changed-none = No decision changed.
report-changed-caption = Decisions that changed
report-changed-from = Before
report-changed-to = Now
report-changed-points-from = Points before
report-changed-points-to = Points now
report-corrected-caption = Observations that were corrected
report-corrected-old = Wrong observation
report-corrected-new = In its place
report-corrected-reason = Why
report-corrected-nothing = nothing
report-ties-none = There was no tie at the cut to break.
report-ties-lead = Candidates that were neither in nor out went through the tie order of the rules, step by step.
report-tie-trace = Tied: { $tied }. Places left: { $places }. Advanced: { $advanced }. Out: { $eliminated }.
report-tie-criterion = the greater points of “{ $criterion }”, where the difference is shown
report-tie-more-evidence = gather more documents or votes
report-tie-more-raters = ask more blind raters
report-tie-advance-all = all that are tied advance
report-tie-lot = a lot drawn with the stage’s seed

report-tasks-lead = Wrong, unparsed, truncated, refused and infrastructure failures are five different things. Documents without a response are left out of the score and counted.
report-tasks-none = No task was measured.
report-tasks-caption = { $suite }: score and counts by task
report-score = Score
report-guess = Guessing
report-right = Right
report-wrong = Wrong
report-unparsed = Unparsed
report-truncated = Truncated
report-refused = Refused
report-infrastructure = Infrastructure

report-samples-lead = What was asked and what came back, word for word. Control characters are shown by name; long texts are cut, with a note of how much is missing. The published folder holds every sample whole.
report-samples-none = No sample is shown.
report-samples-hidden = The documents of { $suite } are published as digests only until { $day }.
report-samples-shown = { $shown } of { $all }
report-document = Document { $number }
report-prompt = Prompt
report-answer = Answer
report-target = Target

report-rules-lead = Sealed in the evidence log before the first observation.
report-rules-gates = Gates
report-rules-criteria = Criteria
report-rules-decision = Decision
report-rules-window = Window of references
report-rules-resampling = Resampling
report-rules-file = The file as it was written
report-cut = { $advance ->
    [one] 1 advances
   *[other] { $advance } advance
    }. In or out by points takes a probability of at least { $confidence }.
report-rule-looks-obrien-fleming = The evidence on “{ $criterion }” may be looked at as it grows, up to { $full } independent units. The chance of a wrong decision is spent over the looks, almost none of it early (O’Brien and Fleming).
report-rule-looks-pocock = The evidence on “{ $criterion }” may be looked at as it grows, up to { $full } independent units. The chance of a wrong decision is spent over the looks, about the same at each (Pocock).
report-rule-carry = { $share } of the composite are the points of the stage “{ $stage }”.
report-tie-order = Ties at the cut, in this order:
report-wildcard = A panel may bring back up to { $places } that fell, if more than { $majority } of it agree; it must choose.
report-wildcard-none-allowed = A panel may bring back up to { $places } that fell, if more than { $majority } of it agree; it may choose nobody.
report-window = References released in the { $months ->
    [one] month
   *[other] { $months } months
    } up to { $frozen }: { $references }.
report-resampling = { $draws } joint draws with the seed { $seed }. Above { $limit } infrastructure failures of any candidate or reference there is no verdict.
report-frozen = Who was measured
report-frozen-caption = Candidates and references as they were frozen
report-role = Role
report-role-candidate = candidate
report-role-reference = reference, released { $released }
report-model = Source of answers
report-digest = SHA-256
report-licence = Licence

report-proof-lead = This command recomputes the decision, offline, from the published folder alone:
report-proof-what = It checks every signature and the tree of the evidence log, scores the stored responses again, computes the decision from the sealed rules, and compares bytes.
report-proof-rules = Sealed rules
report-proof-verdict = Verdict
report-proof-log = Evidence log
report-proof-entries = { $count ->
    [one] 1 entry
   *[other] { $count } entries
    }
report-proof-key = Verifier key
report-proof-checkpoint = Signed checkpoint

report-read-interval = 95% interval
    .text = Had other documents of the same kind been asked, or other raters and voters, the number would have come out differently. The interval shows how much: a range made this way holds the true value in about 95 of 100 cases. Where two intervals overlap widely, the order of the two is not certain.
report-read-p-advance = P(advance)
    .text = In how many of the resamplings a candidate was among those that advance. 97% means that in 3 of 100 equally plausible sets of evidence it would not have been.
report-read-p-last = P(last)
    .text = In how many of the resamplings a candidate came out last among those that no gate put out.
report-read-rank-set = Rank set
    .text = The ranks that the evidence allows a candidate, stated for all candidates together with 95% confidence. “2 – 4” means that second to fourth place are all possible.
report-read-gate = Gate
    .text = A condition that rank can’t make up for, such as “at least 95% of every reference”. For each reference the difference is measured on the same documents, and it passes only where the lower bound reaches what is asked.
report-read-not-shown = Not shown
    .text = The evidence carries neither “passed” nor “failed”: the interval lies across what is asked. It is no judgement on the candidate, it says that more documents would be needed. What follows from it stands in the rules.
report-read-points = Points
    .text = Each criterion turns its own measure into points by two fixed ends: what gives none and what gives all. The points of all criteria add up to 100.
report-read-failures = Wrong and the four other failures
    .text = Wrong: an answer was read, and it is not right. Unparsed: no answer could be read out of the text. Truncated: the text was cut at its limit before an answer came. Refused: the candidate declined. Infrastructure: no response came, which is the machine’s fault and no part of the score.
report-read-standard-error = Standard error and clusters
    .text = The standard error is the usual size of chance in a mean. Documents that share a passage, a subject or a template are not independent; they form one cluster and are resampled together.

## Command line
help = help:
check-valid = { $file } is valid ({ $warnings ->
    [one] 1 warning
   *[other] { $warnings } warnings
    })
check-invalid = { $file } is not valid: { $errors ->
    [one] 1 error
   *[other] { $errors } errors
    }, { $warnings ->
    [one] 1 warning
   *[other] { $warnings } warnings
    }
stopping = stopping; what was answered is kept (once more to stop at once)
run-report = report: { $path }
run-verify = anyone verifies it with: { $command }
verdict-decided = { $stage }: { $advancing } advance; { $out } are out.
verdict-undecided = { $stage } is undecided: { $advancing } advance, { $out } are out, { $open } need more evidence.
verdict-infrastructure = { $stage } has no verdict: { $rate } of the documents put to { $candidate } got no response for reasons of infrastructure; the rules allow { $limit }.
verdict-missing = { $stage } has no verdict: there is no evidence on { $what } for { $candidate }.
key-made = private key written to { $path }: keep it, show it to nobody
key-none = × no key to sign with: give --key FILE, or set DAEPYO_KEY; `daepyo key new` makes one
key-in-log = × the private key { $path } lies in the folder that is published; keep it elsewhere
verify-no-folder = × there is no folder { $path }
verify-same = verified: { $entries ->
    [one] 1 log entry
   *[other] { $entries } log entries
    }, { $files ->
    [one] 1 file
   *[other] { $files } files
    }, { $rescored ->
    [one] 1 sample
   *[other] { $rescored } samples
    } scored again; the verdict is the same to the byte
verify-differs = NOT verified: { $count ->
    [one] 1 finding
   *[other] { $count } findings
    }
verify-compared = comparisons of weights: { $compared } follow from their published figures, { $again } of them were made again from the weights, the same to the byte
verify-key = signed by { $key }, root { $root }
verify-key-own-word = the key is the folder's own word; compare it with the one that the office published, or give it with --key
verify-hidden = suite { $suite } is not revealed yet: its samples were taken from the log, not scored again
verify-uncovered = { $file } is in the folder, but nothing signed covers it
verify-report-differs = this version draws another report from the same evidence; the evidence is what counts
eval-counts = { $task }: right { $right }, wrong { $wrong }, unparsed { $unparsed }, truncated { $truncated }, refused { $refused }, infrastructure { $infrastructure }
shard-done = shard { $shard }: { $requests } requests, in { $place }
shard-there = shard { $shard }: { $requests } requests, in { $place } already; nothing was asked
shard-failures = requests without an answer: { $failures }; the same command asks for them again
merge-done = { $count } shards joined in { $out }
tasks-count = { $tasks } tasks ({ $native } native, { $ported } with ported functions, { $hook } with a Python hook, { $class } Python classes, { $refused } refused), { $groups } groups, { $tags } tags
limit-file = { $what }
limit-key = `{ $what }`: `{ $key }`
limit-document = `{ $what }`: document { $document }: `{ $key }`
limit-time = { $place } was not done after { $amount } seconds; the program ends, and what was answered is kept
limit-memory = { $place } fills the memory (with { $amount } MiB so far); the program ends, and what was answered is kept
hub-commit = { $name } at commit { $commit }
hub-file = downloaded { $path } ({ $size } MB)
hub-waiting = the hub is asked again in { $seconds } s: { $reason }
votes-count = { $votes ->
    [one] 1 vote
   *[other] { $votes } votes
    } of { $voters ->
    [one] 1 voter
   *[other] { $voters } voters
    }
serve-only-llama = × only a llama: model can be served
serve-listens = { $model } listens at { $address }

## What a run costs
estimate-requests = requests
estimate-answered = answered
estimate-read = tokens read
estimate-written = written
estimate-time = time
estimate-cost = cost
estimate-unknown = unknown
estimate-note-counted = tokens were counted with each model's own tokenizer; written tokens and cost are the most that the answers can take
estimate-note-estimated = tokens read are estimated where the tokenizer is not at hand, and may be off by half; written tokens and cost are the most that the answers can take; retries and probes come on top
estimate-nothing-sent = dry run: nothing was sent, nothing was written
spent = { $candidate }: { $spent }
spent-tokens = { $requests } requests, { $read } tokens read, { $written } written
spent-cost = , { $cost }
spent-untold = { " " }({ $untold } of the requests without the server's own count: counted with the most that they can have taken)
spending-no-price = × --max-cost needs --price INPUT,OUTPUT,CURRENCY
spending-no-price-of = × --max-cost needs the `price` of { $candidate } in the programme file
level-found = { $endpoint }: { $limit } requests at once, of { $ceiling } at most
budget-is = { $candidate }: the budget is { $budget }
budget-stop = { $candidate }: { $spent }; the budget is { $budget }; requests without an answer: { $left }
budget-requests = { $limit } requests
budget-tokens = { $limit } tokens
budget-cost = { $limit } in money

## Errors: Running a stage.
stage-programme = { $path } is not a valid programme
stage-unknown-stage = the programme has no stage `{ $stage }`; it has: { $known }
stage-rules-changed = stage `{ $stage }` was sealed under other rules; a changed file is a new version and needs a new --out folder
stage-weights = { $path } cannot be read as weights
stage-digest-mismatch = { $path } of `{ $candidate }` is { $found }, but { $written } was submitted
stage-task = task `{ $task }` of suite `{ $suite }` cannot be used
stage-file-outside-suite = task `{ $task }` reads { $path }, which is outside of the suite's folder { $suite }
stage-rows = { $path } has { $count ->
    [one] 1 bad row
   *[other] { $count } bad rows
    }
stage-backend = `{ $candidate }` cannot be asked
stage-preflight = `{ $candidate }` cannot be measured fairly
stage-file = cannot { $what } { $path }
stage-store = the responses cannot be kept
stage-log = the evidence log in { $path } cannot be used
stage-log-differs = entry { $index } of the log is not what these rules and responses give
stage-follow = the decision can't go on from what came before
stage-earlier = { $path } is no published folder to go on from
stage-contest = { $path } is not the closed contest that the votes of `{ $criterion }` come from
stage-decide = the observations contradict the rules
stage-canonical = { $what } has no canonical form
stage-too-many-failures = { $rate } % of the documents put to `{ $candidate }` got no response for reasons of infrastructure; the rules allow { $limit } %
stage-budget = stopped before a budget would be passed; what was answered is kept
stage-interrupted = stopped; the same command goes on from here

## Errors: Shards of an evaluation, and the places where they lie.
shard-missing = of { $count } shards these are missing: { $missing }
shard-doubled = shard { $index } is there twice, as { $one } and as { $other }
shard-foreign = { $one } and { $other } are not shards of one evaluation: { $difference }
shard-unfinished = { $place } has no finished shard
shard-damaged = { $place } is damaged: { $problem }
shard-plan-differs = the shards were made with other tasks or data than are here: { $difference }
shard-out-taken = { $path } holds other answers than the shards
shard-other-count = one is of { $one } shards, the other of { $other }
shard-other-model = another model
shard-other-template = another chat template
shard-other-tasks = other tasks, or other versions or files of them: { $names }
shard-other-requests = other requests
place-address = `{ $address }` is neither a folder nor `s3://BUCKET/PREFIX`
place-no-folder = there is no folder { $path }
place-setting = `{ $address }` cannot be reached with these settings: { $problem }
place-failed = cannot { $what } { $path }: { $problem }
place-too-large = { $path } has more than { $limit } bytes

## Errors: Tasks, their data and their scoring.
hub-no-cache = no folder for downloads is known; set HF_HOME or HF_HUB_CACHE
hub-setting = { $problem }
hub-name = a name cannot be used
hub-bad-name = `{ $name }` is not { $what }
hub-gated = `{ $repository }` is given only to people who accepted its terms; accept them at { $page }, make a token at { $endpoint }/settings/tokens and set HF_TOKEN to it
hub-gated-token = `{ $repository }` is given only to people who accepted its terms; accept them at { $page } with the account of the token in HF_TOKEN, which was refused
hub-not-found = { $what } is not on { $endpoint }, or is private; for a private one, set HF_TOKEN
hub-not-found-token = { $what } is not on { $endpoint }, or is private and the token in HF_TOKEN may not see it
hub-unreachable = { $endpoint }: { $problem }; try again later, or set HF_HUB_OFFLINE=1 to use what is downloaded
hub-answer = { $endpoint }: { $problem }
hub-wrong-content = { $repository }: `{ $path }` is not what commit { $commit } lists ({ $problem }); nothing of it is kept, so the download can simply be run again
hub-too-large = { $repository } has { $size } bytes in the files that are needed; the limit is { $limit }
hub-offline = { $repository }: { $missing } is not in { $cache } and HF_HUB_OFFLINE forbids to download; unset it once, or copy the cache of a machine that has it
hub-needs-script = { $repository } is read by its own Python program `{ $script }`, which daepyo does not run, and the hub has no Parquet copy of it (branch refs/convert/parquet); write its documents into a file beforehand
hub-unknown-config = { $repository }: { $problem }; it has { $known }
hub-no-data = { $repository }: { $problem }
hub-cache = cannot use { $path }
task-unreadable = cannot read { $path }
task-yaml = { $path }:{ $line }:{ $column }: { $problem }
task-needs-python = { $path }: `{ $key }` needs the Python code `{ $code }`; write the step as a Jinja template or a built-in filter or metric, or prepare the data beforehand and drop the key
task-include = { $path }: cannot include { $included }: { $problem }
task-config = { $path }: `{ $key }`: { $problem }
task-unknown = no task, group or tag is named `{ $name }`
task-unknown-near = no task, group or tag is named `{ $name }`; the nearest name is `{ $near }`
task-dataset-not-local = { $task }: data set `{ $dataset }` is not on this machine (looked at { $places }); download it beforehand, put its folder under the data root as `{ $dataset }`, and name the data root
task-split = { $task }: { $problem }
task-data = { $path }:{ $line }: { $problem }
task-template = { $path }: `{ $key }` is not a Jinja template that daepyo understands
task-document = { $task }: document { $document }: `{ $key }`: { $problem }
task-fewshot = { $task }: { $problem }
task-hook = { $task }: its own Python cannot be used
task-hook-key = { $task }: its own Python (`{ $key }`) cannot be used
hook-sandbox-missing = { $detail }
hook-start = { $detail }
hook-limits = { $detail }
hook-folder = { $detail }
hook-failed = { $detail }
hook-timeout = { $detail }
hook-ended = { $detail }
hook-given-up = { $detail }
hook-too-large = { $detail }
hook-protocol = { $detail }
hook-result = { $detail }
task-chat-template = { $problem }
task-unknown-output-type = unknown output type `{ $name }`
task-unknown-metric = unknown metric `{ $name }`
task-metric-unsuitable = metric `{ $metric }` does not suit `{ $type }` tasks
task-unknown-aggregation = unknown aggregation `{ $name }`
task-aggregation-unsuitable = aggregation `{ $aggregation }` can't summarise metric `{ $metric }`
task-unknown-filter = unknown filter `{ $name }`
task-filter-unsuitable = filter `{ $filter }` reads text, and `{ $type }` tasks have none
task-unknown-option = `{ $owner }` has no option `{ $option }`
task-bad-option = `{ $option }` of `{ $owner }` must be { $expected }
task-bad-regex = `{ $pattern }` of `{ $owner }` is not a regular expression
task-bad-target = target is not usable: { $problem }

## Errors: Sources of answers, recorded responses, the store.
backend-file = { $path } cannot be used as { $what }
backend-setting = { $detail }
backend-budget = the budget would be passed
backend-engine = { $detail }
replay-line = line { $line } can't be used
replay-read = the file can't be read
replay-too-long = it is longer than { $limit } bytes
replay-json = it is not JSON of a known shape
replay-unknown-shape = it has none of the keys `request`, `prompt`, `context`, `rolling` and `otherwise`
replay-positive = { $number } is not a log-probability: it is greater than 0
replay-contradiction = line { $first } gives another response to the same { $what }
store-open = { $path } cannot be opened as a store of responses
store-migrate = { $path } cannot be brought to the layout of this version
store-query = a query failed
store-corrupt = the response to request { $request } cannot be read

## Errors: Conversations as they are written.
talk-unreachable = the candidate's server cannot be reached: { $detail }
talk-first-token = no token within { $limit } ms
talk-stalled = the answer stopped: no further token within { $limit } ms
talk-deadline = no complete answer within { $limit } ms
talk-dropped = the connection ended before the answer did: { $detail }
talk-status = the server answered with status { $status }: { $detail }
talk-malformed = the server's answer is not the promised stream: { $detail }
talk-oversized-event = an event of the answer has more than { $limit } bytes
talk-oversized-answer = the answer has more than { $limit } bytes
talk-not-recorded = no answer to this prompt is recorded
talk-queue-full = { $waiting } conversations wait already; try again in a few minutes
talk-too-few-slots = the conversation needs more slots than there are
talk-cap-reached = today's { $cap } tokens for conversations are used up; come back tomorrow

## Errors: Files of weights.
lineage-file = { $file }
lineage-tensor = { $file }, tensor `{ $tensor }`
lineage-byte = { $file }, byte { $byte }
lineage-unreadable = the file could not be read
lineage-not-weights = neither safetensors, GGUF, ONNX nor a PyTorch zip checkpoint
lineage-no-weights = the folder holds no file of weights
lineage-several = the folder holds { $count } GGUF files that are no parts of one model
lineage-truncated = the file ends early: { $needed } bytes are announced, it has { $found }
lineage-header-too-large = a header of { $bytes } bytes; at most { $limit } are read
lineage-header = the header is broken: { $detail }
lineage-too-many = { $count } { $what }; at most { $limit } are read
lineage-unknown-encoding = unknown encoding `{ $name }`
lineage-shape = the shape { $shape } is too large
lineage-size = { $found } bytes where shape and encoding need { $needed }
lineage-out-of-range = bytes { $start } to { $end } lie outside the file of { $size }
lineage-overlap = shares bytes with tensor `{ $other }`
lineage-duplicate = the name stands twice
lineage-index = the index names { $detail }
lineage-outside-folder = the name `{ $name }` leads out of the folder
lineage-link = a symbolic link that leads out of the folder
lineage-pickle = the pickle asks for { $what }, which is never run
lineage-unsupported = { $what } is not read
lineage-changed = the file changed while it was read
behaviour-unreadable = { $file } could not be read as texts
behaviour-line = { $file }, line { $line }: no JSON object with a `text`
behaviour-too-few-texts = texts of four words or more: { $found }; needed: { $needed }
behaviour-too-few-draws = with { $draws } draws the least p is { $least }; so many controls at this level need { $needed } or less
behaviour-twice = { $model } stands for two of the models
behaviour-unanswered = { $model } wrote a word at { $answered } of { $asked } positions: { $detail }

## Errors: The evidence log and its keys.
evidence-io = cannot { $action } { $path }
evidence-entry-too-large = entry { $index } of this append has { $size } bytes; an entry holds at most { $limit }
evidence-key-inside-log = the private key { $key } lies inside the log folder { $log }, which is made to be published; move it out
evidence-key-mismatch = the log in { $log } belongs to the key `{ $found }`, not to `{ $expected }`
evidence-not-empty = { $log } holds `{ $found }` already; a new log needs an empty folder
evidence-no-log = { $log } holds no log: its file `checkpoint` is missing
evidence-locked = another process is writing to the log in { $log }
evidence-damaged = `{ $file }` in the log { $log } is damaged: { $reason }
evidence-no-checkpoint-file = `{ $file }` is no checkpoint of this log
evidence-key = the key of the log is unusable
evidence-interrupted = an earlier append failed; open the log again before appending
evidence-out-of-range = { $what } { $asked } is outside the log of { $size ->
    [one] 1 entry
   *[other] { $size } entries
    }
evidence-key-name = `{ $name }` is no key name: it must not be empty or hold spaces, `+` or control characters
evidence-malformed-public-key = this is no public key of the form `name+hash+base64`
evidence-malformed-private-key = this is no private key of the form `PRIVATE+KEY+name+hash+base64`
evidence-entropy = the system's random source failed
evidence-key-exists = { $path } exists already; a key file is never overwritten
evidence-key-file = cannot { $action } the key file { $path }
evidence-malformed-checkpoint = not a signed checkpoint in its canonical form
evidence-wrong-signature = the signature is not by the expected key over this text
evidence-wrong-origin = the origin line is not the name of the signing key

## Errors: The decision.
verdict-invalid-rules = the rules can't be applied: { $problem }
verdict-other-stage = observation { $index } belongs to stage `{ $stage }`
verdict-unknown-candidate = observation { $index } names `{ $candidate }`, which is no candidate or reference of the programme
verdict-unknown-suite = observation { $index } names suite `{ $suite }`, which the programme doesn't have
verdict-unknown-criterion = observation { $index } counts for `{ $criterion }`, which is no criterion of this kind in the stage
verdict-unknown-item = observation { $index } marks `{ $item }`, which the rubric of `{ $criterion }` doesn't ask
verdict-unknown-gate = observation { $index } is a finding on `{ $gate }`, which is no gate of this kind in the stage
verdict-self-vote = observation { $index } is a vote of `{ $candidate }` against itself
verdict-bad-score = observation { $index } has score { $score } and guessing rate { $guess }
verdict-score-without-answer = observation { $index } has score { $score } without an answer that was scored
verdict-mark-off-scale = observation { $index } gives the mark { $value } on a scale from { $minimum } to { $maximum }
verdict-duplicate-sample = observation { $index } scores the same document of the same candidate as observation { $first }
verdict-duplicate-mark = observation { $index } marks the same question of the same candidate as observation { $first }
verdict-duplicate-vote = observation { $index } has the same vote number as observation { $first }
verdict-documents-differ = observations { $first } and { $index } give the same document another { $what }
verdict-disconnected-votes = the votes of `{ $criterion }` fall into parts that were never compared: { $parts }
verdict-no-candidate = observation { $index } withdraws `{ $candidate }`, which is no candidate
verdict-unknown-corrected = observation { $index } corrects { $digest }, which is no observation here
verdict-corrected-twice = observation { $index } corrects the same observation as { $first }, otherwise; correct one of the two
verdict-bad-correction = observation { $index } can't be put into effect: { $problem }
verdict-panel = the panel's votes on the wildcard break the rules
verdict-no-wildcard = panel member `{ $member }` votes on a wildcard, which the stage doesn't have
verdict-panel-twice = panel member `{ $member }` votes twice for the same, or for nobody and for somebody
verdict-nobody-not-allowed = panel member `{ $member }` votes for nobody, which the rules don't allow
verdict-too-many-votes = panel member `{ $member }` has { $votes ->
    [one] one vote
   *[other] { $votes } votes
    } for { $places ->
    [one] one place
   *[other] { $places } places
    }
verdict-bad-fraction = the information fraction of look { $look } is { $fraction }, after { $before }; fractions rise from above 0 to 1
verdict-bad-alpha = an error of { $alpha } can't be spent; it must lie above 0 and below one half
verdict-other-verdict = the earlier verdict can't be followed: { $problem }
verdict-carry = stage `{ $stage }` { $problem }
verdict-decide = the stage can't be decided
verdict-self-vote-of-model = vote { $index } is of `{ $model }` against itself
verdict-disconnected-models = the votes fall into parts that were never compared: { $parts }
verdict-too-few-voters = { $voters ->
    [one] 1 voter is too few for an interval; two are the least
   *[other] { $voters } voters are too few for an interval; two are the least
    }

## Errors: The system.
system-not-found = there is no such file or folder
system-permission = permission denied
system-exists = it exists already
system-full = the disk is full
system-folder = this is a folder
system-no-folder = this is no folder
system-address-used = another program uses this address
system-refused = nothing answers at this address

## What `daepyo verify` finds.
finding-verify-aggregate = { $detail }
finding-verify-changed = { $detail }
finding-verify-entry = { $detail }
finding-verify-measured = { $detail }
finding-verify-missing = { $detail }
finding-verify-observations = { $detail }
finding-verify-order = { $detail }
finding-verify-rules = { $detail }
finding-verify-sample = { $detail }
finding-verify-unusable = { $detail }
finding-verify-verdict = { $detail }
finding-verify-contest-missing = { $detail }
finding-verify-contest-rules = { $detail }
finding-verify-contest-votes = { $detail }
finding-closed-log = { contest-closed-log } ({ $detail })
finding-closed-missing = { contest-closed-missing } ({ $detail })
finding-closed-form = { contest-closed-form } ({ $detail })
finding-closed-changed = { contest-closed-changed } ({ $detail })
finding-closed-opening = { contest-closed-opening } ({ $detail })
finding-closed-closing = { contest-closed-closing } ({ $detail })
finding-closed-commitment = { contest-closed-commitment } ({ $detail })
finding-closed-place = { contest-closed-place } ({ $detail })
finding-closed-not-opened = { contest-closed-not-opened } ({ $detail })
finding-closed-withdrawal = { contest-closed-withdrawal } ({ $detail })
finding-closed-tag = { contest-closed-tag } ({ $detail })
finding-closed-caps = { contest-closed-caps } ({ $detail })
finding-closed-votes = { contest-closed-votes } ({ $detail })
finding-closed-other-battle = { contest-closed-other-battle } ({ $detail })
finding-closed-draw = { contest-closed-draw } ({ $detail })
finding-closed-counts = { contest-closed-counts } ({ $detail })
finding-closed-conversation = { contest-closed-conversation } ({ $detail })
finding-closed-examination = { contest-closed-examination } ({ $detail })
finding-evidence-missing-file = { $detail }
finding-evidence-unexpected-file = { $detail }
finding-evidence-unreadable-file = { $detail }
finding-evidence-malformed-key = { $detail }
finding-evidence-key-mismatch = { $detail }
finding-evidence-no-checkpoint = { $detail }
finding-evidence-malformed-checkpoint = { $detail }
finding-evidence-wrong-signature = { $detail }
finding-evidence-wrong-origin = { $detail }
finding-evidence-wrong-name = { $detail }
finding-evidence-rolled-back = { $detail }
finding-evidence-forked = { $detail }
finding-evidence-wrong-root = { $detail }
finding-evidence-malformed-entries = { $detail }
finding-evidence-wrong-entry = { $detail }
finding-evidence-wrong-tile = { $detail }
finding-evidence-io = { $detail }
finding-evidence-damaged = { $detail }
finding-evidence-no-log = { $detail }
finding-evidence-out-of-range = { $detail }

## What to do next, by the code of an error
help-limit-time = mend the template, pattern or file that is named, or leave its task out
help-limit-memory = mend the template, pattern or file that is named, or leave its task out
help-task-yaml = mend the file at the place that is named; docs/errors/task-yaml.md says what a task file may hold
help-task-include = mend `include` in the file that is named
help-task-config = mend the key in the file that is named
help-task-unreadable = see that it is a regular file that you may read
help-task-template = mend the template under the key that is named
help-task-document = mend the template under the key that is named, or the document
help-task-data = mend the data file at the line that is named, or fetch it again
help-task-fewshot = ask for fewer examples with --num-fewshot, or name a split with more documents
help-task-unknown = `daepyo tasks ls --include-path DIR` lists what there is
help-task-bad-regex = mend the pattern; docs/errors/task-bad_regex.md tells what differs from Python
help-hook-failed = mend the task's Python at the place that is named
help-hook-timeout = mend the task's Python, or give it more time with --hook-seconds
help-hook-ended = mend the task's Python: it may use 2 GiB of memory and an hour of processor time, and starts no processes
help-hook-given-up = mend the task's Python, or give it more time with --hook-seconds
help-hook-too-large = let the task's Python give less
help-hook-protocol = the task's Python writes where it must not; use another task
help-hook-result = let the task's Python give what lm-eval would take
help-stage-rules-changed = run into a new --out folder, with `version` counted up in the programme file
help-stage-weights = give the published weights, complete and in one of the formats that are read
help-stage-digest-mismatch = these are not the weights that were frozen; ask the team, or correct `digest` in a new version
help-stage-unknown-stage = `daepyo check PROGRAMME` lists what is wrong with the file
help-stage-task = `daepyo tasks show NAME --include-path DIR` shows how the task is read
help-stage-file-outside-suite = move the file into the suite's folder; what is sealed is published with the suite
help-stage-earlier = name a folder that `daepyo verify` finds as it was signed
help-stage-contest = close the contest on the site first, which writes this folder beside the votes, and leave both as they are
help-stage-rows = mend the rows named above; the header of the columns is in docs/reference
help-stage-backend = see that the model file or the server is there, then run the same command again
help-stage-too-many-failures = see that the server works, then run the same command again: only what got no response is asked again; with --conclude it is signed that there is no verdict
help-stage-log-differs = the folder was made from other answers or by another version; `daepyo verify` tells more
help-stage-preflight = mend what is named above; nothing was sent
help-stage-budget = the same command with a higher --max-requests, --max-tokens or --max-cost goes on from here and asks nothing again
help-shard-missing = run the missing ones with the same options and `--shard I/N`, then merge again
help-shard-doubled = name each shard once
help-shard-foreign = merge only shards that were run with the same model, tasks and options
help-shard-unfinished = run its command again: it goes on where it stopped
help-shard-damaged = copy the shard again, or run its command again: what was answered is not asked again
help-shard-plan-differs = `--include-path` and `--data-root` name the folders with which the shards were made
help-shard-out-taken = merge into a new folder
help-place-failed = see that the place can be reached and written to, then run the same command again: what was answered is not asked again
help-lineage-unreadable = see that the path is right and that you may read what is there
help-lineage-not-weights = name a file of weights or a model's folder; where the file is a pointer of Git LFS, `git lfs pull` fetches the weights
help-lineage-no-weights = name the folder that holds the files of weights, or one such file
help-lineage-several = name one of the files
help-lineage-truncated = fetch or copy the file again, and compare its size and SHA-256 with those of the source
help-lineage-header-too-large = fetch the file again; where it stays so, ask its makers: no real model has such a header
help-lineage-header = fetch the file again; where it stays so, write it anew with the format's own library
help-lineage-too-many = fetch the file again; where it stays so, ask its makers: no real model has so many
help-lineage-unknown-encoding = save the tensor in an encoding that docs/errors/lineage-unknown_encoding.md lists
help-lineage-shape = fetch the file again; where it stays so, write it anew with the format's own library
help-lineage-size = fetch the file again; where it stays so, write it anew with the format's own library
help-lineage-out-of-range = fetch the file again; where it stays so, write it anew with the format's own library
help-lineage-overlap = fetch the file again; where it stays so, write it anew with the format's own library
help-lineage-duplicate = keep the files of one model alone in the folder, or name one file; where one file has the name twice, write it anew
help-lineage-index = fetch the index and the files from the same version of the model, or name one file
help-lineage-outside-folder = put all files of the model into one folder, and correct their names in the index
help-lineage-link = put the file itself into the folder, or name the folder that the link leads to
help-lineage-pickle = nothing of the file was run; where you trust its makers, save its tensors as safetensors
help-lineage-unsupported = save the weights in a form that docs/errors/lineage-unsupported.md lists
help-lineage-changed = when nothing writes to the file any more, run the same command again
help-behaviour-unreadable = see that the path is right, and that the file is text in UTF-8
help-behaviour-line = each line of a `.jsonl` file is an object with a `text`; a file with another ending has a text a line
help-behaviour-too-few-texts = give more texts with `--prompts`: each counts once, and is one piece of evidence however often it is cut
help-behaviour-too-few-draws = raise `--draws`, or choose a less strict `--level`
help-behaviour-twice = name other models: a model's own copy is no control; `daepyo lineage compare` tells copies
help-behaviour-unanswered = see that the server takes plain text at `/completions`, and run the same command again

# Tests of voters and attack budgets.
votes-flags = { $flags ->
    [0] No voter is flagged.
    [one] { $flags } flag (it takes no vote away):
   *[other] { $flags } flags (they take no vote away):
}
votes-flag = { $voter }: { $test }; share { $share }, votes { $votes }
voter-test-one-sided = one-sided for or against one model
voter-test-speed = faster than anybody reads
voter-test-copied-timing = the times of another account
voter-test-copied-votes = the votes of another account
voter-test-position = always the same side
voter-test-gold = against known answers
votes-attack = So few would bring { $first } before { $last }:
votes-attack-removal = by removing votes: { $number }
votes-attack-change = by changing votes: { $number }
votes-attack-addition = by adding votes: { $number }
votes-attack-voters = by removing voters: { $number }

# How firm the decision is: the analysis beside the verdict.
report-analysis = How firm is this decision
report-analysis-lead = Nothing here decides. It shows what the decision hangs on: the weights, single documents, raters and voters, and how much evidence there was.
report-analysis-empty = There is no cut to examine.
report-analysis-criterion = Criterion
report-analysis-score = Score
report-analysis-weights = Other weights
report-analysis-weights-lead = Weights were drawn at random, and with each of them the evidence was drawn anew. A candidate that advances under most weights does not owe its place to how the rules weigh.
report-analysis-weights-near = Ranks under weights within { $percent } of the written ones
report-analysis-weights-all = Ranks under all weights that there can be
report-analysis-flip = The smallest change of weights that brings { $outside } level with { $inside } moves weight of { $points } of 100: from { $written } to { $weights }.
report-analysis-flip-none = No weights let another team in.
report-analysis-flip-no-cut = There is no cut that weights could flip: everybody who was admitted advances, or nobody does.
report-analysis-needs = What { $candidate } would have needed
report-analysis-needs-lead = { $candidate } is the first below the cut, behind { $rival } by { $gap } (of 100 points). Each row says what one criterion alone would have had to give.
report-analysis-needs-caption = What one criterion alone would have had to give
report-analysis-share = Share of its points
report-analysis-share-needed = Share needed
report-analysis-figure = Figure
report-analysis-figure-needed = Figure needed
report-analysis-more = At least
report-analysis-more-impossible = not possible by this criterion alone
report-analysis-more-right = more documents right: { $documents } of { $of } not fully right
report-analysis-more-mark = mean mark { $mean }
report-analysis-more-won = more votes won: { $votes } of { $of } lost or tied
report-analysis-more-derivatives = more derivatives: { $count }
report-analysis-gate-needs = What the gates would have needed
report-analysis-gate-needs-lead = The score at which the lower bound reaches the bar, with the evidence as it is.
report-analysis-gate-needs-caption = Candidates that a gate put out or holds
report-analysis-against = Against
report-analysis-score-needed = Score needed
report-analysis-more-documents = More documents right
report-analysis-by-points = By points
report-analysis-would-be-in = would be in
report-analysis-would-be-out = would be out
report-analysis-finding = a finding of people
report-analysis-removal = Left out one at a time
report-analysis-removal-lead = Everything was left out in turn, and the points were counted again. Where the lead across the cut falls below zero, another team would be in.
report-analysis-removal-none = None of them alone flips the cut.
report-analysis-removal-most = The most influential is { $unit } ({ $kind }): without it the lead changes by { $change } to { $lead } (points).
report-analysis-indispensable = Without any of these ({ $kind }) some candidate would have no points at all: { $units }.
report-analysis-removal-caption = What each kind does to the cut
report-analysis-kind = Left out
report-analysis-units = How many
report-analysis-flipping = Flip the cut
report-analysis-flipping-names = Which
report-analysis-and-more = { $number } more
report-analysis-greatest = Most influential
report-analysis-change = Change of the lead
report-analysis-lead-without = Lead without it
report-analysis-unit-document = document
report-analysis-unit-cluster = cluster
report-analysis-unit-suite = suite
report-analysis-unit-rater = rater
report-analysis-unit-voter = voter
report-analysis-unit-criterion = criterion
report-analysis-pairs = Compared pair by pair: { $criterion }
report-analysis-pairs-lead = Differences of mean scores on the documents that both answered. The { $confidence } intervals hold for all pairs together; pairs: { $family }.
report-analysis-pairs-apart = Pairs without a common document: { $pairs }.
report-analysis-pairs-chart = Differences of candidates: { $criterion }
report-analysis-pairs-description = The first’s score minus the second’s, with the interval that holds for all pairs together. References are in the table.
report-analysis-pairs-caption = Every two compared: { $criterion }
report-analysis-no-difference = no difference
report-analysis-differs = a difference is shown
report-analysis-differs-not = no difference is shown
report-analysis-first = First
report-analysis-second = Second
report-analysis-together = Interval, all together
report-analysis-alone = Interval, this pair alone
report-analysis-p-adjusted = p, adjusted
report-analysis-items = Documents that look broken: { $criterion }
report-analysis-items-counts = Documents: { $items }. Look broken: { $flagged }. Right for everybody: { $right }. They are reported; none is dropped.
report-analysis-seen = Documents that may have been seen before: { $criterion }
report-analysis-seen-lead = Flagged documents: { $flagged }. All documents count for the decision. The clean score leaves out what is flagged for the entrant or for everybody. “Beyond difficulty” is what the flagged documents gave the entrant over what others make of the same documents.
report-analysis-seen-sources = Where the flags come from ({ $number } listed)
report-analysis-seen-source = Source
report-analysis-seen-flags = Flags
report-analysis-seen-caption = Scores with and without flagged documents
report-analysis-seen-clean = Score, clean
report-analysis-seen-documents = Flagged
report-analysis-seen-effect = Beyond difficulty
report-analysis-seen-interval = 95% interval
report-analysis-seen-beside = Compared with
report-analysis-seen-relative = { $others } (flagged, too: only a gain beyond theirs shows)
report-analysis-seen-same-order = Nobody changes places without the flagged documents.
report-analysis-seen-swapped = Without any flagged document these stand the other way round or level: { $pairs }.
report-analysis-seen-gate = With and without documents that may have been seen: { $gate }
report-analysis-seen-gate-lead = The outcome over all documents is the one that counts.
report-analysis-seen-gate-caption = { $gate }: outcomes with and without flagged documents
report-analysis-seen-gate-all = All documents
report-analysis-seen-gate-clean = Without flagged ones
report-analysis-items-caption = The first findings, { $number } at most
report-analysis-task = Task
report-analysis-document = Document
report-analysis-problem = Why
report-analysis-item-right = all who answered are right: { $entrants }
report-analysis-item-wrong = all who answered are wrong: { $entrants }; by guessing { $p }
report-analysis-item-negative = the better ones are wrong: correlation { $correlation }, p { $p }
report-analysis-item-reversed = the better ones are wrong by the item model: discrimination { $discrimination }, chance of a false find { $p }
report-analysis-item-key = { $strongest } agree on { $answer }; the key says { $key }
report-analysis-standings-caption = Scores with all documents and without those that look broken
report-analysis-score-all = Score
report-analysis-score-without = Without broken ones
report-analysis-rank-all = Rank
report-analysis-rank-without = Rank without
report-analysis-power = Was there enough evidence at the gate: { $gate }
report-analysis-power-lead = The power is the chance that an equal of the highest reference passes with the evidence that there is. Enough means a power of { $enough }; a dash means that no number would do.
report-analysis-power-caption = Power and evidence: { $gate }
report-analysis-power-equal = Power
report-analysis-enough-clusters = Clusters, enough
report-analysis-enough-documents = Documents, enough
report-analysis-lacking = Enough for what was seen
report-analysis-lacking-none = { $reference }: no number would do
report-analysis-lacking-clusters = { $reference }: { $clusters } clusters
report-analysis-lacking-documents = { $reference }: { $documents } documents
report-analysis-lacking-some = { $reference }: { $clusters } clusters or { $documents } documents
report-analysis-panel = The panel’s marks: { $criterion }
report-analysis-panel-lead = The fair average is what raters of mean severity would have given (many-facet Rasch model). Points come from the marks as they were given.
report-analysis-averages-caption = Averages as given and with severity taken out
report-analysis-raw-average = Raw average
report-analysis-fair-average = Fair average
report-analysis-marks = Marks
report-analysis-raters-lead = Severity is in logits around 0: the higher, the lower the marks. Infit near 1 is as expected; from 0.5 to 1.5 is of use; far above, a rater disagrees in ways that severity does not explain.
report-analysis-raters-caption = Raters
report-analysis-rater = Rater
report-analysis-severity = Severity
report-analysis-error = Standard error
report-analysis-infit = Infit
report-analysis-alpha = Krippendorff’s alpha ({ $metric }) is { $alpha } (95% interval { $interval }), where 1 is perfect agreement and 0 what chance gives: { $meaning }.
report-analysis-metric-nominal = nominal
report-analysis-metric-ordinal = ordinal
report-analysis-metric-interval = interval
report-analysis-metric-ratio = ratio
report-analysis-alpha-firm = raters agree well enough to rest on
report-analysis-alpha-tentative = enough for tentative conclusions only
report-analysis-alpha-low = too little to rest on one rater’s mark
report-analysis-alpha-one-value = All marks that could be compared are { $value }, so agreement beyond chance cannot be told.
report-analysis-alpha-nothing = No question of a candidate has marks by two raters, so agreement cannot be told.
report-analysis-icc = One rater’s mark has a reliability of { $single } (intraclass correlation): that share of the variance lies between what is rated; the rest is raters and chance. The mean of { $raters } raters has { $average }.
report-analysis-icc-none = Marks do not vary enough for an intraclass correlation.
report-analysis-votes = Voters and attacks: { $criterion }
report-analysis-tests-registered = The tests of voters were registered in the rules. A flag takes no vote away.
report-analysis-tests-not-registered = The rules register no tests of voters; they ran with their defaults. A flag takes no vote away.
report-analysis-cap = { $voters ->
    [one] One voter has more votes than one person may weigh (at most { $most }); what they cast, { $votes } in all, weighs less than one each, alike.
   *[other] { $voters } voters have more votes than one person may weigh (at most { $most }); what they cast, { $votes } in all, weighs less than one each, alike for one person.
    }
report-analysis-cap-none = The rules let one person weigh { $most ->
    [one] one vote
   *[other] { $most } votes
    } at most; nobody has more.
report-analysis-tests-caption = The tests that ran
report-analysis-limit = False flags limited by
report-analysis-level = Level
report-analysis-hypotheses = Tested
report-analysis-flagged = Flagged
report-analysis-flag-evidence = Evidence
report-analysis-flag-threshold = Threshold
report-analysis-interval-without = 95% interval without them
voter-limit-bh = Benjamini–Hochberg
voter-limit-by = Benjamini–Yekutieli
voter-limit-e-bh = e-BH (e-values)
voter-limit-each = a fixed rate for each voter
report-analysis-flags-none = Voters tested: { $voters }. None is flagged.
report-analysis-flags = Voters tested: { $voters }. Flags: { $flags }.
report-analysis-flags-caption = Flags on voters, { $number } at most
report-analysis-voter = Voter
report-analysis-test = Test
report-analysis-subject = About
report-analysis-flag-share = Share
report-analysis-flag-votes = Votes
report-analysis-flag-run = { $number } in a row
report-analysis-subject-for = for { $name }
report-analysis-subject-against = against { $name }
report-analysis-subject-left = the left side
report-analysis-subject-right = the right side
report-analysis-subject-partner = with { $name }
report-analysis-beside = Flagged voters: { $voters }; their votes: { $votes }.
report-analysis-beside-moves = Without them other models would be in the first places of the vote.
report-analysis-beside-stays = Without them the same models are in the first places of the vote.
report-analysis-beside-problem = Without them there is no ranking: { $problem }
report-analysis-beside-caption = Ratings with and without the flagged voters
report-analysis-rating = Rating
report-analysis-rating-without = Rating without them
report-analysis-rating-change = Change
report-analysis-rank-without-voters = Rank without them
report-analysis-attack-lead = How few would move the cut of the whole decision:
report-analysis-attack-removal = Votes removed
report-analysis-attack-change = Votes changed
report-analysis-attack-addition = Votes added
report-analysis-attack-voters = Voters removed
report-analysis-attack-exact = { $kind }: { $number }, and no fewer.
report-analysis-attack-between = { $kind }: fewer than { $lower } cannot do it (proven); { $upper } can (tried).
report-analysis-attack-moved = { $kind }: none are needed; by points the other one is ahead already.
report-analysis-attack-above = { $kind }: fewer than { $lower } cannot do it (proven); no attack that does was found.

report-contest-lead = The votes come from a public contest in which nobody knew whose answers they read. Its draws and votes were bound in a log before anybody could read them, and all of them are published with this report.
report-contest-tests = What the tests of voters found, the ranking with and without the flagged voters, and how few votes would move the cut
report-contest-check = To draw every battle again and open every ballot, run in this folder:
contest-opened = Opened
contest-closed = Closed
contest-name = Name of the contest in its log
contest-rules = Digest of its sealed rules
contest-seed = Commitment to the seed of its draws
contest-log = Its log, and the key that signed it
contest-what = What happened
contest-number = Number
contest-counts-caption = What happened in the contest
contest-count-battles = Battles drawn
contest-count-voted = Voted on
contest-count-withdrawn = Votes withdrawn
contest-count-void = Void
contest-count-failed = Failed
contest-count-left = Left without a vote
contest-count-open = Open at the close
contest-count-voters = Voters
contest-count-cap-reached = Voters who cast all that they may
contest-count-conversations = Conversations published
contest-void-because = Void: { $reason }
contest-void-leak = an answer told who wrote it
contest-void-report = reported as harmful
contest-shown = Battles shown in
contest-exposure-caption = How often each was shown
report-analysis-notes = What could not be computed
report-analysis-notes-caption = Parts that are missing, and why
report-analysis-about = About
report-analysis-part = Part
report-analysis-part-sensitivity = other weights and single removals
report-analysis-part-comparisons = comparison pair by pair
report-analysis-part-items = documents that look broken
report-analysis-part-power = power of the gate
report-analysis-part-rasch = averages with severity taken out
report-analysis-part-alpha = Krippendorff’s alpha
report-analysis-part-icc = intraclass correlation
report-analysis-part-voter-tests = tests of voters
report-analysis-part-beside = ranking without the flagged voters
report-analysis-strata-lead = The same votes by category and language, each ranked by itself: rating, and the ranks that can't be excluded (95%, all together).
report-analysis-strata-caption = Rankings by category and language ({ $number } at most)
report-analysis-stratum = Category or language
report-analysis-stratum-voters = Voters
report-analysis-stratum-ranking = Ranking
report-analysis-stratum-place = { $name } { $rating } (rank { $low } to { $high })
report-analysis-stratum-one = { $name } { $rating } (rank { $rank })
report-analysis-stratum-small = Not ranked: votes below { $votes }, or voters below { $voters }.
report-analysis-stratum-split = Not ranked: it falls into parts that were never compared with each other ({ $parts }).
report-analysis-part-contamination = documents that may have been seen before
report-analysis-part-strata = ranking by category or language

# A comparison of two models' weights.
lineage-report-title = weights compared: { $first } and { $second }
lineage-report-model = { $name } ({ $format }): { $tensors ->
    [one] 1 tensor
   *[other] { $tensors } tensors
    }
lineage-report-file = file: { $name }, { $bytes ->
    [one] 1 byte
   *[other] { $bytes } bytes
    }, SHA-256 { $digest }
lineage-report-verdict = verdict: { $verdict }
lineage-report-component = { $component }: { $verdict }
lineage-report-verdict-same-bytes = same bytes
    .text = Every tensor that training could have changed has the same bytes in both.
lineage-report-verdict-derived = derived
    .text = The weights as a whole match more closely than independent initialisation lets them, as they do where one model was made from the other or both from a third.
lineage-report-verdict-shares-component = shares a component
    .text = Some of the weights have the same bytes or match more closely than independent initialisation lets them; for the rest this is not shown.
lineage-report-verdict-no-evidence = no evidence found
    .text = The tests that could be made found no relation, which does not prove that there is none.
lineage-report-verdict-not-testable = not testable
    .text = No test could be made, so nothing can be said either way.
lineage-report-component-language = language model
lineage-report-component-encoder = text encoder
lineage-report-component-vision = vision encoder
lineage-report-component-audio = audio encoder
lineage-report-component-adapter = adapter
lineage-report-component-whole = whole model, by shape
lineage-report-component-head = head
lineage-report-same = same bytes: { $same } of { $tensors ->
    [one] 1 tensor
   *[other] { $tensors } tensors
    } ({ $bytes ->
    [one] 1 byte
   *[other] { $bytes } bytes
    })
lineage-report-test = test
lineage-report-of = of
lineage-report-matched = mean similarity if matched
lineage-report-expected = mean under the null
lineage-report-z = standard deviations (z)
lineage-report-log10-p = log10 p (normal approximation)
lineage-report-exact-p = exact p (drawn permutations)
lineage-report-pairs = pairs
lineage-report-rejects = rejects independence
lineage-report-yes = yes
lineage-report-no = no
lineage-report-hidden-same = hidden dimensions as they are
lineage-report-hidden-prefix = first hidden dimensions of the wider model
lineage-report-hidden-permuted = hidden dimensions put in order
lineage-report-hidden-rotated = hidden dimensions rotated back
lineage-report-neurons-matched = neurons matched
lineage-report-layers = layers (first model's layer → second model's): { $layers }
lineage-report-layer = { $first } → { $second }
lineage-report-experts = experts matched with each other: { $matched } of { $compared } pairs match, in { $layers ->
    [one] 1 layer
   *[other] { $layers } layers
    }
lineage-report-experts-of-one = experts that match the other model's one network: { $matched } of { $compared }, in { $layers ->
    [one] 1 layer
   *[other] { $layers } layers
    }
lineage-report-not-tested = tensors not tested: { $count }
lineage-report-not-tested-of = { $model }: { $count } ({ $why }): { $names }
lineage-report-unnamed = tensors whose part is not known: { $count }
lineage-report-more = { $names } and { $count } more
lineage-report-why-unnamed = their part in the model is not known
lineage-report-why-buffer = computed, not trained
lineage-report-why-no-counterpart = the other model has no such part
lineage-report-why-shape = their shapes differ
lineage-report-why-encoding = numbers in an encoding that is not decoded
lineage-report-why-constant = the same number throughout
lineage-report-why-no-test = too small for a test, or of a kind for which there is none
lineage-report-seed = seed: { $seed }
lineage-report-limits = at most: rows of a matrix { $rows }, columns { $columns }, tokens { $tokens }; permutations drawn: { $draws }
lineage-report-level = level: independent weights are called related with a chance of at most { $level }, over all tests of a component together
lineage-report-repeat = repeat with: { $command }
lineage-report-null = the null hypothesis is independent initialisation: a shared seed rejects it without derivation, so ask for the seed and a checkpoint of step 0

# What the models of a registry were made from.
lineage-scan-title = Family tree of the registry
lineage-scan-known = the weights say which came first
lineage-scan-unknown = only the declaration says which came first
lineage-scan-progress = { $number } of { $total }: { $model }
lineage-scan-root = { $model }: names no parent
lineage-scan-model = { $model } ← { $parents }: { $relation }, { $status }: { $reason }
lineage-scan-relation-finetune = trained further
lineage-scan-relation-adapter = adapter
lineage-scan-relation-merge = merge
lineage-scan-relation-quantized = quantised
lineage-scan-relation-reshaped = reshaped
lineage-scan-relation-distilled = distilled
lineage-scan-relation-unknown = relation not known
lineage-scan-status-root = no parent named
lineage-scan-status-verified = verified
lineage-scan-status-rejected = rejected
lineage-scan-status-untestable = untestable
lineage-scan-reason-no-parent = it names no parent
lineage-scan-reason-shown = the weights show the relation
lineage-scan-reason-copy = it is its parent, unchanged
lineage-scan-reason-copy-of-another = another owner’s model has the same weights
lineage-scan-reason-no-op = it adds nothing to its parent
lineage-scan-reason-no-evidence = the tests found no relation
lineage-scan-reason-no-parent-weights = the parent’s weights are not in the registry
lineage-scan-reason-no-weights = its weights are not in the registry
lineage-scan-reason-gated = its weights are given only to people who accepted its terms
lineage-scan-reason-too-large = its weights are larger than what was left of --limit-bytes
lineage-scan-reason-too-many = --max-models allows no further model
lineage-scan-reason-no-files = it has no file of weights of a format that is read
lineage-scan-reason-not-fetched = its weights were asked for and did not come
lineage-scan-reason-unreadable = its files cannot be read
lineage-scan-reason-not-testable = no test could be made
lineage-scan-reason-distilled = weights cannot show distillation
lineage-scan-reason-fits = it fits its parent’s matrices, but its numbers do not show that it was trained on them
lineage-scan-reason-does-not-fit = it does not fit its parent’s matrices
lineage-scan-difference = differs by { $relative } of the weights’ size
lineage-scan-rank = rank { $rank }
lineage-scan-merge = coefficients { $coefficients }, residual { $residual }
lineage-scan-count = { $parent }, { $relation }: declared { $declared }, verified { $verified } (distinct { $distinct }), rejected { $rejected }, untestable { $untestable }
lineage-scan-limits = { $count } models are declared; weights of at most { $models } of them, of { $bytes } bytes at most, are fetched (--max-models, --limit-bytes)
lineage-scan-fetched = models whose weights are here: { $fetched }; read by the same digests: { $copies }; without weights: { $absent }
lineage-scan-listed = { $path }: { $count } models, as they are declared
lineage-scan-same-as = read from the files of { $model }, which have the same digests
lineage-scan-no-such-model = candidate { $candidate }: the registry has no model { $model }
lineage-scan-bad-line = { $file }, line { $line }: { $detail } is not as it should be; each line is a JSON object with id, path, base_model and relation
lineage-scan-twice = { $file }: the name { $model } stands twice
lineage-scan-empty = { $file }: there is no model in it; a model is a folder with a file of weights

# Comparisons of weights in the report.
report-lineage = Comparison of weights
report-lineage-lead = Each candidate's weights beside those of the published models that the rules name. Every similarity stands beside what it would be if the order of neurons or dimensions were shuffled, and beside what known relations gave.
report-lineage-null = The null hypothesis is independent initialisation. That nothing was found is no proof of independence, and a shared seed rejects the hypothesis without derivation.
report-lineage-pair = { $name } beside { $known }
report-lineage-no-weights = The candidate's weights cannot be had, so nothing was compared.
report-lineage-hypothesis = Hypothesis: both were initialised independently of each other. It is rejected with a chance of at most { $level } where it is true.
report-lineage-same = Same bytes: { $same } of { $tensors } tensors. Tensors that no test looked at: { $not }.
report-lineage-evidence = Evidence: { $path }
report-lineage-chart = Similarity above what a shuffled order gives
report-lineage-chart-description = Each row is a test. Bars at zero are the similarities under drawn shuffles, the circle is the one as it is: open where it rejects independence. Below, the ranges that known relations gave.
report-lineage-key-null = shuffled
report-lineage-key-independent = known independent models
report-lineage-key-related = models known to be trained further
report-lineage-key-point = this comparison
report-lineage-caption = Tests of the { $what }

# Fingerprints of weights.
lineage-print-made = { $path }: { $bytes } bytes
lineage-print-none = { $folder }: there is no fingerprint in it; make some with daepyo lineage fingerprint
lineage-print-other-seed = { $name } was made with seed { $other }, the suspect with { $seed }: they kept other rows
lineage-print-hit = { $name }: same tensors { $same }, z of norms { $norms }, of rows { $rows }, of any two layers { $layers }, of tokens { $tokens }
lineage-print-next = A search is no verdict: compare the weights of the likeliest with daepyo lineage compare.

# Models asked for their next words.
lineage-behave-title = behaviour compared: { $suspect } and { $parent }
lineage-behave-suspect = suspect
lineage-behave-parent = parent
lineage-behave-control = control { $number }
lineage-behave-file = { $role }: { $model }, { $digest }
lineage-behave-server = { $role }: { $model }
lineage-behave-built-in = built-in
lineage-behave-texts = texts: { $name }, { $digest }; texts compared: { $texts }, positions in them: { $positions }, left out because a model gave no word there: { $left }
lineage-behave-verdict = verdict: { $verdict }
lineage-behave-verdict-agrees-more = agrees more than every control
    .text = Suspect and parent write the same next words more often than either does with any control, as they do where one was trained on what the other writes or made from it. This is evidence of behaviour, not of weights.
lineage-behave-verdict-no-evidence = no evidence found
    .text = Suspect and parent do not agree more than every control does, which does not prove that they have nothing to do with each other.
lineage-behave-verdict-not-testable = not testable
    .text = In too few texts every model gave a word, so nothing can be said either way.
lineage-behave-same = suspect and parent write the same word at { $share } of the positions
lineage-behave-against = against
lineage-behave-seen = seen from
lineage-behave-with-control = agrees with it
lineage-behave-more = suspect and parent more
lineage-behave-z = standard deviations (z)
lineage-behave-log10-p = log10 p (normal approximation)
lineage-behave-exact-p = exact p (drawn signs)
lineage-behave-adjusted-p = after Holm
lineage-behave-rejects = rejects
lineage-behave-from-suspect = suspect
lineage-behave-from-parent = parent
lineage-behave-yes = yes
lineage-behave-no = no
lineage-behave-largest = largest p of all tests, which is that of the claim: { $p }
lineage-behave-chosen = seed: { $seed }; signs drawn: { $draws }; level: { $level }, over all tests together
lineage-behave-null = the null hypothesis is that the parent is to the suspect what a control is: common training data, a common tokenizer or one family of makers reject it without derivation where the controls do not share them, so choose controls that do
lineage-behave-repeat = repeat with: { $command }

## The site: the shell of every page
site-name = daepyo
site-skip = Skip to the content
site-nav = Main menu
site-nav-home = Programme
site-nav-accounts = Accounts
site-footer = Every decision can be recomputed by anyone from the published record.
site-stored = These are stored pages. What they say is as of { $day }.
site-contact = The office can be reached at:
site-sign-in = Sign in
site-sign-out = Sign out

## The site: home
site-home-empty = There is no programme yet.
site-home-lead = What a stage measures and how it decides is sealed before it begins.
site-stages = Stages
site-stage = Stage
site-stage-opens = Opens
site-stage-closes = Closes
site-stage-standing = State
site-standing-to-come = to come
site-standing-open = under way
site-standing-objections = open to objections
site-standing-over = over

## The site: signing in
site-sign-in-account = Sign in with an account
site-sign-in-code = Sign in with an access code
site-sign-in-wrong = The name or the password is not right.
site-sign-in-code-wrong = This is no access code of this site. Please check the characters.
site-sign-in-lost = You were no longer signed in, so what you sent was not taken. Sign in to get back to that page, and send it again.
site-sign-in-disabled = This account is disabled. Please ask the programme's office.
site-sign-in-code-revoked = This access code was revoked. Please ask the programme's office.
site-field-name = Name
site-field-name-about = Letters, digits and . - _ @ only, up to 64. Upper and lower case are the same.
site-field-password = Password
site-field-password-about = Please choose 12 to 256 characters.
site-field-code = Access code
site-field-code-about = The 20 characters that you were given. Dashes and case do not matter.
site-first-run = First run
site-first-run-about = This makes the account of the office that runs this site. It can be done once.
site-first-run-make = Make the account

## The site: the office's accounts
site-accounts-people = People with a role
site-accounts-number = Number
site-accounts-role = Role
site-accounts-team = Team
site-accounts-team-about = Only for the account of a team.
site-accounts-since = Made on
site-accounts-new = New account
site-accounts-make = Make the account
site-accounts-made = The account `{ $name }` is made. Its password is:
site-accounts-once = It is shown only now. Write it down and hand it over safely.
site-role-office = office
site-role-team = team
site-role-expert = expert
site-role-citizen = citizen
site-role-auditor = auditor
site-codes = Access codes for citizens
site-codes-about = One code signs one person in. The site does not keep codes, so they cannot be shown again.
site-codes-count = How many
site-codes-make = Make codes
site-codes-made = Access codes made: { $count }
site-codes-once = They are shown only now. Print this page or put them in a safe place.
site-accounts-state = State
site-accounts-active = may sign in
site-accounts-disabled = disabled since { $day }
site-accounts-actions = Actions
site-accounts-reset = New password
site-accounts-reset-this = Give number { $number } a new password
site-accounts-was-reset = The account `{ $name }` has a new password, and is signed out everywhere. The password is:
site-accounts-disable = Disable
site-accounts-disable-this = Disable number { $number }
site-accounts-enable = Let in again
site-accounts-enable-this = Let in again: number { $number }
site-disable = Disable somebody, or let them in again
site-disable-about = Whoever is disabled is signed out at once and cannot sign in. Their votes and records stay. Citizens find their number under “My account”.
site-codes-list = Codes that were made
site-codes-counts = { $unused } unused, { $used } used, { $revoked } revoked
site-codes-older = Older codes
site-code-number = No. { $number }
site-code-unused = unused
site-code-used = used
site-code-revoked = revoked on { $day }
site-code-revoke = Revoke
site-code-revoke-this = Revoke the code number { $number }

## The site: refusals and failures. What happened, and what to do next.
site-refused-title = This could not be done
site-refused-id = Request { $id }
site-refused-not-found = There is no such page.
    .help = Check the address, or begin at the first page.
site-refused-method = This address does not take such a request.
    .help = Go back one page and try again.
site-refused-signed-out = You must be signed in.
    .help = Sign in, then try again.
site-refused-role = Your role may not do this.
    .help = If you have another account, sign in with that one.
site-refused-forged = It could not be shown that this request comes from a page of this site.
    .help = Open the page anew and try again. Cookies must be allowed.
site-refused-large = What was sent is too large.
    .help = Send less.
site-refused-many = Too many requests.
    .help = Try again in { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }.
site-refused-timeout = There was no answer in time.
    .help = Try again in a moment.
site-refused-form = What was sent could not be read. { $field }
    .help = Check what you entered and send it again.
site-refused-parameter = The parameter “{ $name }” cannot be read so.
    .help = Compare with the document of the interface: there may be no such parameter, it may come only once, or its value lies outside what is allowed.
site-refused-body = What was sent cannot be read. Place: { $pointer }
    .help = Compare with the document of the interface.
site-refused-accept = The answer is JSON, and the request takes none.
    .help = Send Accept: application/json, or no such header.
site-refused-media = What was sent is not declared as JSON.
    .help = Send Content-Type: application/json.
site-refused-version = What is there now is another version.
    .help = Fetch it anew, then try again.
site-refused-gone = This address is no longer in use.
    .help = It has served its purpose. Go to the sign-in page.
site-refused-inside = Something failed inside the site.
    .help = Try again in a moment; if it goes on, tell the office the number of the request.
site-refused-store-away = The store cannot be reached.
    .help = Try again in a moment.
site-refused-taken = The name is taken.
    .help = Choose another name.
site-refused-votes-file = The stage’s file of votes, { $file }, is there already and holds something else.
    .help = Move it away, then close the contest again. Votes of this contest would not come into it otherwise.
site-refused-days = By the programme this contest is held from { $first } to { $last }.
    .help = Open it on one of these days, or change the programme before it begins.
site-refused-state = This cannot be done as things stand.
    .help = Open the page anew to see how they stand.
site-refused-closed = This is closed.
    .help = Nothing is taken after the close.
site-refused-cap = You have used all that one person may.
    .help = If it is the limit of one day, you can go on tomorrow.

## The site: what anyone may see
site-nav-rules = Rules
site-nav-candidates = Candidates
site-nav-evidence = Evidence
site-nav-data = Open data
site-nav-verify = Verify
site-nav-about = About this site
site-nav-privacy = Privacy
site-nav-accessibility = Accessibility
site-yes = yes
site-no = no
site-home-decides = { $candidates ->
    [one] One candidate takes part.
   *[other] { $candidates } candidates take part.
 } Teams: { $teams }. Stages: { $stages }. Each stage decides who goes on, by rules that were written down before it began.
site-home-more = What you can see here
site-home-rules = what is measured, how it is weighed, and how it is decided
site-home-candidates = who takes part with what
site-home-evidence = every observation that a decision rests on, with its proof
site-home-data = all published files
site-home-verify = how anybody recomputes a decision
site-stages-caption = Stages and their dates
site-stage-decides = Decides
site-stage-advance = who goes on; places: { $advance }
site-stage-dates = From { $opens } to { $closes }.
site-stage-objections = Objections until
site-stage-before = Nothing has been measured yet. This is what will be measured and how it will be decided.
site-stage-measured = What is measured, and how it is decided
site-stage-progress = Progress
site-stage-verdict = Verdict
site-stage-report = The whole report
site-stage-places = Places
site-stage-follows = This verdict follows an earlier one on the same stage; the report says why.
site-standing-closed = over, without a verdict yet
site-standing-decided = decided
site-standing-undecided = undecided: more evidence is needed
site-standing-no-verdict = no verdict
site-standing-broken = does not verify
site-standing-objections-until = objections until { $day }
site-poll-days = public votes { $first } – { $last }
site-poll-open = The public vote is open.
site-poll-closed = The public vote is closed.
site-broken = The published folder “{ $folder }” does not verify.
site-broken-about = Something in it is not as it was signed, so no result of it is shown. What was found:
site-verified = When this site started it checked the signature, walked the whole log ({ $entries ->
    [one] one entry
   *[other] { $entries } entries
 }), compared { $files ->
    [one] one file
   *[other] { $files } files
 }, scored { $samples ->
    [one] one sample
   *[other] { $samples } samples
 } again and computed the verdict again: everything is the same.
site-verified-stored = When these pages were written ({ $day }), the signature was checked, the whole log was walked ({ $entries ->
    [one] one entry
   *[other] { $entries } entries
 }), { $files ->
    [one] one file was
   *[other] { $files } files were
 } compared, { $samples ->
    [one] one sample was
   *[other] { $samples } samples were
 } scored again and the verdict was computed again: everything is the same.
site-verified-hidden = Documents that are hidden until their day could not be scored again.
site-verify-yourself = Check it yourself
site-rules-lead = These rules say what is measured, how it is weighed and how it is decided. They are sealed in a signed log before the first measurement of a stage.
site-rules-sealed = The rules below are those that were sealed last.
site-rules-not-sealed = No stage has been sealed under these rules yet; they may still change.
site-rules-differ = The programme file says something else than the rules that were sealed last. The differences, sealed first:
site-rules-programme = Programme
site-rules-version = Version
site-rules-version-of = { $version }, of { $dated }
site-rules-file = As it was written
site-rules-history = Sealed versions
site-rules-history-about = Each stage’s log begins with the digest of the rules that it runs under.
site-rules-history-caption = Rules by the stage that they were sealed for
site-rules-none = No stage has been sealed yet.
site-rules-dated = Dated
site-rules-digest = Digest of rules.json
site-rules-where = Where
site-rules-entry = first entry
site-rules-between = What changed between “{ $old }” and “{ $new }”
site-rules-same = Nothing.
site-rules-nothing = nothing
site-poll-rules = Rules of the public vote:
site-poll-mode = Answers
site-poll-mode-recorded = recorded before the stage
site-poll-mode-live = written while the voter waits
site-poll-prompts = Assigned prompts
site-poll-answers = Recorded answers
site-poll-temperature = Temperature of answers
site-poll-max-tokens = Tokens of one answer, at most
site-poll-tokens-a-day = Tokens of all answers on one day, at most
site-poll-system = What every contestant is told first
site-poll-floor = Least that each is shown, as a share of the even one
site-poll-even = Pairs that are drawn evenly
site-poll-sharpness = How much more often a pair comes that tells more (power)
site-poll-tags-caption = Reasons that a voter may tick
site-poll-tag = Reason
site-poll-tag-id = In the data
site-poll-names-caption = Names that give a contestant away, beside those of the programme
site-poll-distinctive = Wherever they stand
site-poll-ordinary = Where it introduces itself
site-poll-opens = Opens
site-poll-closes = Closes
site-poll-assigned = Share of assigned prompts
site-poll-votes-a-day = Votes of one person on one day, at most
site-poll-votes-in-all = Votes of one person in all, at most
site-poll-weight-cap = What the votes of one person weigh together, in votes, at most
site-poll-turns = Turns, at most
site-poll-prompt-characters = Characters of a prompt, at most
site-poll-answer-characters = Characters shown of an answer, at most
site-poll-hold-ms = The faster answer is held back once both have begun, in milliseconds, at most
site-suites = Suites
site-suites-caption = Suites of “{ $programme }”
site-suite = Suite
site-suite-tasks = Tasks
site-suite-documents = Documents
site-suite-limit = the first { $limit } of each task
site-suite-all = all
site-suite-published = Published
site-suite-hidden = hidden until { $day }; digests only
site-suite-open = openly
site-progress-about = The stage is being measured. No score is shown before the verdict.
site-progress-caption = Requests answered so far
site-progress-criteria-caption = Requests answered so far, by criterion
site-progress-phase = Now
site-progress-prepare = the rules are sealed; weights and servers are looked at
site-progress-measure = candidates and references are asked
site-progress-decide = answers are scored and the verdict is made
site-progress-publish = everything is written and signed
site-progress-answered = Answered
site-progress-planned = Planned
site-places-caption = What became of each candidate, with 95% intervals
site-rank-set = Possible ranks
site-gates-caption = Gates by candidate
site-gate = Gate
site-gate-evidence = Evidence
site-criterion = Criterion
site-criterion-most = At most
site-criterion-observations = Observations
site-criterion-units = Independent units
site-candidate = Candidate
site-candidates-lead = A candidate is a team’s frozen submission. Until a verdict only what was submitted is shown.
site-teams-without = Teams without a submission
site-candidates-none = There are no candidates yet.
site-candidates-caption = Candidates
site-candidate-team = Team
site-candidate-id = Id
site-candidate-licence = Licence of the weights
site-candidate-digest = Digest of what was submitted
site-candidate-standing = State
site-candidate-submitted = submitted
site-candidate-what = What was submitted
site-candidate-model = Source of answers
site-candidate-weights = Weights
site-candidate-tokenizer = Tokenizer
site-candidate-template = Through the model’s own chat template
site-candidate-before = There is no verdict on this candidate yet.
site-candidate-points = { $points } of 100 points; 95% interval { $range }.
site-candidate-gates = Gates with their evidence
site-candidate-criteria = Points by criterion, with 95% intervals
site-candidate-lineage = Lineage
site-candidate-lineage-about = What the weights showed beside those of published models:
site-evidence-lead = Every decision rests on a signed log that only grows. Each entry can be looked up here, and its place in the log is proven.
site-evidence-none = No finished stage has been published yet.
site-evidence-caption = Logs of finished stages
site-log = Log
site-log-of = Evidence: { $stage }
site-log-about = A log in the form of a tiled transparency log (C2SP tlog-tiles). Whoever keeps its checkpoint can show that nothing in it was changed or taken out.
site-log-entries = Entries
site-log-root = Root of the tree
site-log-key = Public key
site-log-checkpoint = Checkpoint
site-log-checkpoint-about = Keep this text: a log that does not extend it is another one.
site-log-raw = As witnesses read it:
site-log-find = Entries
site-log-number = Number of the entry, from 0 to { $last }
site-log-show = Show
site-log-jump = By number:
site-wrong-entry = There is no entry with this number. Entries have the numbers 0 to { $last }.
site-entry = Entry { $index }
site-entry-kind = What it is
site-entry-digest = SHA-256 of its bytes
site-entry-size = Size
site-entry-bytes = in bytes: { $bytes }
site-entry-text = The entry
site-entry-cut = The rest is in the file.
site-entry-file = The entry’s exact bytes as a file
site-entry-sample-about = A sample names its document, requests and cluster by digest or by name; documents of hidden suites stay digests until their day.
site-entry-neighbours = Neighbouring entries
site-entry-before = ← the one before
site-entry-after = the next one →
site-entry-log = the whole log
site-kind-rules = the sealed rules
site-kind-measured = what was measured
site-kind-sample = a scored document
site-kind-vote = a public vote
site-kind-mark = an expert’s mark
site-kind-derivative = a derived model
site-kind-finding = a finding on a gate
site-kind-withdrawal = a withdrawal
site-kind-panel-vote = a vote of the panel
site-kind-contamination = a document that may have been seen before
site-kind-correction = a correction
site-kind-verdict = the verdict
site-kind-manifest = the list of all published files
site-kind-unknown = none of daepyo’s entries
site-proof = Proof that it is in the log
site-proof-holds = This site has just checked the proof: entry { $index } is in the log of size { $size } that the checkpoint signs.
site-proof-holds-stored = When this page was written ({ $day }), the proof was checked: entry { $index } is in the log of size { $size } that the checkpoint signs.
site-proof-wrong = The proof of this entry does not hold.
site-proof-again-holds = Your browser has checked it as well: it fetched the entry and the proof, came to the same root, and found the signature of the log’s key under it. Compare that key with the one that the office announced.
site-proof-again-wrong = Your browser checked it as well and came to another result: the entry, the proof or the key is not what this page says. Keep the entry and the proof, and tell the office and the auditors.
site-proof-again-unsigned = Your browser has fetched the entry and the proof and came to the same root. It cannot check signatures of the kind Ed25519; the program below can.
site-proof-again-unable = Your browser cannot check the proof by itself, since this connection is not protected (https). The program below can.
site-proof-again-away = Your browser could not fetch the entry or the proof just now. Reload the page to try again.
site-proof-leaf = The entry’s hash as a leaf:
site-proof-left = with its neighbour on the left
site-proof-right = with its neighbour on the right
site-proof-gives = gives
site-proof-root = the root that the checkpoint signs:
site-proof-file = The proof as a file
site-proof-command = To check it offline with Python alone, with the entry, the proof and
site-data-lead = All published files of every finished stage. Their digests are in the manifest, and the manifest’s digest is in the signed log.
site-data-licence = Licence
site-data-contests = Every ballot and all files of closed contests
site-data-licence-none = The office has not stated one.
site-data-licence-about = Task files may carry terms of their own. Answers of candidates are published as evidence.
site-data-none = No finished stage has been published yet.
site-data-all = Files: { $files }; { $size } in all.
site-data-fetch = All of it with curl:
site-data-caption = Published files: { $stage }
site-data-file = File
site-data-size = Size
site-data-digest = SHA-256
site-data-more = Further files are named in manifest.json.
site-data-hidden = Documents of suites that are hidden until their day are not among them.
site-verify-lead = You need not believe this site. With the published files anybody can compute the same verdict to the byte, offline.
site-verify-what = `daepyo verify` checks the signature and every file, plans the requests again, scores the answers again, decides again and compares.
site-verify-key = Compare the key with the one that the office announced elsewhere: a key from this page alone is only this page’s word.
site-verify-fetch = Fetch the folder:
site-verify-run = Verify it:
site-verify-proof = One entry alone
site-verify-proof-about = Each entry’s page gives its bytes and its proof. A small program checks both with the key, without daepyo:
site-verify-witness = Witnesses and mirrors
site-verify-witness-about = Logs are served as C2SP tlog-tiles, so that existing witnesses can follow them:
site-about-what = This site runs a programme that chooses among models: it shows the rules, what was measured, what was decided, and the evidence for it.
site-about-how = Rules are sealed before anything is measured. Every observation goes into a signed log. A verdict is computed from rules and observations alone, so that the same input gives the same result everywhere. The site shows a finished stage only after computing its verdict again.
site-about-words = Words
site-about-words-gate = A gate is a condition that no rank outweighs. It is passed, failed, or not shown where the evidence carries neither.
site-about-words-criterion = A criterion gives points between two fixed ends, so that no team’s points depend on who else takes part.
site-about-words-interval = A 95% interval shows how far a number might have come out otherwise with other documents, raters or voters.
site-about-limits = What this site cannot show
site-about-limits-text = A log proves that nothing was changed after it was signed, not that what was measured is what matters. Whether the key is the office’s own has to be learnt elsewhere.
site-privacy-lead = Reading needs no account. This site has no advertising, no analytics and nothing from other sites.
site-privacy-stored = These pages are stored files and set no cookie. What is said here of signing in and voting is about the site that they were written from; what is logged when stored files are fetched lies with whoever hands them out.
site-privacy-reading = Reading
site-privacy-cookies = A cookie remembers the language for a year if you choose one. Signing in sets a cookie that ends after some hours. A further one protects forms and ends with the browser’s session.
site-privacy-log = The server’s log holds for each request its time, kind and duration. It holds no address, no cookie and nothing that you typed. Addresses are kept in memory for a short while, so that nobody can flood the site. Of attempts to sign in the site keeps for some minutes a keyed hash, from which no address can be read.
site-privacy-voting = Signing in and voting
site-privacy-person = Of who you are the site keeps a keyed digest, by which it knows you again but which it cannot turn back into a name.
site-privacy-kept = Beside it the site keeps, where you use them: the public key of a passkey, the keyed digest of an access code, the times of your sessions, and how many votes you have cast on each day, so that nobody casts more than the rules allow. Of your battles it keeps who met, what was said and what you chose.
site-privacy-public = Votes are published under a pseudonym, without your texts unless you agree.
site-privacy-live = What you ask in a conversation goes to the servers of both candidates, with the answers before it. Who asks does not. Prompts are not filtered before they are sent, so please write no personal data.
site-privacy-report = A report of harmful content is kept for the office, with what you write in it and the battle that it is about.
site-privacy-tests = Every hour of a contest registered tests look for votes that may not be one person’s own. What they find is kept under pseudonyms and published after the close. They delete no vote.
site-privacy-rights = Your rights
site-privacy-own = On “My votes” you take away all that is kept of your battles and votes, and delete the texts of your conversations and your reasons yourself. Votes stay and count, and so does how long the answers were.
site-privacy-rights-text = You may ask the office that runs this site what is kept of you, have it corrected, and have it deleted as far as a published vote does not already stand in the log.
site-accessibility-aim = This site aims at WCAG 2.2, level AA, and at the Korean guideline KWCAG 2.2.
site-accessibility-done = Every page can be read without a script, with the keyboard, with a screen reader, at a width of 320 pixels, in dark colours and on paper; recorded answers can be voted on without a script as well. Three things need a script: passkeys, in whose place there are other ways to sign in; conversations with both sides; and having your own browser check an entry of the log, which a program does as well. Every figure is followed by a table with the same numbers. Automated tests check structure, labels and links; no certified audit has been made.
site-accessibility-limits = Known limits
site-accessibility-limits-text = Wide tables scroll sideways within their own region. Entries of the log and reports hold texts of candidates as they came, in whatever language and form.
site-accessibility-contact = If something does not work for you
site-accessibility-contact-text = Please tell the office that runs this site. The same information is in the published files.
site-refused-changed = This file is no longer the one that was verified.
    .help = The office has to restart the site, which verifies the folder again. Other copies of the published folder are as good.
## daepyo serve
site-serve-listens = The site is at { $address } (Ctrl-C ends it)
site-serve-ended = The site has ended by itself. Its log says why; start it again with the same line.
site-serve-first-run = Make the office's account here, once: { $link }
site-serve-wrong = × { $option } { $value }: { $why }

## Contests on the site
site-nav-contests = Public contest
site-nav-votes = My votes
site-nav-office-contests = Contests
site-nav-office-reports = Reports
site-contests-none = This programme has no public contest.
site-contest-to-come = Not open yet.
site-contest-open = Open for votes. Until the close nobody sees a ranking.
site-contest-closed = Closed.
site-contest-broken = What was published of this contest does not verify.
site-contest-stored-days = Votes are taken from { $first } to { $last }.
site-contest-stored = Votes are not taken on a stored page, and it does not know whether the contest is open now. Results stand on stored pages that are written after the contest is closed and published.
site-contest-stored-decided = See the results on the stage’s page
site-contest-about = You read two answers side by side, without names, and say which is better. Who wrote them is told after the close.
site-contest-about-live = You talk with two sides at once, without names, and say which is better. Who they were is told after the close.
site-contest-begin = Begin
site-contest-begin-live = Begin a conversation
site-contest-sign-in = Sign in to begin
site-contest-citizens-only = Only those signed in as citizens vote.
site-contest-rules = Rules
site-contest-rule-blind = Whose answers they are is shown to nobody before the close.
site-contest-rule-turns = Prompts in one conversation, at most: { $count }
site-contest-rule-day = Votes of one person a day, at most: { $count }. A battle that is left, reported or withdrawn counts for the day as well.
site-contest-rule-all = Votes of one person in all, at most: { $count }
site-contest-rule-length = Answers are cut at the same length on both sides (characters): { $count }
site-contest-rule-draw = Who meets whom, and on which side, is drawn by the server; the seed is published after the close, so that anybody can draw again.
site-contest-rule-leak = An answer that tells who wrote it makes the battle void, and it is shown as such.
site-contest-rule-failure = A candidate that does not answer has not lost: it counts as a failure of infrastructure.
site-contest-rule-withdraw = You can withdraw your own votes until the close.
site-contest-name = Name of this contest in the log
site-contest-rules-digest = Digest of the sealed rules
site-ballots = Log of ballots
site-ballots-about = Every vote that is taken gets a line in a signed log that only grows (C2SP tlog-tiles). Until the close it holds commitments alone, which show no choice. Keep a checkpoint: a log that does not extend it is another one.
site-ballots-broken = The log of ballots does not verify, so nothing of it is given out here.
site-contest-nothing-left = There is nothing left to show you. Thank you for going through all of it.
site-contest-cap-day = You have used all battles of today. Come back tomorrow.
site-contest-cap-all = You have cast all your votes of this contest. Thank you.
site-contest-tokens = The conversations of today are used up. Come back tomorrow.
site-consent = Publishing my conversations
site-consent-about = If you agree, your conversations go into the open data after the close, personal data taken out first. You can take this back, or delete a conversation, until the close; what is published then stays published. Your votes count the same if you do not agree.
site-consent-given = You have agreed.
site-consent-not-given = You have not agreed.
site-consent-give = Agree
site-consent-take-back = Take it back
site-battle = Which answer is better?
site-battle-asked = Prompt
site-battle-left = Left answer
site-battle-right = Right answer
site-battle-cut = Cut here.
site-battle-report = Report harmful content
site-battle-report-what = What is wrong
site-battle-report-about = A report ends this battle without a vote.
site-battle-report-about-over = A vote stays as it is. The conversation is published only if the office finds it harmless.
site-battle-report-about-closed = The office reads it. What was published with the close no longer changes.
site-battle-reported = You have reported this battle. Another report takes the place of what you wrote.
site-battle-report-send = Report
site-battle-leave = Leave without a vote
site-battle-next = Next battle
site-live-title = Talk with both
site-live-prompt = What would you like to ask both?
site-live-further = Ask further
site-live-prompt-about = Both are asked the same, in { $count ->
    [one] 1 character
   *[other] { $count } characters
    } at most. Do not write names, telephone numbers or the like.
site-live-turns-left = You can ask { $count ->
    [one] once
   *[other] { $count } times
    } more.
site-live-ask = Ask both
site-live-assigned = This conversation begins with a prompt that is set.
site-live-ask-assigned = Begin with this prompt
site-live-identity = This asks who answers. An answer that tells makes the battle void.
site-live-next = It is your turn next.
site-live-place = All places are taken. { $count ->
    [one] 1 conversation waits
   *[other] { $count } conversations wait
    } before yours.
site-live-writing = Both answers are being written.
site-live-done = Both answers are here. You can vote now.
site-live-again = The answers stopped midway. They will be asked for again in a moment.
site-live-broken = The connection broke.
site-live-retry = Ask for the answers again
site-live-script = Conversations need a browser that runs JavaScript.
site-vote-which = Which is better?
site-vote-left = Left is better
site-vote-right = Right is better
site-vote-tie = About equal
site-vote-both-bad = Both are bad
site-vote-tags = Why, if you like
site-vote-reason = In your own words, if you like
site-vote-reason-about = Not published; you can delete it later.
site-voted = Your vote was taken: { $choice }
site-voted-withdrawn = You have withdrawn this vote.
site-voted-receipt = This value goes into the public log. By itself it says nothing about your vote; with the receipt you can check later that your vote was neither lost nor changed.
site-voted-fetch = Get the receipt
site-voted-withdraw = Withdraw this vote
site-ended-report = Your report was taken. This battle ended without a vote.
site-ended-void = An answer told who wrote it: this battle is void.
site-ended-failed = One side did not answer. That counts as a failure of infrastructure, not as a loss.
site-ended-left = You left this battle without a vote.
site-receipts = Check a receipt
site-receipts-link = Check a receipt of a vote
site-receipts-about = Computes again whether the vote of a receipt stands in the public log as it was cast. What you paste is not kept.
site-receipts-stored = A receipt shows that its vote stands in the public log as it was cast. A stored page takes none; anybody can check theirs on their own machine.
site-receipts-text = The receipt
site-receipts-text-about = Open the file that you got (receipt-….json) and paste all of it.
site-receipts-check = Check
site-receipts-offline = Without trusting this site
site-receipts-offline-about = This command checks it on your own machine, offline:
site-receipts-holds = It holds: this vote stands in the public log as it was cast.
site-receipts-fails = It does not hold.
site-receipts-voted = Vote
site-receipts-index = Place in the log
site-receipts-commitment = Value in the log
site-receipts-withdrawn = Withdrawn
site-receipts-malformed = This is no receipt. See that you pasted the whole file.
site-receipts-other-vote = The vote in the receipt is not the one that was committed to.
site-receipts-not-logged = The receipt has no proof yet. Fetch it again in a moment.
site-receipts-proof = The proof of the log does not hold.
site-receipts-parts = The parts of the receipt do not belong together.
site-receipts-log = Log
site-receipts-proof-text = Proof
site-commitment-about = This value stands in the public log. It does not show what was voted.
site-me-none = No contest has been open yet.
site-me-votes = Votes cast: { $count }
site-me-votes-table = My votes
site-me-battle = Battle
site-me-choice = Choice
site-me-left = On the left
site-me-right = On the right
site-me-day = Day
site-me-withdrawn = withdrawn
site-me-ranking = My own ranking
site-me-ranking-about = By my votes alone: wins / battles, a tie counts half.
site-me-data = My data
site-me-data-about = Take away what this site has of your votes, conversations and reports, or delete the text of your conversations.
site-me-export = Get my data
site-me-forget = Delete my conversations
site-me-forget-about = Deletes prompts, answers and reasons. Votes stay and count. They are published under a pseudonym, with how long the answers were. This cannot be undone.
site-me-forget-do = Delete
site-office-log-trouble = The log of ballots cannot be written.
site-office-log-trouble-about = Votes are taken all the same and wait in the store. Look at the disk and the rights of the folder `log` in the site’s data. What the system said:
site-office-reports = Reports of harmful content
site-office-reports-none = No reports.
site-reports-open = Reports that are not handled yet: { $count }
site-reports-list = All reports
site-reports-older = Older reports
site-report-title = Reported battle { $battle }
site-report-contest = Contest
site-report-when = When
site-report-text = What was reported
site-report-state = State
site-report-open = not handled; the conversation is not published
site-report-late = not handled; it came after the close
site-report-stays = handled; the conversation stays unpublished
site-report-harmless = handled; it keeps nothing from being published
site-report-deleted = The text of this conversation was deleted by the person who held it.
site-report-handle = What did you find?
site-report-handle-about = A reported conversation is published with the close only if the person consents and you found it harmless. If they write another report, this is asked again.
site-report-handle-closed = The contest is closed. What was published with it no longer changes.
site-report-harmless-do = Harmless: may be published
site-report-stays-do = Handled: stays unpublished
site-report-handled-do = Handled
site-office-barred = Answers that are shown to nobody
site-office-barred-about = These are empty or tell who wrote them; no pair with them is drawn for that prompt.
site-barred-missing = there is no answer
site-barred-empty = it is empty
site-barred-leak = it tells who wrote it ({ $who })
site-office-open-about = Opening seals the rules and the digest of the seed in the log; the rules cannot change afterwards.
site-office-open = Open the contest
site-office-voters = Voters: { $count }
site-office-flags = Tests of voters
site-office-flags-about = The tests flag and never delete a vote.
site-office-examined =
    The tests have run { $count ->
        [0] not yet
        [one] once
       *[other] { $count } times
    }; they run every hour and at the close.
site-office-flags-none = Nobody is flagged.
site-office-close = Close the contest
site-office-close-about = No vote or withdrawal is taken after the close, and every ballot is opened. This cannot be undone.
site-office-close-do = Close
site-office-publishing = The contest is closed and is being published. That goes on by itself, also after a restart; this page shows it when it is done.
site-office-close-go-on = Go on now
site-results = Results
site-results-counts = Votes: { $votes }, by so many people: { $voters }
site-results-none = There are not enough votes for a ranking.
site-results-soon = The contest is closed. Its results and files are being made and will stand here.
site-results-ranking = Ranking
site-results-ranking-about = Intervals of 95 %, which allow for the likeness of one person’s votes.
site-votes-ranking-caption = Ratings on the scale on which the reference has 1,000, with 95 % intervals
site-results-rank = Rank
site-results-candidate = Candidate
site-results-rating = Rating
site-results-interval = 95 % interval
site-results-possible = Possible ranks
site-results-flags = What the tests of voters flagged
site-results-without = Beside the ranking without the flagged voters
site-results-with = All: rank, rating [95 % interval]
site-results-without-them = Without flagged voters: rank, rating [95 % interval]
site-results-attack = What it would take to turn the cut
site-results-files = Open data
site-results-files-about = Every ballot and the seed. Anybody can compute the ranking and the draws again.
site-results-check = With the log, and checked on your own machine:
site-refused-nothing-left = There is nothing left to show.
    .help = See whether there is another contest.
site-refused-tokens = The conversations of today are used up.
    .help = You can still vote on answers that you have. New conversations open tomorrow.
site-refused-queue = The line of those who wait is full.
    .help = It will be tried again in a moment.
site-refused-elsewhere = These answers are being written in another window.
    .help = Close that window to go on here.
site-refused-tag = This tag is not on the list.
    .help = Choose again on the page of the battle.
site-refused-long = The text is too long.
    .help = Shorten it and send it again.
site-refused-prompt = The prompt is empty or too long.
    .help = Mend it and send it again.
site-refused-not-logged = The log has not come so far yet.
    .help = Try again in a moment. No vote that was taken is lost.

## daepyo contest
contest-receipt-holds = it holds: this vote ({ $choice }) stands in the log at { $index } of { $size }, as it was cast
contest-receipt-withdrawn = it was withdrawn at { $time } (UTC+9) and does NOT count; the withdrawal stands in the log at { $index }
contest-receipt-withdrawn-unproven = it was withdrawn at { $time } (UTC+9) and does NOT count; the receipt has no proof of the withdrawal: fetch it again
contest-receipt-fails = the receipt does NOT hold: { $why } ({ $code })
contest-receipt-malformed = this is no receipt
contest-receipt-other-vote = the vote or the reason in it is not what was committed to
contest-receipt-not-logged = it has no proof yet; fetch it again in a moment
contest-receipt-proof = the proof of the log does not hold
contest-receipt-parts = its parts do not belong together
contest-check-holds = it holds: votes { $votes }, voters { $voters }, withdrawn { $withdrawn }, battles { $battles }; every ballot agrees with the log of size { $size }, every draw follows from the seed
contest-check-fails = it does NOT hold: { $count ->
    [one] one finding
   *[other] { $count } findings
}
contest-closed-log = the log itself does not hold
contest-closed-missing = the file is not there
contest-closed-form = a line that is not in the file’s form
contest-closed-changed = not the file that the closing entry names
contest-closed-opening = the log has no opening of this contest, or one with other rules or another seed
contest-closed-closing = the log has no closing of this contest, or several, or one of another time
contest-closed-commitment = a ballot that is not what was committed to
contest-closed-place = a ballot that does not stand in the log at its place
contest-closed-not-opened = a ballot of the log that was not opened
contest-closed-withdrawal = withdrawals that are not those of the log
contest-closed-tag = a ballot with a tag that the rules do not list, or tags out of order
contest-closed-caps = more votes of one voter, on one day or in all, than the rules allow
contest-closed-votes = votes that do not follow from the ballots
contest-closed-other-battle = a ballot that does not belong to the draw of its battle
contest-closed-draw = a battle that the seed does not give
contest-closed-counts = counts that do not follow from ballots and draws
contest-closed-examination = what the tests of voters found is not what the log has, or does not follow from the ballots
contest-closed-conversation = a conversation of no battle
## The site: signing in with an identity provider
site-sign-in-oidc = Sign in with an identity provider
site-sign-in-oidc-about = You prove there who you are. This site learns neither your name nor anything else about you.
site-sign-in-oidc-with = Go on with { $name }
site-sign-in-oidc-declined = The identity provider did not confirm the sign-in. You can try again or choose another way.
site-signed-out = Signed out
site-signed-out-here = You are signed out of this site.
site-signed-out-there = You may still be signed in at { $name }. On a shared computer, sign out there as well.
site-signed-out-leave = Sign out of { $name }

## The site: passkeys
site-sign-in-passkey = Sign in with a passkey
site-sign-in-passkey-about = With the fingerprint, face or PIN of this device, or with a security key. You need a passkey that you added here before.
site-sign-in-passkey-use = Use a passkey
site-sign-in-passkey-wrong = This passkey could not be accepted. Please try again, or choose another way.
site-passkey-script = Passkeys need a script of this site, which your browser did not run. Allow scripts for this site, or sign in another way.
site-passkey-unsupported = This browser cannot use passkeys. Please choose another way.
site-passkey-failed = The passkey was not used: it was cancelled, or took too long. You can try again.
site-nav-me = My account
site-me-about = This is all that the site knows about you, beside what you do here. If the office is to give you a role, tell it this number.
site-passkeys = Passkeys
site-passkeys-about = With a passkey you sign in without a name and without a password. It stays on your device; the site keeps only its public key.
site-passkeys-name = This site is reached by a number instead of a name, so passkeys cannot be used.
site-passkeys-full = You have as many passkeys as one person may have. Remove one before you add another.
site-passkey = Passkey
site-passkey-added = Added on
site-passkey-add = Add a passkey
site-passkey-remove = Remove
site-passkey-remove-this = Remove the passkey { $id }
site-passkey-person = { $site }, number { $number }
site-passkey-wrong = This passkey could not be added. Open the page anew and try again.
site-passkey-taken = This passkey is registered already.

## The site: roles of people who have signed in before
site-people = Give a role
site-people-about = Anybody who has signed in before can get a role, whichever way they sign in. They find their number under “My account”.
site-people-give = Give the role
site-wrong-name = The account was not made: the name does not serve. Letters, digits and . - _ @ only, up to 64.
site-wrong-role = There is no such role. Please choose one.
site-wrong-team = There is no such team in this programme. Please choose the team again.
site-wrong-person = This is no number of a person. People find theirs under “My account”.
site-wrong-nobody = Nobody has this number. Whoever is to be found by it must have signed in once.
site-wrong-self-role = Nobody gives themselves another role. Another member of the office can do it.
site-wrong-self-account = This is your own account. Another member of the office can do it; your own password you change under “My account”.

## The site: own password and sessions
site-password = Password
site-password-about = A new password signs you out everywhere else.
site-password-old = Present password
site-password-new = New password
site-password-again = New password, once more
site-password-change = Change the password
site-password-changed = The password is changed. You are signed out everywhere but here.
site-password-wrong = The present password is not right. Nothing was changed.
site-password-differs = The two new passwords differ. Nothing was changed.
site-sessions = Where you are signed in
site-sessions-about = Each sign-in is a line. The site keeps neither address nor browser, only these times (Korean time).
site-sessions-end-others = Sign out everywhere else
site-session-since = Signed in
site-session-seen = Last used
site-session-ends = Ends, unless used
site-session-this = this one
site-session-end = Sign out
site-session-end-this = Sign out the session that began { $since }

## The site: pages that move
site-contest-cast = { $all ->
        [one] You have cast { $all } vote of { $all-cap }; of today’s { $day-cap } battles you have used { $today }.
       *[other] You have cast { $all } votes of { $all-cap }; of today’s { $day-cap } battles you have used { $today }.
    }
site-contest-last-day = Last day: { $day }.
site-contest-days-left = { $days ->
        [0] Today is the last day.
        [one] { $days } day is left after today.
       *[other] { $days } days are left after today.
    }
site-contest-see-results = Show the results
site-office-turnout = Votes that hold: { $votes }. People who cast them: { $voters }.
site-office-queue = Entries for the log of ballots: { $queued }. In the log: { $logged }. Waiting: { $waiting }.

site-refused-provider-away = The identity provider cannot be reached.
    .help = Try again in a moment, or choose another way to sign in.
site-refused-provider-answer = What the identity provider answered could not be trusted.
    .help = You are not signed in. Begin again; if it goes on, tell the office the number of the request.
site-refused-stale = This sign-in cannot be completed.
    .help = It took too long, was completed before, or began in another browser or window. Begin again at the sign-in page.

## What keeps the site from starting
site-start-setting = a setting does not serve: { $problem }
site-start-secret = the secret in { $path } cannot be used
site-start-other-secret = this store belongs to a site with another key than { $path }
site-start-store = the site’s store cannot be opened
site-start-programme = the programme file { $path } cannot be shown
site-start-contests = the programme’s contests cannot be held
site-start-listen = cannot listen at { $address }
site-export-programme = the programme file cannot be shown
site-export-folder = the folder { $path } is not empty
site-export-changed = { $path } is no longer the file that was verified
site-export-file = { $path } cannot be read or written
site-export-no-base = × --published needs --base-url, and so does a log of ballots in --data: pages and lists for fetching name the address at which the files will stand. Example: --base-url https://vote.example.kr/archive
site-export-base = it must begin with http:// or https:// and name a host, without query, fragment or user
site-export-done = written to { $path }: pages { $pages }, files { $files }
site-export-not-yet = folders in which there is nothing yet: { $folders }; their stages are written as not begun
site-export-broken = × folders that do not verify (stages, contests, the log of ballots): { $broken }; nothing of them was written
site-contests-read = { $path } cannot be read
site-contests-rows = { $path }: bad lines { $problems }, the first is line { $line }; `daepyo check` shows all
site-contests-no-backend = nobody can talk to { $candidate } of the live contest { $contest }
site-contests-key = the key { $path } cannot be used
site-contests-contest = a contest cannot be held
site-contests-store = the store cannot be asked for contests
site-programme-read = the file cannot be read
site-programme-invalid = problems of the file: { $problems }; `daepyo check` shows them with their places
help-server-setting = see `daepyo serve --help`
help-server-secret = see who may read the data folder and the secret.key in it; with a store that is there already, start with the DATA with which it was first started, or restore secret.key and keys from the backup
help-server-store = see that the address is right and the database runs
help-server-programme = mend the file with `daepyo check`
help-server-contests = if the rules were changed after the contest was opened, change them back
help-server-listen = give another address with --listen
help-server-export-folder = give an empty folder with --out
help-server-export-file = see the folder’s rights and the space that is left
help-server-no-backend = give the candidate a model `openai:URL?model=NAME` or `replay:FILE` in the programme file; `llama:FILE` serves as well where daepyo is built with the feature `llama`, which this one is not

## The site: the API
api-title = Interface for programs
api-about = What the pages show and do, as JSON for programs. Everything here can be read without an account unless it says who may.
api-stored = Stored files hold this guide and the document alone; they answer none of these requests.
api-guide-lists = Lists come in pages: limit says how many entries at most (1 to 200), after says where to go on. The next page’s address is in the header Link.
api-guide-tags = Answers carry an ETag. Send it in If-None-Match, and what has not changed is answered with 304 and no content.
api-guide-problems = Refusals are application/problem+json with a code that does not change and the number of the request. Parameters that do not exist are refused.
api-guide-changes = Whoever is signed in can use the session’s cookie. Requests that change something need the header x-csrf as well; /api/v1/me tells its value.
api-guide-limits = The limits on how often one may ask are those of the pages. Beyond them the answer is 429 with Retry-After.
api-guide-path = Address
api-guide-what = What it does
api-guide-who = Who may
api-everybody = everybody
api-signed-in = whoever is signed in
api-tag-api = The interface itself
api-tag-programme = Programme
api-tag-evidence = Evidence and data
api-tag-contests = Contests
api-tag-own = Own votes
api-tag-office = Office
api-refusal = Refused or failed; the problem says why and what to do next.
api-retry-after = Seconds after which it is worth trying again.
api-session = The session’s cookie, as signing in sets it.
api-csrf = The session’s token for changes, as /api/v1/me tells it.
api-etag = Tag of this content, strong.
api-link = The next page of the list, where there is one.
api-answer = The answer.
api-not-modified = The client has this content already.
api-get-document = This document
api-get-programme = The programme with its teams and calendar
api-get-rules = The rules as they stand and every sealed version with its digest
api-list-candidates = All candidates
api-get-candidate = A candidate and what became of it
api-list-stages = All stages
api-get-stage = A stage with its rules
api-get-progress = How far the measuring of a stage is, without scores
api-get-verdict = A published verdict with rankings, intervals and gates
api-list-logs = The logs of all published folders
api-get-log = A log with its newest checkpoint and its key
api-list-observations = Observations of a published stage, by candidate, criterion or kind
api-get-entry = An entry of a log with the proof that it stands there
api-get-data = Published folders and the licence of their data
api-list-files = The files of a published folder with sizes and digests
api-list-contests = All contests and how they stand
api-get-contest = A contest with its rules
api-get-results = Results of a closed contest: ranking, flags, what an attack would take
api-check-receipt = Checks a receipt
api-get-commitment = Where the log has a commitment; it says nothing about the vote
api-get-me = Who one is to the site, and the token for changes
api-begin-battle = One’s unfinished battle, or a new one
api-set-consent = Says whether one’s conversations may be published
api-get-battle = One’s own battle
api-vote = Votes on a battle
api-withdraw-vote = Withdraws a vote while the contest is open
api-leave-battle = Leaves a battle without a vote
api-report-battle = Reports harmful content; the battle does not count
api-get-receipt = The receipt of a vote
api-list-votes = One’s own battles and votes
api-export-votes = Everything that the contests have of oneself
api-forget-votes = Deletes the texts of one’s own conversations
api-list-people = Everybody with a role other than citizen
api-give-role = Gives a role to somebody who has signed in before
api-make-account = Makes an account; its password is told once
api-make-codes = Makes access codes; they are told once
api-watch-contests = Contests as the office watches them, without scores
api-open-contest = Opens a contest
api-close-contest = Closes a contest and publishes it
