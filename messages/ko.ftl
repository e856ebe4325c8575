# daepyo가 하는 말, 한국어. 여기 있는 모든 id는 같은 변수와 함께 en.ftl에도 있다.

## 낱말
gate-passed = 통과
gate-failed = 탈락
gate-not-shown = 확인되지 않음

## 프로그램 파일의 문제: 무엇이, 어디서, 다음에 할 일.
spec-syntax = TOML 형식이 아닙니다: { $detail }
    .label = 여기
    .help = 형식은 toml.io에 있습니다
spec-missing-key = { $section }에 `{ $key }`이(가) 없습니다
    .label = 이 안에 `{ $key }`이(가) 있어야 합니다
    .help = { $about }
spec-unknown-key = { $section }에 모르는 키 `{ $key }`이(가) 있습니다
    .label = 아무것도 이 키를 읽지 않습니다
    .help = 여기서 쓸 수 있는 키: { $known }
spec-unknown-key-near = { $section }에 모르는 키 `{ $key }`이(가) 있습니다
    .label = 아무것도 이 키를 읽지 않습니다
    .help = 혹시 `{ $near }`인가요?
spec-wrong-type = `{ $key }`에는 { $expected }을(를) 적어야 합니다
    .label = 지금은 { $found }입니다
    .help = { $about }
spec-bad-value = `{ $key }`에 `{ $value }`은(는) 쓸 수 없습니다
    .label = { $reason }
    .help = { $about }
spec-unknown-word = `{ $value }`은(는) `{ $key }`의 값이 아닙니다
    .label = 다음 중 하나: { $known }
    .help = 혹시 `{ $near }`인가요?
spec-out-of-range = `{ $key }`의 값 { $value }이(가) 범위 { $range }을(를) 벗어났습니다
    .label = { $range } 안에 있어야 합니다
    .help = { $about }
spec-duplicate-id = id `{ $id }`이(가) 두 번 나옵니다
    .label = 앞에서 이미 썼습니다
    .help = { $what }마다 다른 id를 주십시오
spec-unknown-id = { $what } `{ $id }`이(가) 없습니다
    .label = 이 파일에 그런 이름이 없습니다
    .help = 있는 이름: { $known }
spec-missing-digest = 후보 `{ $id }`에 digest가 없습니다
    .label = digest가 없으면 동결된 것이 아닙니다
    .help = 가중치의 `digest = "sha256:…"`를 적으십시오. `sha256sum 파일`이 알려 줍니다
spec-suite-not-found = 평가 모음 `{ $id }`의 폴더가 없습니다: { $path }
    .label = 이 파일이 있는 폴더에서 찾았습니다
    .help = 프로그램 파일을 기준으로 한 경로를 적으십시오
spec-source-not-found = 파일 `{ $path }`이(가) 없습니다
    .label = `{ $what }`의 관측이 여기서 옵니다
    .help = 없어도 봉인할 수 있지만 결정할 수는 없습니다
spec-gate-without-data = 관문 `{ $id }`의 근거가 될 자료를 아무것도 제공하지 않습니다
    .label = { $reason }
    .help = 자료를 제공하거나 관문을 빼십시오
spec-empty-window = { $first }부터 { $last }까지 나온 기준 모델이 없습니다
    .label = 이 기간에 기준 모델이 없습니다
    .help = 기준 모델과 견주는 관문에는 하나 이상이 필요합니다. 추가하거나 `months` 또는 `frozen`을 바꾸십시오
spec-weights-sum = 평가 항목의 배점 합이 100이 아니라 { $sum }입니다
    .label = 단계 `{ $stage }`
    .help = 배점은 100점 가운데의 점수입니다
spec-dates-order = { $first }이(가) { $second }보다 뒤입니다
    .label = { $firstday }이(가) { $secondday }보다 늦습니다
    .help = window.frozen ≤ opens ≤ closes 순서이고, 단계는 차례로 이어집니다
spec-too-few = `{ $key }`에는 하나 이상이 필요합니다
    .label = 비어 있습니다
    .help = { $about }
spec-advance-too-many = { $advance }팀이 올라가는데 후보가 { $candidates }팀뿐입니다
    .label = 아무도 떨어지지 않습니다
    .help = `advance`는 후보 수보다 작아야 합니다
spec-format = 이 파일은 형식 { $found }입니다. 이 daepyo는 형식 { $known }을(를) 읽습니다
    .label = 모르는 형식
    .help = 그 형식을 아는 daepyo를 쓰십시오
spec-two-per-team = 팀 `{ $team }`의 후보가 둘입니다: `{ $first }`, `{ $second }`
    .label = 팀마다 동결 제출은 하나입니다
    .help = 하나만 남기십시오

## 다른 메시지에 들어가는 말: 이유, 키의 뜻, 형식, id가 있는 것.
reason-empty = 비어 있습니다
reason-no-server = 서버에 보내는 것이 없습니다
reason-no-price = `price`가 없습니다
reason-numbers-only = 종류가 `{ $kind }`인 평가 항목의 기준은 수로 적습니다
about-budget-of-server = `openai:` 모델에만 예산이 있습니다
about-add-price = `price`에 input, output, currency도 적으십시오
about-own-scale = 그 평가 항목의 눈금에 있는 수
about-full-above-zero = 만점이 되는 값은 0점이 되는 값보다 커야 합니다
about-maximum-above-minimum = 가장 높은 평점은 가장 낮은 평점보다 커야 합니다
no-file = 파일 `{ $path }`이(가) 없습니다
type-text = 글
type-whole-number = 정수
type-number = 수
type-fraction = 소수점이 있는 수
type-flag = 참·거짓 값(`true`, `false`)
type-date = 따옴표 없는 날짜
type-list = 목록
type-table = 표
thing-team = 팀
thing-submission = 후보나 기준 모델
thing-suite = 평가 모음
thing-stage = 단계
thing-gate = 관문
thing-criterion = 평가 항목
thing-reference = 기준 모델
thing-list-entry = 목록의 항목

## id, 이름, 날짜, 다이제스트, 모델 지정이 아닌 글.
core-id = `{ $text }`은(는) id가 아닙니다. a-z, 0-9, `-`, `_`, `.`을 1자부터 64자까지 쓰며 글자나 숫자로 시작합니다
core-name = `{ $text }`은(는) 이름이 아닙니다. 한 줄에 1바이트부터 256바이트까지 쓰며 앞뒤에 빈칸을 두지 않습니다
core-date = `{ $text }`은(는) 2026-11-21과 같은 꼴의 날짜가 아닙니다
core-digest = `{ $text }`은(는) `sha256:`과 소문자 16진수 64자리가 아닙니다
core-model-spec = `{ $text }`은(는) `llama:FILE.gguf`, `openai:URL?model=NAME`, `replay:FILE.jsonl` 가운데 어느 것도 아닙니다

## CSV 파일의 행.
row-same-candidate = 대결에는 서로 다른 두 후보가 있어야 합니다
row-not-number = `{ $text }`은(는) 수가 아닙니다
row-unknown-word = `{ $text }`은(는) 다음 가운데 어느 것도 아닙니다: { $known }
row-missing-column = 첫 줄에 열 이름 `{ $column }`이(가) 있어야 합니다
row-unknown-column = 모르는 열입니다. 쓸 수 있는 열: { $known }
row-not-utf8 = 이 행은 UTF-8로 적혀 있지 않습니다
row-length = 이 행에는 칸이 { $found }개 있고 첫 줄에는 { $expected }개 있습니다
row-unreadable = 행을 읽을 수 없습니다: `{ $detail }`

## Report
report-skip = 결정으로 바로 가기
report-language = 언어
report-contents = 차례
report-footer = daepyo가 만들었습니다. 결정은 봉인된 규칙, 기록된 관측, 시드에서만 나오며 누구나 다시 계산할 수 있습니다.
report-decision = 결정
report-candidates = 후보
report-gates = 관문
report-criteria = 평가 항목
report-ranks = 순위별 확률
report-ties = 당락선의 동점
report-tasks = 과제별 결과
report-samples = 응답 보기
report-rules = 규칙
report-proof = 직접 확인하기
report-reading = 읽는 법
report-notes = 알려 드립니다
report-nobody = 없음
report-empty = (비어 있음)
report-clipped = … { $count }자 줄임 …

report-state-decided = 결정됨
report-state-undecided = 아직 결정되지 않음
report-state-no-verdict = 판정 없음
report-facts = 단계 기간 { $opens } ~ { $closes }. 규칙 제{ $version }판({ $dated }). 관측 { $observations }건.
report-objections = 이의 신청은 판정 뒤 { $days }일 안에.
report-decided = { $in } { $out } { $sure }.
report-in-none = 진출하는 후보는 없고,
report-in-one = { $names } 후보가 진출하고,
report-in-many = { $names } 후보가 진출하고,
report-out-none = 탈락하는 후보는 없으며,
report-out-one = { $names } 후보가 탈락하며,
report-out-many = { $names } 후보가 탈락하며,
report-out-score = { $name }(점수)
report-out-tie = { $name }(동점 규칙)
report-out-gate = { $name }(관문 ‘{ $gate }’)
report-sure = 가장 덜 확실한 결정도 { $draws }번의 재표집 가운데 { $p }에서 같았습니다
report-sure-all = 이 결정은 { $draws }번의 재표집 모두에서 같았습니다
report-sure-tie = 당락선에서는 근거만으로 { $confidence }에 이르지 못해 규칙에 적힌 동점 순서로 정했습니다
report-sure-gates = 이 결정은 관문만으로 정해졌습니다
report-undecided-none = 이 단계는 아직 결정되지 않았습니다. { $why }.
report-undecided-one = { $names } 후보는 아직 진출도 탈락도 아닙니다. { $why }.
report-undecided-many = { $names } 후보는 아직 진출도 탈락도 아닙니다. { $why }.
report-settled = 지금까지 정해진 것은 진출 { $in }, 탈락 { $out }입니다.
report-why-more-evidence = 당락선에서 근거가 이들을 가르지 못했고, 규칙은 문항이나 투표를 먼저 더 모으도록 합니다
report-why-more-raters = 당락선에서 근거가 이들을 가르지 못했고, 규칙은 눈가림 평가자를 먼저 더 두도록 합니다
report-why-step = 동점 순서가 ‘{ $step }’에서 멈췄습니다
report-why-gate = 관문 ‘{ $gate }’의 통과도 탈락도 확인되지 않았고, 규칙은 근거가 더 모일 때까지 단계를 멈추도록 합니다
report-why-end = 동점 순서가 끝까지 갔지만 정해지지 않았습니다
report-no-verdict-infrastructure = 판정이 없습니다. { $name }에서 문항의 { $rate }에 응답이 없어 규칙의 한도 { $limit }를 넘었습니다.
report-no-verdict-missing = 판정이 없습니다. { $name }의 ‘{ $what }’에 대한 근거가 부족합니다.

report-advances = 진출
report-advances-tie = 진출 (동점 규칙)
report-eliminated = 탈락
report-eliminated-tie = 탈락 (동점 규칙)
report-eliminated-gate = 탈락 (관문)
report-open = 미정
report-legend-in = 진출
report-legend-out = 탈락
report-legend-open = 미정
report-legend-reference = 기준 모델

report-candidate = 후보
report-composite = 총점 (100점)
report-interval = 95% 구간
report-p-advance = 진출 확률
report-p-last = 최하위 확률
report-candidates-lead = { $advance }팀이 진출합니다. 재표집에서 { $confidence } 이상일 때만 점수로 진출이나 탈락이 정해집니다.
report-candidates-caption = 후보별 결정, 총점, 확률
report-no-composite = 보여 줄 점수가 없습니다. 이 단계에는 판정이 없습니다.
report-composite-chart = 모든 평가 항목을 더한 점수
report-interval-description = 표시는 추정값, 선은 95% 구간이며 눈금은 0점부터 { $most }점까지입니다. 같은 수가 아래 표에 있습니다.

report-gates-lead = 관문은 순위보다 앞섭니다. 결과는 셋입니다. 통과, 탈락, 그리고 근거가 어느 쪽도 받쳐 주지 못하는 ‘확인되지 않음’입니다.
report-gates-none = 이 단계에는 관문이 없습니다.
report-gate-no-results = 이 관문의 결과가 기록되지 않았습니다.
report-gate-ratio = { $suites }에서 기간 안의 모든 기준 모델의 { $ratio } 이상임이 신뢰수준 { $confidence }에서 확인되어야 합니다.
report-gate-ratio-corrected = { $suites }에서 찍어서 맞힌 몫을 뺀 점수가 기간 안의 모든 기준 모델의 { $ratio } 이상임이 신뢰수준 { $confidence }에서 확인되어야 합니다.
report-gate-threshold = { $suites }의 평균 점수가 { $minimum } 이상임이 신뢰수준 { $confidence }에서 확인되어야 합니다.
report-gate-finding = 사람이 판단하며, 그 결과는 { $source }에서 옵니다.
report-not-shown-stay = 확인되지 않으면 후보는 남습니다.
report-not-shown-out = 확인되지 않으면 후보는 탈락합니다.
report-not-shown-hold = 확인되지 않으면 근거가 더 모일 때까지 단계를 멈춥니다.
report-gate-caption = { $gate }: 후보별 근거
report-gate-chart = { $gate }: 요구 수준과의 거리
report-gate-chart-description = 표시는 요구 수준과의 평균 차이, 선은 한쪽 경계 사이입니다. 선이 모두 0의 오른쪽이면 통과, 모두 왼쪽이면 탈락입니다. 같은 수가 아래 표에 있습니다.
report-gate-line = 요구 수준
report-versus = { $name } ↔ { $other }
report-threshold = 기준값
report-outcome = 관문
report-reason = 이유
report-against = 견준 대상
report-outcome-against = 개별 결과
report-difference = 차이
report-lower = 하한
report-upper = 상한
report-se = 표준오차
report-candidate-score = 후보 점수
report-reference-score = 견준 점수
report-documents = 문항
report-left-out = 제외
report-clusters = 묶음

report-criteria-lead = 점수는 단계가 시작되기 전에 규칙이 정한 바깥 기준에서 나옵니다. 그래서 누가 함께 참가하는지에 따라 점수가 달라지지 않습니다.
report-weight = { $points }점
report-criterion-no-results = 이 평가 항목의 결과가 기록되지 않았습니다.
report-criterion-chart = { $criterion }: 점수
report-criterion-caption = { $criterion }: 점수와 그 근거
report-anchors = 0점 기준: { $zero }. 만점 기준: { $full }.
report-anchor-chance = 찍었을 때의 점수
report-anchor-reference = { $name }의 점수
report-rule-benchmark = { $suites }의 평균 점수.
report-rule-marks = 전문가 평점({ $minimum } ~ { $maximum }): { $items }. 출처 { $source }.
report-rule-votes = 공개 투표, 출처 { $source }: { $versus }보다 더 선호될 확률(무승부는 절반).
report-rule-derivatives = 다른 이들이 만든 서로 다른 파생 모델의 수({ $relations }, 신고된 것 포함). 출처 { $source }.
report-rule-derivatives-verified = 다른 이들이 만든 서로 다른 파생 모델의 수({ $relations }, 확인된 것만). 출처 { $source }.
report-raw-benchmark = 평균 점수
report-raw-marks = 평균 평점
report-raw-votes = 선호 확률
report-raw-derivatives = 파생 모델
report-raters = 평가자
report-voters = 투표자
report-owners = 만든 이
report-points = 점수
report-observations = 관측
report-votes-summary = 투표자 { $voters }명의 투표 { $votes }건, 그 가운데 무승부 { $ties }건. 이와 별도로 { $bad }건에서는 둘 다 나쁘다고 했습니다. 실력이 같은 두 후보가 비길 확률은 { $equal }입니다.
report-votes-budget = { $budget }표만 바뀌어도 당락선이 움직입니다.
report-votes-budget-none = 표가 바뀌어 당락선이 움직이는 경우는 찾지 못했습니다.
report-rating = 등급 점수
report-rating-chart = { $criterion }: 등급 점수
report-rating-description = 기준 모델을 1000으로 둔 엘로 눈금입니다. 표시는 추정값, 선은 투표자 단위로 재표집한 95% 구간입니다. 같은 수가 아래 표에 있습니다.
report-rating-line = 기준 모델
report-rating-caption = { $criterion }: 등급 점수와 투표
report-wins = 승
report-losses = 패
report-vote-ties = 무
report-both-bad = 둘 다 나쁨

report-ranks-lead = 문항, 평가자, 투표자를 함께 { $draws }번 다시 뽑고 그때마다 점수를 새로 셌습니다. 각 칸은 후보가 그 순위가 된 비율입니다. { $advance }팀이 진출하며 굵은 선이 당락선입니다.
report-ranks-caption = 순위별 확률 (관문에서 탈락하지 않은 후보)
report-rank = { $rank }위
report-rank-set = 가능한 순위
report-ties-none = 당락선에서 가려야 할 동점이 없었습니다.
report-ties-lead = 진출도 탈락도 아닌 후보들에 규칙의 동점 순서를 차례로 적용했습니다.
report-tie-trace = 동점: { $tied }. 남은 자리: { $places }. 진출: { $advanced }. 탈락: { $eliminated }.
report-tie-criterion = ‘{ $criterion }’ 점수가 높은 쪽(차이가 확인될 때)
report-tie-more-evidence = 문항이나 투표를 더 모음
report-tie-more-raters = 눈가림 평가자를 더 둠
report-tie-advance-all = 동점인 후보 모두 진출
report-tie-lot = 단계의 시드로 추첨

report-tasks-lead = 오답, 판독 불가, 잘림, 거절, 시설 장애는 서로 다른 다섯 가지입니다. 응답이 없는 문항은 점수에서 빼고 따로 셉니다.
report-tasks-none = 측정한 과제가 없습니다.
report-tasks-caption = { $suite }: 과제별 점수와 개수
report-score = 점수
report-guess = 찍을 때
report-right = 정답
report-wrong = 오답
report-unparsed = 판독 불가
report-truncated = 잘림
report-refused = 거절
report-infrastructure = 시설 장애

report-samples-lead = 물은 것과 돌아온 것을 그대로 옮겼습니다. 제어 문자는 이름으로 보이고, 긴 글은 줄인 길이를 밝히고 잘랐습니다. 공개 폴더에 모든 응답이 온전히 있습니다.
report-samples-none = 보여 줄 응답이 없습니다.
report-samples-hidden = { $suite }의 문항은 { $day }까지 다이제스트로만 공개됩니다.
report-samples-shown = { $all }건 중 { $shown }건
report-document = 문항 { $number }
report-prompt = 프롬프트
report-answer = 응답
report-target = 정답

report-rules-lead = 첫 관측보다 먼저 증거 기록에 봉인되었습니다.
report-rules-gates = 관문
report-rules-criteria = 평가 항목
report-rules-decision = 결정
report-rules-window = 기준 모델 기간
report-rules-resampling = 재표집
report-rules-file = 적힌 그대로의 파일
report-cut = { $advance }팀이 진출합니다. 점수에 따른 진출과 탈락에는 { $confidence } 이상의 확률이 필요합니다.
report-tie-order = 당락선에서 동점이면 다음 순서로 가립니다.
report-wildcard = 심사단의 { $majority } 넘게 찬성하면 탈락한 후보를 { $places }팀까지 다시 올릴 수 있으며, 반드시 골라야 합니다.
report-wildcard-none-allowed = 심사단의 { $majority } 넘게 찬성하면 탈락한 후보를 { $places }팀까지 다시 올릴 수 있으며, 아무도 고르지 않아도 됩니다.
report-window = { $frozen }까지 { $months }개월 사이에 나온 기준 모델: { $references }.
report-resampling = 시드 { $seed }로 함께 { $draws }번 뽑습니다. 어느 후보나 기준 모델이라도 시설 장애가 { $limit }를 넘으면 판정이 없습니다.
report-frozen = 측정 대상
report-frozen-caption = 동결된 후보와 기준 모델
report-role = 구분
report-role-candidate = 후보
report-role-reference = 기준 모델, { $released } 공개
report-model = 응답의 출처
report-digest = SHA-256
report-licence = 라이선스

report-proof-lead = 공개 폴더만으로 인터넷 없이 결정을 다시 계산하는 명령입니다.
report-proof-what = 모든 서명과 증거 기록의 트리를 확인하고, 저장된 응답을 다시 채점하고, 봉인된 규칙으로 결정을 다시 계산해 바이트까지 견줍니다.
report-proof-rules = 봉인된 규칙
report-proof-verdict = 판정
report-proof-log = 증거 기록
report-proof-entries = { $count }건
report-proof-key = 검증 키
report-proof-checkpoint = 서명된 체크포인트

report-read-interval = 95% 구간
    .text = 같은 종류의 다른 문항을 물었거나 다른 평가자와 투표자였다면 수가 달랐을 것입니다. 구간은 그 폭을 보여 줍니다. 이렇게 만든 범위는 100번 가운데 약 95번 참값을 담습니다. 두 구간이 많이 겹치면 둘의 순서는 확실하지 않습니다.
report-read-p-advance = 진출 확률
    .text = 재표집 가운데 그 후보가 진출하는 자리에 든 비율입니다. 97%라면 똑같이 그럴듯한 근거 100벌 가운데 3벌에서는 들지 못했다는 뜻입니다.
report-read-p-last = 최하위 확률
    .text = 재표집 가운데 그 후보가 관문에서 탈락하지 않은 후보들 중 마지막이 된 비율입니다.
report-read-rank-set = 가능한 순위
    .text = 근거가 후보에게 허용하는 순위로, 모든 후보에 대해 한꺼번에 95% 신뢰로 말한 것입니다. ‘2 – 4’는 2위부터 4위까지 모두 가능하다는 뜻입니다.
report-read-gate = 관문
    .text = ‘모든 기준 모델의 95% 이상’처럼 순위로 메울 수 없는 조건입니다. 기준 모델마다 같은 문항으로 차이를 재고, 하한이 요구 수준에 이를 때만 통과합니다.
report-read-not-shown = 확인되지 않음
    .text = 근거가 ‘통과’도 ‘탈락’도 받쳐 주지 못한다는 뜻입니다. 구간이 요구 수준에 걸쳐 있습니다. 후보에 대한 판단이 아니라 문항이 더 필요하다는 말이며, 그다음 처리는 규칙에 적혀 있습니다.
report-read-points = 점수
    .text = 평가 항목마다 고유한 측정값을 두 고정된 끝, 곧 0점이 되는 값과 만점이 되는 값에 따라 점수로 바꿉니다. 모든 평가 항목의 점수를 더하면 100점입니다.
report-read-failures = 오답과 나머지 네 가지 실패
    .text = 오답: 답을 읽었으나 맞지 않음. 판독 불가: 글에서 답을 읽어 낼 수 없음. 잘림: 답이 나오기 전에 길이 한도에서 끊김. 거절: 후보가 답하기를 거부함. 시설 장애: 응답이 오지 않음. 이는 기계의 탓이며 점수에 들어가지 않습니다.
report-read-standard-error = 표준오차와 묶음
    .text = 표준오차는 평균에서 우연이 보통 차지하는 크기입니다. 지문, 주제, 틀을 함께 쓰는 문항은 서로 독립이 아니므로 한 묶음으로 함께 재표집합니다.

## 명령줄
help = 도움말:
check-valid = { $file }: 올바릅니다 (경고 { $warnings }개)
check-invalid = { $file }: 올바르지 않습니다. 오류 { $errors }개, 경고 { $warnings }개
stopping = 멈추는 중입니다. 받은 답은 보존됩니다 (한 번 더 누르면 바로 멈춥니다)
run-report = 보고서: { $path }
run-verify = 누구나 이 명령으로 검증할 수 있습니다: { $command }
verdict-decided = { $stage }: 진출 { $advancing }; 탈락 { $out }.
verdict-undecided = { $stage }: 아직 정해지지 않았습니다. 진출 { $advancing }; 탈락 { $out }; 증거가 더 필요함 { $open }.
verdict-infrastructure = { $stage }: 판정이 없습니다. { $candidate }에 준 문항의 { $rate }가 기반 시설 문제로 응답을 받지 못했고, 규칙이 허용하는 한도는 { $limit }입니다.
verdict-missing = { $stage }: 판정이 없습니다. { $candidate }의 { $what }에 대한 증거가 없습니다.
key-made = 개인 키를 { $path }에 썼습니다. 잘 보관하고 아무에게도 보이지 마십시오
key-none = × 서명할 키가 없습니다: --key FILE을 주거나 DAEPYO_KEY를 정하십시오. `daepyo key new`가 만듭니다
key-in-log = × 개인 키 { $path }가 공개되는 폴더 안에 있습니다. 다른 곳에 두십시오
verify-no-folder = × 폴더 { $path }가 없습니다
verify-same = 검증됨: 기록 { $entries }개, 파일 { $files }개, 다시 채점한 표본 { $rescored }개. 판정이 바이트까지 같습니다
verify-differs = 검증되지 않음: 발견 { $count }건
verify-key = 서명한 키 { $key }, 루트 { $root }
verify-key-own-word = 이 키는 폴더 스스로의 말입니다. 주관 기관이 공표한 키와 견주거나 --key로 주십시오
verify-hidden = 평가 모음 { $suite }은(는) 아직 공개 전입니다. 표본을 다시 채점하지 않고 기록에서 가져왔습니다
verify-uncovered = { $file }이(가) 폴더에 있지만 서명된 것에 들어 있지 않습니다
verify-report-differs = 이 버전은 같은 증거로 다른 보고서를 그립니다. 중요한 것은 증거입니다
eval-counts = { $task }: 정답 { $right }, 오답 { $wrong }, 답을 못 읽음 { $unparsed }, 잘림 { $truncated }, 거절 { $refused }, 기반 시설 실패 { $infrastructure }
shard-done = 조각 { $shard }: 요청 { $requests }개, { $place }에 있습니다
shard-there = 조각 { $shard }: 요청 { $requests }개가 이미 { $place }에 있어 아무것도 묻지 않았습니다
shard-failures = 답이 없는 요청: { $failures }개. 같은 명령이 그것만 다시 묻습니다
merge-done = 조각 { $count }개를 { $out }에 합쳤습니다
tasks-count = 과제 { $tasks }개(자체 실행 { $native }개, 이식한 함수로 실행 { $ported }개, 파이썬 훅 { $hook }개, 파이썬 클래스 { $class }개, 실행 불가 { $refused }개), 그룹 { $groups }개, 태그 { $tags }개
limit-file = { $what }
limit-key = `{ $what }`: `{ $key }`
limit-document = `{ $what }`: 문항 { $document }: `{ $key }`
limit-time = { $place }: { $amount }초가 지나도 끝나지 않아 프로그램을 멈춥니다. 받은 답은 남아 있습니다
limit-memory = { $place }: 메모리를 채우고 있어(지금까지 { $amount } MiB) 프로그램을 멈춥니다. 받은 답은 남아 있습니다
hub-commit = 자료 { $name }, 커밋 { $commit }
hub-file = { $path } 내려받음 ({ $size } MB)
hub-waiting = { $seconds }초 뒤에 허브에 다시 요청합니다: { $reason }
votes-count = 투표 { $votes }건, 투표자 { $voters }명
serve-only-llama = × llama: 모델만 서비스할 수 있습니다
serve-listens = { $model }: { $address }에서 듣고 있습니다

## 실행 비용
estimate-requests = 요청
estimate-answered = 응답 보관
estimate-read = 읽는 토큰
estimate-written = 쓰는 토큰
estimate-time = 시간
estimate-cost = 비용
estimate-unknown = 알 수 없음
estimate-note-counted = 토큰은 각 모델의 토크나이저로 세었습니다. 쓰는 토큰과 비용은 답이 가질 수 있는 최대값입니다
estimate-note-estimated = 토크나이저가 없는 곳의 읽는 토큰은 어림값이며 절반까지 어긋날 수 있습니다. 쓰는 토큰과 비용은 답이 가질 수 있는 최대값이고, 재시도와 탐색 요청은 따로 더해집니다
estimate-nothing-sent = 모의 실행: 아무것도 보내지도 쓰지도 않았습니다
spent = { $candidate }: { $spent }
spent-tokens = 요청 { $requests }건, 읽은 토큰 { $read }, 쓴 토큰 { $written }
spent-cost = , { $cost }
spent-untold = { " " }(요청 { $untold }건은 서버가 토큰 수를 알리지 않아 가능한 최대값으로 세었습니다)
spending-no-price = × --max-cost에는 --price INPUT,OUTPUT,CURRENCY가 필요합니다
spending-no-price-of = × --max-cost에는 프로그램 파일에 { $candidate }의 `price`가 필요합니다
level-found = { $endpoint }: 동시 요청 { $limit }건 (최대 { $ceiling }건)
budget-is = { $candidate }: 예산은 { $budget }입니다
budget-stop = { $candidate }: { $spent }; 예산 { $budget }; 아직 답이 없는 요청 { $left }건
budget-requests = 요청 { $limit }건
budget-tokens = 토큰 { $limit }개
budget-cost = 금액 { $limit }

## 오류: 단계의 실행.
stage-programme = { $path }은(는) 올바른 프로그램 파일이 아닙니다
stage-unknown-stage = 이 프로그램에는 단계 `{ $stage }`이(가) 없습니다. 있는 단계: { $known }
stage-rules-changed = 단계 `{ $stage }`은(는) 다른 규칙으로 봉인되어 있습니다. 고친 파일은 새 판이므로 새 --out 폴더가 필요합니다
stage-digest-mismatch = `{ $candidate }`의 { $path }은(는) { $found }인데, 제출된 것은 { $written }입니다
stage-task = 평가 모음 `{ $suite }`의 과제 `{ $task }`을(를) 쓸 수 없습니다
stage-file-outside-suite = 과제 `{ $task }`이(가) 평가 모음의 폴더 { $suite } 밖에 있는 { $path }을(를) 읽습니다
stage-rows = { $path }에 잘못된 행이 { $count }개 있습니다
stage-backend = `{ $candidate }`에 물을 수 없습니다
stage-preflight = `{ $candidate }`을(를) 공정하게 측정할 수 없습니다
stage-file = { $path }을(를) { $what ->
    [make] 만들
    [read] 읽을
    [seal] 봉인할
    [write] 쓸
   *[other] 다룰
    } 수 없습니다
stage-store = 응답을 보관할 수 없습니다
stage-log = { $path }에 있는 증거 기록을 쓸 수 없습니다
stage-log-differs = 증거 기록의 항목 { $index }이(가) 이 규칙과 응답에서 나오는 것과 다릅니다
stage-decide = 관측이 규칙과 어긋납니다
stage-canonical = 정해진 바이트 꼴로 쓸 수 없는 값입니다: { $what }
stage-too-many-failures = `{ $candidate }`에 물은 문항의 { $rate } %가 시설 장애로 응답을 받지 못했습니다. 규칙이 허용하는 한도는 { $limit } %입니다
stage-budget = 예산을 넘기 전에 멈추었습니다. 받은 답은 보존됩니다
stage-interrupted = 멈추었습니다. 같은 명령을 다시 실행하면 여기서 이어 갑니다

## 오류: 평가의 조각, 조각이 놓인 곳.
shard-missing = 조각 { $count }개 가운데 없는 것이 있습니다: { $missing }
shard-doubled = 조각 { $index }이(가) 두 번 있습니다: { $one }, { $other }
shard-foreign = { $one }과(와) { $other }은(는) 한 평가의 조각이 아닙니다: { $difference }
shard-unfinished = { $place }에 끝난 조각이 없습니다
shard-damaged = { $place }이(가) 손상되었습니다: { $problem }
shard-plan-differs = 여기 있는 과제나 자료가 조각을 만들 때의 것과 다릅니다: { $difference }
shard-out-taken = { $path }에 조각의 답과 다른 답이 있습니다
shard-other-count = 한쪽은 조각 { $one }개, 다른 쪽은 { $other }개로 나누었습니다
shard-other-model = 모델이 다릅니다
shard-other-template = 대화 템플릿이 다릅니다
shard-other-tasks = 과제나 그 버전, 파일이 다릅니다: { $names }
shard-other-requests = 요청이 다릅니다
place-address = `{ $address }`은(는) 폴더도 `s3://BUCKET/PREFIX`도 아닙니다
place-no-folder = 폴더 { $path }이(가) 없습니다
place-setting = 이 설정으로는 `{ $address }`에 닿을 수 없습니다: { $problem }
place-failed = { $path }을(를) { $what ->
    [make] 만들
    [read] 읽을
    [write] 쓸
    [list] 훑을
    [remove] 지울
   *[other] 다룰
    } 수 없습니다: { $problem }
place-too-large = { $path }이(가) { $limit }바이트보다 큽니다

## 오류: 과제와 자료와 채점.
hub-no-cache = 내려받은 파일을 둘 폴더를 알 수 없습니다. HF_HOME이나 HF_HUB_CACHE를 정하십시오
hub-setting = 허브 설정을 쓸 수 없습니다: { $problem }
hub-name = 쓸 수 없는 이름입니다
hub-bad-name = `{ $name }`은(는) { $what }이(가) 아닙니다
hub-gated = 자료 `{ $repository }`은(는) 약관에 동의한 사람만 받을 수 있습니다. { $page }에서 동의하고 { $endpoint }/settings/tokens에서 토큰을 만들어 HF_TOKEN에 넣으십시오
hub-gated-token = 자료 `{ $repository }`은(는) 약관에 동의한 사람만 받을 수 있는데 HF_TOKEN의 토큰이 거절되었습니다. 그 토큰의 계정으로 { $page }에서 동의하십시오
hub-not-found = { $endpoint }에 { $what }이(가) 없거나 비공개입니다. 비공개라면 HF_TOKEN을 정하십시오
hub-not-found-token = { $endpoint }에 { $what }이(가) 없거나 비공개여서 HF_TOKEN의 토큰으로 볼 수 없습니다
hub-unreachable = { $endpoint }: { $problem }. 나중에 다시 시도하거나 HF_HUB_OFFLINE=1로 이미 받은 것을 쓰십시오
hub-answer = { $endpoint }의 응답을 쓸 수 없습니다: { $problem }
hub-wrong-content = { $repository }: `{ $path }`이(가) 커밋 { $commit }의 목록과 다릅니다({ $problem }). 아무것도 남기지 않았으니 다시 내려받으십시오
hub-too-large = { $repository }에 필요한 파일이 { $size }바이트입니다. 한도는 { $limit }바이트입니다
hub-offline = { $repository }: { $missing }이(가) { $cache }에 없고 HF_HUB_OFFLINE 때문에 내려받을 수 없습니다. 한 번 풀거나 다른 컴퓨터의 보관 폴더를 복사하십시오
hub-needs-script = { $repository }은(는) 자체 파이썬 프로그램 `{ $script }`(으)로 읽는 자료인데 daepyo는 그것을 실행하지 않고, 허브에 Parquet 사본(refs/convert/parquet)도 없습니다. 문항을 미리 파일로 만드십시오
hub-unknown-config = { $repository }: { $problem }. 있는 것: { $known }
hub-no-data = { $repository }의 자료를 읽을 수 없습니다: { $problem }
hub-cache = { $path }을(를) 쓸 수 없습니다
task-unreadable = { $path }을(를) 읽을 수 없습니다
task-yaml = { $path }:{ $line }:{ $column }: YAML을 읽을 수 없습니다: { $problem }
task-needs-python = { $path }: `{ $key }`에는 Python 코드 `{ $code }`이(가) 필요합니다. 그 단계를 Jinja 템플릿이나 내장 필터, 내장 지표로 쓰거나 자료를 미리 만들고 이 키를 지우십시오
task-include = { $path }: { $included }을(를) 끼워 넣을 수 없습니다: { $problem }
task-config = { $path }: `{ $key }`의 값을 쓸 수 없습니다: { $problem }
task-unknown = 이름이 `{ $name }`인 과제, 묶음, 꼬리표가 없습니다
task-unknown-near = 이름이 `{ $name }`인 과제, 묶음, 꼬리표가 없습니다. 가장 비슷한 이름은 `{ $near }`입니다
task-dataset-not-local = { $task }: 자료 `{ $dataset }`이(가) 이 컴퓨터에 없습니다(찾아본 곳: { $places }). 미리 내려받아 자료 폴더 아래에 `{ $dataset }`(으)로 두고 그 자료 폴더를 지정하십시오
task-split = 과제 `{ $task }`이(가) 쓸 자료 구분이 맞지 않습니다: { $problem }
task-data = { $path }:{ $line }: 자료 파일을 읽을 수 없습니다: { $problem }
task-template = { $path }: `{ $key }`은(는) daepyo가 이해하는 Jinja 템플릿이 아닙니다
task-document = 과제 `{ $task }`, 문항 { $document }: `{ $key }`이(가) 문항과 맞지 않습니다: { $problem }
task-fewshot = 과제 `{ $task }`의 퓨샷 예시를 뽑을 수 없습니다: { $problem }
task-hook = 과제 `{ $task }`의 파이썬을 쓸 수 없습니다
task-hook-key = 과제 `{ $task }`의 파이썬(`{ $key }`)을 쓸 수 없습니다
hook-sandbox-missing = 과제의 파이썬을 실행할 격리 환경이 없습니다 ({ $detail })
hook-start = 파이썬을 시작할 수 없습니다 ({ $detail })
hook-limits = 작업자의 한도를 걸 수 없습니다 ({ $detail })
hook-folder = 과제의 코드에 보여서는 안 되는 폴더입니다 ({ $detail })
hook-failed = 과제의 파이썬 함수가 실패했습니다 ({ $detail })
hook-timeout = 과제의 파이썬 함수가 제시간에 끝나지 않았습니다 ({ $detail })
hook-ended = 작업자가 도중에 끝났습니다 ({ $detail })
hook-given-up = 과제의 파이썬을 여러 번 멈춰야 해서 더 묻지 않습니다 ({ $detail })
hook-too-large = 답이 너무 큽니다 ({ $detail })
hook-protocol = 약속에 없는 답이 왔습니다 ({ $detail })
hook-result = 함수가 다른 종류의 값을 주었습니다 ({ $detail })
task-chat-template = 대화 템플릿을 쓸 수 없습니다: { $problem }
task-unknown-output-type = 모르는 출력 방식 `{ $name }`입니다
task-unknown-metric = 모르는 지표 `{ $name }`입니다
task-metric-unsuitable = 지표 `{ $metric }`은(는) 출력 방식이 `{ $type }`인 과제에 맞지 않습니다
task-unknown-aggregation = 모르는 집계 방법 `{ $name }`입니다
task-aggregation-unsuitable = 집계 방법 `{ $aggregation }`(으)로는 지표 `{ $metric }`을(를) 모을 수 없습니다
task-unknown-filter = 모르는 필터 `{ $name }`입니다
task-filter-unsuitable = 필터 `{ $filter }`은(는) 글을 읽는데, 출력 방식이 `{ $type }`인 과제에는 글이 없습니다
task-unknown-option = `{ $owner }`에는 선택 사항 `{ $option }`이(가) 없습니다
task-bad-option = `{ $owner }`의 `{ $option }`에는 다음을 적어야 합니다: { $expected }
task-bad-regex = `{ $owner }`의 `{ $pattern }`은(는) 정규식이 아닙니다
task-bad-target = 정답을 쓸 수 없습니다: { $problem }

## 오류: 응답의 출처, 기록된 응답, 저장소.
backend-file = { $path }을(를) { $what }(으)로 쓸 수 없습니다
backend-setting = 설정이 맞지 않습니다: { $detail }
backend-budget = 예산을 넘게 됩니다
backend-engine = 모델이나 서버가 답하지 못했습니다: { $detail }
replay-line = { $line }번째 줄을 쓸 수 없습니다
replay-read = 파일을 읽을 수 없습니다
replay-too-long = { $limit }바이트보다 깁니다
replay-json = 아는 꼴의 JSON이 아닙니다
replay-unknown-shape = 키 `request`, `prompt`, `context`, `rolling` 가운데 아무것도 없습니다
replay-positive = { $number }은(는) 0보다 크므로 로그 확률이 아닙니다
replay-contradiction = { $first }번째 줄이 같은 것(`{ $what }`)에 다른 응답을 줍니다
store-open = { $path }을(를) 응답 저장소로 열 수 없습니다
store-migrate = { $path }을(를) 이 버전의 구조로 바꿀 수 없습니다
store-query = 저장소를 읽거나 쓰지 못했습니다
store-corrupt = 요청 { $request }의 응답을 읽을 수 없습니다

## 오류: 증거 기록과 키.
evidence-io = { $path }을(를) { $action } 수 없습니다
evidence-entry-too-large = 이번에 덧붙일 항목 { $index }은(는) { $size }바이트입니다. 한 항목은 { $limit }바이트까지입니다
evidence-key-inside-log = 개인 키 { $key }이(가) 공개할 기록 폴더 { $log } 안에 있습니다. 밖으로 옮기십시오
evidence-key-mismatch = { $log }의 기록은 키 `{ $expected }`의 것이 아니라 `{ $found }`의 것입니다
evidence-not-empty = { $log }에 이미 `{ $found }`이(가) 있습니다. 새 기록에는 빈 폴더가 필요합니다
evidence-no-log = { $log }에는 기록이 없습니다. 파일 `checkpoint`이(가) 없습니다
evidence-locked = 다른 프로그램이 { $log }의 기록에 쓰고 있습니다
evidence-damaged = 기록 { $log }의 `{ $file }`이(가) 손상되었습니다: { $reason }
evidence-no-checkpoint-file = `{ $file }`은(는) 이 기록의 체크포인트가 아닙니다
evidence-key = 기록의 키를 쓸 수 없습니다
evidence-interrupted = 앞서 덧붙이기가 실패했습니다. 덧붙이기 전에 기록을 다시 여십시오
evidence-out-of-range = `{ $what }` { $asked }은(는) 항목이 { $size }개인 기록의 밖입니다
evidence-key-name = `{ $name }`은(는) 키 이름이 아닙니다. 비어 있거나 빈칸, `+`, 제어 문자가 들어 있으면 안 됩니다
evidence-malformed-public-key = `name+hash+base64` 꼴의 공개 키가 아닙니다
evidence-malformed-private-key = `PRIVATE+KEY+name+hash+base64` 꼴의 개인 키가 아닙니다
evidence-entropy = 시스템에서 난수를 얻지 못했습니다
evidence-key-exists = { $path }이(가) 이미 있습니다. 키 파일은 덮어쓰지 않습니다
evidence-key-file = 키 파일 { $path }을(를) { $action } 수 없습니다
evidence-malformed-checkpoint = 정해진 꼴의 서명된 체크포인트가 아닙니다
evidence-wrong-signature = 이 글에 대한 그 키의 서명이 아닙니다
evidence-wrong-origin = 첫 줄의 이름이 서명한 키의 이름과 다릅니다

## 오류: 판정.
verdict-invalid-rules = 규칙을 적용할 수 없습니다: { $problem }
verdict-other-stage = 관측 { $index }은(는) 단계 `{ $stage }`의 것입니다
verdict-unknown-candidate = 관측 { $index }에 나온 `{ $candidate }`은(는) 이 프로그램의 후보도 기준 모델도 아닙니다
verdict-unknown-suite = 관측 { $index }에 나온 평가 모음 `{ $suite }`이(가) 이 프로그램에 없습니다
verdict-unknown-criterion = 관측 { $index }이(가) 속하는 `{ $criterion }`은(는) 이 단계에 있는 같은 종류의 평가 항목이 아닙니다
verdict-unknown-item = 관측 { $index }이(가) 채점한 `{ $item }`은(는) `{ $criterion }`의 평가표에 없습니다
verdict-unknown-gate = 관측 { $index }이(가) 판단한 `{ $gate }`은(는) 이 단계에 있는 같은 종류의 관문이 아닙니다
verdict-self-vote = 관측 { $index }은(는) `{ $candidate }`을(를) 자신과 견준 투표입니다
verdict-bad-score = 관측 { $index }의 점수 { $score }이나 찍을 때의 점수 { $guess }을(를) 쓸 수 없습니다
verdict-score-without-answer = 관측 { $index }에는 채점한 답이 없는데 점수 { $score }이(가) 있습니다
verdict-mark-off-scale = 관측 { $index }의 평점 { $value }이(가) { $minimum }부터 { $maximum }까지의 눈금을 벗어났습니다
verdict-duplicate-sample = 관측 { $index }은(는) 관측 { $first }과(와) 같은 후보의 같은 문항을 채점했습니다
verdict-duplicate-mark = 관측 { $index }은(는) 관측 { $first }과(와) 같은 후보의 같은 물음에 평점을 주었습니다
verdict-duplicate-vote = 관측 { $index }의 투표 번호가 관측 { $first }과(와) 같습니다
verdict-documents-differ = 관측 { $first }과(와) 관측 { $index }에서 같은 문항의 { $what }이(가) 다릅니다
verdict-disconnected-votes = `{ $criterion }`의 투표가 서로 견준 적 없는 무리로 나뉩니다: { $parts }
verdict-self-vote-of-model = 투표 { $index }은(는) `{ $model }`을(를) 자신과 견줍니다
verdict-disconnected-models = 투표가 서로 견준 적 없는 무리로 나뉩니다: { $parts }
verdict-too-few-voters = 투표자가 { $voters }명이어서 구간을 구할 수 없습니다. 두 명은 있어야 합니다

## 오류: 시스템.
system-not-found = 그런 파일이나 폴더가 없습니다
system-permission = 권한이 없습니다
system-exists = 이미 있습니다
system-full = 디스크가 가득 찼습니다
system-folder = 폴더입니다
system-no-folder = 폴더가 아닙니다
system-address-used = 다른 프로그램이 이 주소를 쓰고 있습니다
system-refused = 이 주소에서 응답하지 않습니다

## `daepyo verify`가 찾아낸 것. 자세한 말은 영어로 남는다.
finding-verify-aggregate = 응답에서 나오는 결과나 표본이 아닙니다 ({ $detail })
finding-verify-changed = 서명된 것과 다른 파일입니다 ({ $detail })
finding-verify-entry = 기록에 daepyo의 것이 아닌 항목이 있습니다 ({ $detail })
finding-verify-measured = 측정한 것이 규칙에 적힌 것과 다릅니다 ({ $detail })
finding-verify-missing = 서명된 파일이 없습니다 ({ $detail })
finding-verify-observations = 관측이 규칙과 어긋납니다 ({ $detail })
finding-verify-order = 기록의 순서가 규칙에서 판정으로 이어지지 않습니다 ({ $detail })
finding-verify-rules = 봉인된 규칙이 프로그램 파일의 규칙과 다릅니다 ({ $detail })
finding-verify-sample = 저장된 응답에서 나오는 점수가 아닙니다 ({ $detail })
finding-verify-unusable = 이 파일을 읽을 수 없습니다 ({ $detail })
finding-verify-verdict = 관측과 규칙에서 다른 판정이 나옵니다 ({ $detail })
finding-evidence-missing-file = 기록에 있어야 할 파일이 없습니다 ({ $detail })
finding-evidence-unexpected-file = 기록에 속하지 않는 파일입니다 ({ $detail })
finding-evidence-unreadable-file = 기록의 파일을 읽을 수 없습니다 ({ $detail })
finding-evidence-malformed-key = 키가 정해진 꼴이 아닙니다 ({ $detail })
finding-evidence-key-mismatch = 다른 키의 기록입니다 ({ $detail })
finding-evidence-no-checkpoint = 쓸 수 있는 체크포인트가 없습니다 ({ $detail })
finding-evidence-malformed-checkpoint = 정해진 꼴의 서명된 체크포인트가 아닙니다 ({ $detail })
finding-evidence-wrong-signature = 이 기록의 키로 서명되지 않았습니다 ({ $detail })
finding-evidence-wrong-origin = 다른 기록의 체크포인트입니다 ({ $detail })
finding-evidence-wrong-name = 체크포인트의 크기가 파일 이름과 다릅니다 ({ $detail })
finding-evidence-rolled-back = 앞서 서명된 것보다 기록이 짧습니다 ({ $detail })
finding-evidence-forked = 서명된 두 체크포인트가 서로 어긋납니다 ({ $detail })
finding-evidence-wrong-root = 서명된 루트가 항목에서 나오는 것과 다릅니다 ({ $detail })
finding-evidence-malformed-entries = 항목으로 나눌 수 없습니다 ({ $detail })
finding-evidence-wrong-entry = 서명된 항목과 다릅니다 ({ $detail })
finding-evidence-wrong-tile = 항목에서 나오는 타일이 아닙니다 ({ $detail })
finding-evidence-io = 파일을 읽거나 쓸 수 없습니다 ({ $detail })
finding-evidence-damaged = 파일이 손상되었습니다 ({ $detail })
finding-evidence-no-log = 기록이 없습니다 ({ $detail })
finding-evidence-out-of-range = 기록의 밖입니다 ({ $detail })

## 오류 코드별로 다음에 할 일
help-limit-time = 여기 적힌 템플릿이나 패턴, 파일을 고치거나 그 과제를 빼십시오
help-limit-memory = 여기 적힌 템플릿이나 패턴, 파일을 고치거나 그 과제를 빼십시오
help-task-yaml = 적힌 곳을 고치십시오. 과제 파일에 쓸 수 있는 것은 docs/errors/task-yaml.md에 있습니다
help-task-include = 적힌 파일의 `include`를 고치십시오
help-task-config = 적힌 파일에서 그 키를 고치십시오
help-task-unreadable = 읽을 수 있는 보통 파일인지 확인하십시오
help-task-template = 적힌 키의 템플릿을 고치십시오
help-task-document = 적힌 키의 템플릿이나 그 문항을 고치십시오
help-task-data = 자료 파일의 적힌 줄을 고치거나 파일을 다시 받으십시오
help-task-fewshot = --num-fewshot으로 예시를 줄이거나 문항이 더 많은 자료 구분을 고르십시오
help-task-unknown = `daepyo tasks ls --include-path 폴더`로 무엇이 있는지 볼 수 있습니다
help-task-bad-regex = 패턴을 고치십시오. 파이썬과 다른 점은 docs/errors/task-bad_regex.md에 있습니다
help-hook-failed = 과제의 파이썬에서 적힌 곳을 고치십시오
help-hook-timeout = 과제의 파이썬을 고치거나 --hook-seconds로 시간을 더 주십시오
help-hook-ended = 과제의 파이썬을 고치십시오. 메모리는 2 GiB, 프로세서 시간은 한 시간까지이고 프로세스는 만들 수 없습니다
help-hook-given-up = 과제의 파이썬을 고치거나 --hook-seconds로 시간을 더 주십시오
help-hook-too-large = 과제의 파이썬이 내놓는 양을 줄이십시오
help-hook-protocol = 과제의 파이썬이 써서는 안 되는 곳에 씁니다. 다른 과제를 쓰십시오
help-hook-result = 과제의 파이썬이 lm-eval이 받는 것을 내놓게 하십시오
help-stage-rules-changed = 프로그램 파일의 `version`을 올리고 새 --out 폴더로 실행하십시오
help-stage-digest-mismatch = 동결된 가중치가 아닙니다. 팀에 묻거나 새 버전에서 `digest`를 고치십시오
help-stage-unknown-stage = `daepyo check PROGRAMME`이 파일의 문제를 알려 줍니다
help-stage-task = `daepyo tasks show NAME --include-path DIR`이 과제를 어떻게 읽는지 보여 줍니다
help-stage-file-outside-suite = 파일을 평가 모음 폴더 안으로 옮기십시오. 봉인한 것은 함께 공개됩니다
help-stage-rows = 위에 적힌 행을 고치십시오. 열 이름은 docs/reference에 있습니다
help-stage-backend = 모델 파일이나 서버가 있는지 보고 같은 명령을 다시 실행하십시오
help-stage-too-many-failures = 서버가 응답하는지 확인한 뒤 같은 명령을 다시 실행하십시오. 응답하지 않은 요청만 다시 보냅니다. --conclude를 붙이면 결정이 없다는 사실에 서명합니다
help-stage-log-differs = 다른 답이나 다른 버전으로 만든 폴더입니다. `daepyo verify`가 더 알려 줍니다
help-stage-preflight = 위에 적힌 것을 고치십시오. 아무것도 보내지 않았습니다
help-stage-budget = 같은 명령에 더 큰 --max-requests, --max-tokens, --max-cost를 주면 여기서부터 이어 가며, 받은 답은 다시 묻지 않습니다
help-shard-missing = 없는 조각을 같은 옵션과 `--shard I/N`으로 실행한 뒤 다시 합치십시오
help-shard-doubled = 조각을 한 번씩만 적으십시오
help-shard-foreign = 같은 모델, 과제, 옵션으로 실행한 조각만 합치십시오
help-shard-unfinished = 그 명령을 다시 실행하면 멈춘 곳에서 이어 갑니다
help-shard-damaged = 조각을 다시 복사하거나 그 명령을 다시 실행하십시오. 받은 답은 다시 묻지 않습니다
help-shard-plan-differs = 조각을 만들 때의 폴더를 `--include-path`와 `--data-root`로 알리십시오
help-shard-out-taken = 새 폴더에 합치십시오
help-place-failed = 그곳에 닿을 수 있고 쓸 수 있는지 본 뒤 같은 명령을 다시 실행하십시오. 받은 답은 다시 묻지 않습니다

# 투표자 검정과 공격 예산.
votes-flags = { $flags ->
    [0] 표시된 투표자가 없습니다.
   *[other] 표시 { $flags }건(표는 빠지지 않습니다):
}
votes-flag = { $voter }: { $test }, { $votes }표 가운데 { $share }
voter-test-one-sided = 한 모델에 치우침
voter-test-speed = 사람이 읽을 수 없는 속도
voter-test-copied-timing = 다른 계정과 같은 시간 간격
voter-test-copied-votes = 다른 계정과 같은 투표
voter-test-position = 늘 같은 쪽
voter-test-gold = 정답이 알려진 대결과 어긋남
votes-attack = { $first }이(가) { $last }을(를) 앞서게 하는 데 드는 최소한:
votes-attack-removal = 표 { $number }개를 뺄 때
votes-attack-change = 표 { $number }개를 바꿀 때
votes-attack-addition = 표 { $number }개를 더할 때
votes-attack-voters = 투표자 { $number }명을 뺄 때
