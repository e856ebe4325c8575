//! Korean for the details that errors carry as English text: a phrase book with holes. What is not in it stays as it is.

use daepyo_core::Localized;
use daepyo_messages::Argument;

/// A detail in both languages.
pub(super) fn detail(text: &str) -> Argument {
    Localized { ko: korean(text).unwrap_or_else(|| text.to_owned()), en: text.to_owned() }.into()
}

/// What an error names in a word or two, in both languages; quoted in Korean where it is not known.
pub(super) fn noun(what: &str) -> Argument {
    let known = NOUNS.iter().find(|(en, _)| *en == what);
    let ko = known.map_or_else(|| format!("`{what}`"), |(_, ko)| (*ko).to_owned());
    Localized { ko, en: what.to_owned() }.into()
}

const NOUNS: &[(&str, &str)] = &[
    ("a GGUF model", "GGUF 모델"),
    ("a log entry", "기록의 항목"),
    ("a model to talk to", "대화할 모델"),
    ("a response", "응답"),
    ("cluster", "묶음"),
    ("digest", "다이제스트"),
    ("guessing rate", "찍을 때의 점수"),
    ("recorded responses", "기록된 응답"),
    ("the manifest", "파일 목록"),
    ("the record of a shard", "조각의 기록"),
    ("the rules", "규칙"),
    ("the verdict", "판정"),
];

fn korean(text: &str) -> Option<String> {
    PHRASES.iter().find_map(|(en, ko)| Some(fill(ko, &holes(en, text)?)))
}

/// What stands in `text` where `pattern` has `{}`; none where they differ.
fn holes<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}").peekable();
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    while let Some(part) = parts.next() {
        let end = if parts.peek().is_some() { rest.find(part)? } else { rest.strip_suffix(part)?.len() };
        found.push(rest.get(..end)?);
        rest = rest.get(end + part.len()..)?;
    }
    rest.is_empty().then_some(found)
}

/// The phrase with its holes filled in the same order.
fn fill(phrase: &str, found: &[&str]) -> String {
    let mut values = found.iter();
    let mut filled = String::new();
    for (place, part) in phrase.split("{}").enumerate() {
        if place > 0 {
            filled.push_str(values.next().copied().unwrap_or_default());
        }
        filled.push_str(part);
    }
    filled
}

/// The first that fits counts.
const PHRASES: &[(&str, &str)] = &[
    (
        "a correction can't stand in the place of what it corrects",
        "바로잡는 관측이 바로잡힌 관측의 자리에 설 수 없습니다",
    ),
    (
        "a correction of a correction only makes it void; correct the observation anew",
        "바로잡음을 바로잡으면 무효가 될 뿐입니다. 관측을 새로 바로잡으십시오",
    ),
    (
        "an observation with a number that is not finite has no digest",
        "유한하지 않은 수가 든 관측에는 다이제스트가 없습니다",
    ),
    (
        "corrections that run in a circle; to take a correction back, correct the correction",
        "서로를 바로잡아 끝나지 않습니다. 되돌리려면 바로잡음을 바로잡으십시오",
    ),
    (
        "carries over `{}`, whose points were not given",
        "`{}`의 점수를 이어받는데 그 점수가 없습니다. `--carries`로 그 단계의 폴더를 적으십시오",
    ),
    ("it wrote no word elsewhere", "나머지 자리에서는 단어를 쓰지 않았습니다"),
    ("carries nothing over by its rules", "규칙에 따르면 이어받는 점수가 없습니다"),
    (
        "carries over `{}`, and was given the points of `{}`",
        "`{}`의 점수를 이어받는데 `{}`의 점수를 받았습니다",
    ),
    ("has no verdict, so it has no points to carry over", "판정이 없어 이어받을 점수가 없습니다"),
    (
        "has {} points of its own, which don't mix with the 100 of `{}`",
        "이 단계의 점수가 {}점이어서 `{}`의 100점과 섞을 수 없습니다",
    ),
    (
        "it is on stage `{}` of `{}`, another than this one",
        "단계 `{}`(프로그램 `{}`)의 판정이어서 이 단계의 것이 아닙니다",
    ),
    ("it was drawn with another seed or another number of draws", "시드나 재표집 횟수가 다릅니다"),
    (
        "nothing was corrected since, so there is nothing to correct in it",
        "그 뒤로 바로잡은 관측이 없어 고칠 것이 없습니다",
    ),
    (
        "it was not decided, so there is no cut to fill again",
        "정해지지 않은 판정이어서 다시 채울 자리가 없습니다",
    ),
    (
        "the points of `{}` are others now; a cut is filled again from the same evidence",
        "`{}`의 점수가 달라졌습니다. 빈자리는 같은 증거로 채워야 합니다",
    ),
    ("`<<` needs a mapping", "`<<`에는 키와 값의 묶음이 필요합니다"),
    (
        "`fewshot_indices` names document {} of {}",
        "`fewshot_indices`가 문항 {}을(를) 가리키는데 문항은 {}개입니다",
    ),
    (
        "`{}` is not a sampler; there are `default` and `first_n`",
        "`{}`은(는) 예시를 뽑는 방법이 아닙니다. `default`와 `first_n`이 있습니다",
    ),
    (
        "`{}` is none of the {} choices, nor a position among them",
        "`{}`은(는) 선택지 {}개 가운데 하나도, 그 순서도 아닙니다",
    ),
    (
        "entry {} (from 0) of the array is not an object",
        "배열의 항목 {}(0부터)이(가) 키와 값의 묶음이 아닙니다",
    ),
    ("gives an empty list", "빈 목록이 나옵니다"),
    ("gives no choices", "선택지가 나오지 않습니다"),
    ("gives no prompt", "프롬프트가 나오지 않습니다"),
    ("images and audio are not supported", "그림과 소리는 다루지 않습니다"),
    ("is missing", "빠져 있습니다"),
    ("it includes itself in the end", "돌고 돌아 자기 자신을 끼워 넣습니다"),
    (
        "its ending is none of .json, .jsonl, .ndjson, .csv, .tsv, .parquet and .txt",
        "확장자가 .json, .jsonl, .ndjson, .csv, .tsv, .parquet, .txt 가운데 어느 것도 아닙니다",
    ),
    ("more than {} values, aliases included", "별칭까지 더한 값이 {}개를 넘습니다"),
    ("more than {} bytes of text, aliases included", "별칭까지 더한 글이 {}바이트를 넘습니다"),
    ("more than {} documents", "문항이 {}개를 넘습니다"),
    ("must be at most {}", "{} 이하여야 합니다"),
    (
        "a quote that opens here is never closed; where quotes are plain text, set `dataset_kwargs: {quoting: 3}`",
        "여기서 열린 따옴표가 닫히지 않습니다. 따옴표가 글의 일부라면 `dataset_kwargs: {quoting: 3}`을 적으십시오",
    ),
    (
        "it is a link that leads out of the task's folder and of the data root; put the file itself there, or name its folder as the data root",
        "과제 폴더와 자료 폴더 밖으로 나가는 링크입니다. 파일을 그 안에 두거나 파일이 있는 폴더를 자료 폴더로 지정하십시오",
    ),
    (
        "the file unpacks to far more rows than its size allows",
        "파일이 크기에 비해 지나치게 많은 행으로 풀립니다",
    ),
    ("must be a field name or a template, not a list", "목록이 아니라 칸 이름이나 템플릿이어야 합니다"),
    (
        "must be a field name, a template, a number or a list",
        "칸 이름, 템플릿, 수, 목록 가운데 하나여야 합니다",
    ),
    (
        "must be a file name, a list of them, or a map from split to them",
        "파일 이름, 그 목록, 자료 구분마다 적은 파일 이름 가운데 하나여야 합니다",
    ),
    ("must be a file name or a list of file names", "파일 이름이나 파일 이름의 목록이어야 합니다"),
    ("must be a mapping", "키와 값의 묶음이어야 합니다"),
    ("must be a number from 0", "0 이상의 수여야 합니다"),
    ("must be a whole number from 0", "0 이상의 정수여야 합니다"),
    ("must be text", "글이어야 합니다"),
    ("must be text or a list of texts", "글이나 글의 목록이어야 합니다"),
    ("must be true or false", "`true`나 `false`여야 합니다"),
    ("must give a list, and gives `{}`", "목록이 나와야 하는데 `{}`이(가) 나옵니다"),
    (
        "names neither a `test_split` nor a `validation_split`",
        "`test_split`도 `validation_split`도 적혀 있지 않습니다",
    ),
    ("nested deeper than {}", "{}겹보다 깊이 겹쳐 있습니다"),
    ("not JSON: {}", "JSON이 아닙니다: {}"),
    ("not a sound Parquet file: {}", "온전한 Parquet 파일이 아닙니다: {}"),
    (
        "prompts of the promptsource package are not supported; write the template into the task file",
        "promptsource 꾸러미의 프롬프트는 다루지 않습니다. 템플릿을 과제 파일에 적으십시오",
    ),
    (
        "says which files to read; it is missing, and so is `data_dir`",
        "읽을 파일을 알리는 이 키가 없고 `data_dir`도 없습니다",
    ),
    ("the data set has no split `{}`; it has {}", "자료에 구분 `{}`이(가) 없습니다. 있는 구분: {}"),
    ("the document has no field `{}`", "문항에 칸 `{}`이(가) 없습니다"),
    ("the file ends too early", "파일이 중간에 끝납니다"),
    ("the file has no `{}`", "파일에 `{}`이(가) 없습니다"),
    ("the file is not a mapping of keys to values", "파일이 키와 값의 묶음이 아닙니다"),
    ("the file names neither a `task` nor a `group`", "파일에 `task`도 `group`도 없습니다"),
    ("the line is longer than {} bytes", "줄이 {}바이트보다 깁니다"),
    ("the model's chat template does not compile", "모델의 대화 템플릿을 읽을 수 없습니다"),
    ("the model's chat template refuses the conversation", "모델의 대화 템플릿이 이 대화를 거부합니다"),
    ("the row is longer than {} bytes", "행이 {}바이트보다 깁니다"),
    ("the split `{}` has no documents", "자료 구분 `{}`에 문항이 없습니다"),
    ("the tag `{}` is not known here", "모르는 태그 `{}`입니다"),
    ("the template does not fit the document", "템플릿이 문항과 맞지 않습니다"),
    ("there are only {} documents", "문항이 {}개뿐입니다"),
    ("there is no choice {} among {}", "선택지 {}이(가) 없습니다. 선택지는 {}개입니다"),
    ("there is no such file", "그런 파일이 없습니다"),
    (
        "the environment variable {}, which holds the API key, is not set",
        "API 키가 들어 있어야 할 환경 변수 {}이(가) 설정되지 않았습니다",
    ),
    ("the server's address can't be read: {}", "서버의 주소를 읽을 수 없습니다: {}"),
    (
        "{} has no chat template, without which nobody can talk to it",
        "{}에 대화 템플릿이 없어 대화할 수 없습니다",
    ),
    (
        "{} needs a daepyo built with the feature `llama`",
        "{}에는 `llama` 기능을 넣어 만든 daepyo가 필요합니다",
    ),
    (
        "{} examples are asked for, and {} are there to choose from",
        "예시 {}개가 필요한데 고를 수 있는 것은 {}개입니다",
    ),
    ("{} fields where the header has {}", "칸이 {}개인데 첫 줄에는 {}개 있습니다"),
    ("a data set's name on a hub (`owner/name`)", "허브의 자료 이름(`소유자/이름`)"),
    ("a model's name on a hub (`owner/name`)", "허브의 모델 이름(`소유자/이름`)"),
    ("an owner's name on a hub", "허브의 소유자 이름"),
    ("a branch, a tag or a commit", "브랜치, 태그, 커밋"),
    ("a commit", "커밋"),
    ("a path of a file inside a repository", "저장소 안의 파일 경로"),
    ("data set `{}` (revision `{}`)", "자료 `{}`(revision `{}`)"),
    ("model `{}` (revision `{}`)", "모델 `{}`(revision `{}`)"),
    ("model `{}`", "모델 `{}`"),
    ("the models of `{}`", "`{}`의 모델"),
    ("the list of models holds `{}`, unasked", "모델 목록에 요청하지 않은 `{}`이(가) 있습니다"),
    ("the list of models has more than {} of them", "모델 목록에 모델이 {}개보다 많습니다"),
    ("the list of models has more than {} pages", "모델 목록이 {}쪽보다 깁니다"),
    ("the list of models goes on without anything new", "모델 목록이 새로운 것 없이 이어집니다"),
    ("the next page is the same again", "다음 쪽이 같은 쪽입니다"),
    ("the next page's address has no cursor", "다음 쪽의 주소에 cursor가 없습니다"),
    ("what it says of models cannot be read", "모델에 대한 응답을 읽을 수 없습니다"),
    ("what is declared on the hub", "허브에 선언된 내용"),
    ("the list of files of `{}`", "`{}`의 파일 목록"),
    ("`{}` of data set `{}`", "파일 `{}`(자료 `{}`)"),
    ("`{}` of model `{}`", "파일 `{}`(모델 `{}`)"),
    ("revision `{}`", "revision `{}`"),
    ("another kind or version of record", "기록의 종류나 버전이 다릅니다"),
    ("a shard that its number of shards does not have", "조각 수보다 큰 번호의 조각입니다"),
    ("it names the format `{}`, which there is not", "없는 형식 `{}`을(를) 적고 있습니다"),
    ("line {} is no response: {}", "{}번째 줄이 응답이 아닙니다: {}"),
    ("line {} answers a request that is not this shard's", "{}번째 줄이 이 조각의 것이 아닌 요청에 답합니다"),
    ("line {} answers a request again", "{}번째 줄이 한 요청에 다시 답합니다"),
    ("it answers {} requests instead of {}", "요청 {}개에 답합니다. {}개여야 합니다"),
    ("`{}` (commit {})", "`{}`(커밋 {})"),
    ("a sound copy of `{}` ({})", "`{}`의 온전한 사본({})"),
    ("has no configuration `{}`", "구성 `{}`이(가) 없습니다"),
    (
        "has several configurations; name one as `dataset_name`",
        "구성이 여럿입니다. `dataset_name`으로 하나를 고르십시오",
    ),
    ("no file is named `{}`", "`{}`(이)라는 파일이 없습니다"),
    ("no file is named as `data_files` says", "`data_files`가 말하는 파일이 없습니다"),
    (
        "`data_files` must be a pattern, a list of them, or a list of `split` and `path`",
        "`data_files`는 파일 이름 무늬나 그 목록, 또는 `split`과 `path`의 목록이어야 합니다",
    ),
    (
        "its files end in {}; daepyo reads .parquet, .jsonl, .json, .ndjson, .csv, .tsv and .txt",
        "파일의 끝이 {}입니다. daepyo는 .parquet, .jsonl, .json, .ndjson, .csv, .tsv, .txt를 읽습니다",
    ),
    ("it has no file with an ending of data", "자료로 읽을 파일이 없습니다"),
    (
        "the hub's Parquet copy holds only the first part of the split `{}`",
        "허브의 Parquet 사본에 자료 구분 `{}`의 앞부분만 있습니다",
    ),
    ("{}; it asks to wait {} seconds", "{}. {}초를 기다리라고 합니다"),
    ("{}, {} times", "{}, {}번"),
    ("it has {} bytes instead of {}", "{}바이트입니다. {}바이트여야 합니다"),
    ("its digest is {} instead of {}", "다이제스트가 {}입니다. {}이어야 합니다"),
    ("it redirects in a circle", "주소가 돌고 돕니다"),
    (
        "HF_ENDPOINT must be an address such as https://huggingface.co",
        "HF_ENDPOINT는 https://huggingface.co 같은 주소여야 합니다",
    ),
    (
        "HF_TOKEN has a character that no HTTP header may hold",
        "HF_TOKEN에 HTTP 머리글에 쓸 수 없는 글자가 있습니다",
    ),
    ("bytes {} to {} belong to no tensor", "바이트 {}부터 {}까지가 어느 텐서의 것도 아닙니다"),
    ("the setting `{}` stands twice", "설정 `{}`이(가) 두 번 나옵니다"),
    ("no power of two as alignment", "정렬이 2의 거듭제곱이 아닙니다"),
    ("unknown type {} of a setting", "모르는 종류 {}의 설정입니다"),
    ("a list of type {}", "종류 {}의 목록은 읽지 않습니다"),
    ("tokens that are no texts", "토큰이 글이 아닙니다"),
    ("a text that is not UTF-8", "UTF-8이 아닌 글입니다"),
    ("a stored member has two lengths", "압축하지 않은 zip 항목의 길이가 두 가지입니다"),
    ("no member begins where the directory says", "zip 목록이 말하는 곳에서 항목이 시작하지 않습니다"),
    ("a member has another name than the directory says", "항목의 이름이 zip 목록과 다릅니다"),
    ("a member reaches into the next", "zip 항목이 다음 항목과 겹칩니다"),
    ("members share bytes or lie outside the file", "zip 항목이 서로 겹치거나 파일을 벗어납니다"),
    (
        "the zip file has no end record, as if cut off",
        "zip 파일의 끝 기록이 없습니다. 잘린 파일일 수 있습니다",
    ),
    ("the directory lies behind its end record", "zip 목록이 끝 기록보다 뒤에 있습니다"),
    ("the 64-bit end record is missing", "64비트 끝 기록이 없습니다"),
    ("the directory is broken", "zip 목록이 잘못되었습니다"),
    ("two members are called `{}`", "이름이 `{}`인 zip 항목이 둘입니다"),
    ("the archive has no member `{}`", "zip 파일에 항목 `{}`이(가) 없습니다"),
    ("the archive holds two checkpoints", "zip 파일에 체크포인트가 둘 들어 있습니다"),
    ("an unknown byte order", "모르는 바이트 순서입니다"),
    ("the pickle ends early", "피클이 중간에 끝납니다"),
    ("the pickle takes more from its stack than is there", "피클이 스택에 있는 것보다 많이 꺼냅니다"),
    ("something is added to what is no list", "목록이 아닌 것에 값을 더합니다"),
    ("a key is set in what is no dictionary", "딕셔너리가 아닌 것에 키를 넣습니다"),
    ("a key without a value", "값이 없는 키가 있습니다"),
    ("no place in the memo", "피클 메모에 그런 자리가 없습니다"),
    ("the memo has no such value", "피클 메모에 그런 값이 없습니다"),
    ("a global that is not UTF-8", "UTF-8이 아닌 이름을 부릅니다"),
    ("a global without a name", "이름 없는 것을 부릅니다"),
    ("a value that holds itself", "자기 자신을 담은 값이 있습니다"),
    ("a value where a tuple should stand", "튜플이 있어야 할 곳에 다른 값이 있습니다"),
    ("a shape that is not made of lengths", "형상이 길이로 되어 있지 않습니다"),
    ("a tensor of a storage without an encoding", "인코딩이 없는 저장 공간의 텐서입니다"),
    ("a tensor without an encoding", "인코딩이 없는 텐서입니다"),
    ("a tensor without a storage", "저장 공간이 없는 텐서입니다"),
    ("a tensor without a place in its storage", "저장 공간 안의 자리가 없는 텐서입니다"),
    ("a tensor whose shape and strides differ in length", "텐서의 형상과 보폭의 개수가 다릅니다"),
    ("the global `{}`", "`{}` 호출"),
    ("the opcode {}", "명령 {}"),
    ("attributes of an object", "객체의 속성"),
    ("a call of what is no function", "함수가 아닌 것의 호출"),
    ("a call that makes no tensor", "텐서를 만들지 않는 호출"),
    ("a tensor of a type of its own", "따로 만든 종류의 텐서"),
    ("something outside that is no storage", "저장 공간이 아닌 바깥의 것"),
    ("GGUF version {}", "GGUF 버전 {}"),
    ("a big-endian GGUF file", "빅 엔디언 GGUF 파일"),
    ("a checkpoint in big-endian order", "빅 엔디언 체크포인트"),
    ("`{}`, a compressed member of a zip file,", "압축된 zip 항목 `{}`"),
    ("`{}`, an encrypted member of a zip file,", "암호화된 zip 항목 `{}`"),
    ("a zip file on several disks", "여러 디스크로 나뉜 zip 파일"),
    ("a view that is not contiguous", "이어져 있지 않은 텐서"),
    ("a TorchScript program", "TorchScript 프로그램"),
    ("pickle protocol {}", "피클 프로토콜 {}"),
    ("a pickle that is no PyTorch checkpoint", "PyTorch 체크포인트가 아닌 피클"),
    (
        "a file that PyTorch before 1.6 wrote (save it again with a later one)",
        "1.6보다 앞선 PyTorch가 쓴 파일(새 PyTorch로 다시 저장하십시오)",
    ),
    (
        "a TAR file, as the first versions of PyTorch wrote (save it again with a later one),",
        "초기 PyTorch가 쓴 TAR 파일(새 PyTorch로 다시 저장하십시오)",
    ),
    ("`{}` for this tensor, which is not there", "이 텐서가 `{}`에 있다고 하는데 그곳에 없습니다"),
    (
        "{} GGUF files that are no parts of one: name one",
        "한 모델의 조각이 아닌 GGUF 파일이 {}개입니다. 하나를 적으십시오",
    ),
];

#[cfg(test)]
mod tests {
    use super::{PHRASES, korean};

    #[test]
    fn holes_are_filled_in_order_whatever_stands_in_them() {
        let said = |text| korean(text).unwrap_or_default();
        assert_eq!(said("is missing"), "빠져 있습니다");
        assert_eq!(said("the document has no field `{}`"), "문항에 칸 `{}`이(가) 없습니다");
        let asked = "5 examples are asked for, and 3 are there to choose from";
        assert_eq!(said(asked), "예시 5개가 필요한데 고를 수 있는 것은 3개입니다");
        assert_eq!(korean("is missing a key"), None);
        assert_eq!(korean(""), None);
    }

    #[test]
    fn a_phrase_has_as_many_holes_in_both_languages() {
        for (en, ko) in PHRASES {
            assert_eq!(en.matches("{}").count(), ko.matches("{}").count(), "{en}");
            assert_eq!(korean(en).as_deref(), Some(*ko), "an earlier phrase takes the place of: {en}");
        }
    }
}
