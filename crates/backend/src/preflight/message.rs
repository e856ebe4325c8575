//! The words of preflight findings, in Korean and English.

use super::{PreflightCode, PreflightFinding, Severity};
use daepyo_core::Language;
use std::fmt;

impl PreflightCode {
    /// The code for messages and documentation.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::DoubleBos { .. } => "preflight::double_bos",
            Self::ChatTemplateMissing => "preflight::chat_template_missing",
            Self::ChatTemplateTwice { .. } => "preflight::chat_template_twice",
            Self::ThinkingTemplate { .. } => "preflight::thinking_template",
            Self::ThinkingPrompt { .. } => "preflight::thinking_prompt",
            Self::PromptTooLong { .. } => "preflight::prompt_too_long",
            Self::LengthUnknown => "preflight::length_unknown",
            Self::EmptyContinuation { .. } => "preflight::empty_continuation",
            Self::LogprobsMissing => "preflight::logprobs_missing",
        }
    }

    /// How much it spoils.
    pub fn severity(&self) -> Severity {
        match self {
            Self::ChatTemplateMissing | Self::LogprobsMissing => Severity::Error,
            Self::DoubleBos { .. }
            | Self::ChatTemplateTwice { .. }
            | Self::ThinkingPrompt { .. }
            | Self::PromptTooLong { .. }
            | Self::EmptyContinuation { .. } => Severity::Warning,
            Self::ThinkingTemplate { .. } | Self::LengthUnknown => Severity::Note,
        }
    }
}

impl PreflightFinding {
    /// How much it spoils.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// What was found and what to do, on one line, without the code.
    pub fn message(&self, language: Language) -> String {
        match language {
            Language::Ko => self.korean(),
            Language::En => self.english(),
        }
    }

    fn english(&self) -> String {
        let count = self.count;
        let requests = if count == 1 { "request" } else { "requests" };
        match &self.code {
            PreflightCode::DoubleBos { bos } => format!(
                "{count} {requests} begin with `{bos}`, which the backend adds as well; take it out of the prompt or the template"
            ),
            PreflightCode::ChatTemplateMissing if count == 0 => {
                "the chat template is asked for, but the candidate has none; set `chat_template = false` or submit one"
                    .to_owned()
            }
            PreflightCode::ChatTemplateMissing => format!(
                "{count} {requests} are chat messages, but the candidate has no way to make a prompt of them"
            ),
            PreflightCode::ChatTemplateTwice { marker } => format!(
                "in {count} {requests} the chat template seems to be applied twice: a turn begins with `{marker}` within another turn"
            ),
            PreflightCode::ThinkingTemplate { marker } => format!(
                "the chat template has `{marker}`: the candidate may think before it answers; leave it enough tokens"
            ),
            PreflightCode::ThinkingPrompt { marker } => {
                format!("{count} {requests} contain the thinking tag `{marker}`")
            }
            PreflightCode::PromptTooLong {
                longest_tokens,
                context_tokens,
            } => format!(
                "{count} {requests} do not fit the context of {context_tokens} tokens; the longest needs {longest_tokens} with its answer"
            ),
            PreflightCode::LengthUnknown => {
                "prompts were not compared with the context's length: the length or the tokenizer is not known".to_owned()
            }
            PreflightCode::EmptyContinuation { continuation } => format!(
                "in {count} {requests} the choice has no token of its own after its context, such as {continuation:?}"
            ),
            PreflightCode::LogprobsMissing => format!(
                "{count} {requests} need log-probabilities, which the candidate's server does not give; use a task that generates, or a server with echo and logprobs"
            ),
        }
    }

    fn korean(&self) -> String {
        let count = self.count;
        match &self.code {
            PreflightCode::DoubleBos { bos } => format!(
                "요청 {count}건이 `{bos}`(으)로 시작하는데 백엔드도 같은 토큰을 붙입니다. 프롬프트나 템플릿에서 빼십시오"
            ),
            PreflightCode::ChatTemplateMissing if count == 0 => {
                "대화 템플릿을 쓰도록 정했지만 후보 모델에 템플릿이 없습니다. `chat_template = false`로 바꾸거나 템플릿을 제출하십시오"
                    .to_owned()
            }
            PreflightCode::ChatTemplateMissing => {
                format!("요청 {count}건이 대화 메시지인데 후보 모델에는 이를 프롬프트로 바꿀 방법이 없습니다")
            }
            PreflightCode::ChatTemplateTwice { marker } => format!(
                "요청 {count}건에서 대화 템플릿이 두 번 적용된 것으로 보입니다. 발화 안에서 `{marker}`(으)로 다른 발화가 시작됩니다"
            ),
            PreflightCode::ThinkingTemplate { marker } => format!(
                "대화 템플릿에 `{marker}`이(가) 있어 후보 모델이 답하기 전에 생각할 수 있습니다. 토큰 수를 넉넉히 두십시오"
            ),
            PreflightCode::ThinkingPrompt { marker } => {
                format!("요청 {count}건에 생각 태그 `{marker}`이(가) 들어 있습니다")
            }
            PreflightCode::PromptTooLong {
                longest_tokens,
                context_tokens,
            } => format!(
                "요청 {count}건이 문맥 길이 {context_tokens}토큰을 넘습니다. 가장 긴 요청은 답을 포함해 {longest_tokens}토큰이 필요합니다"
            ),
            PreflightCode::LengthUnknown => {
                "문맥 길이나 토크나이저를 알 수 없어 프롬프트 길이를 확인하지 못했습니다".to_owned()
            }
            PreflightCode::EmptyContinuation { continuation } => format!(
                "요청 {count}건에서 선택지가 앞 문맥과 합쳐져 자기 토큰을 갖지 못합니다. 예: {continuation:?}"
            ),
            PreflightCode::LogprobsMissing => format!(
                "요청 {count}건에 로그 확률이 필요하지만 후보 서버가 주지 않습니다. 생성형 과제를 쓰거나 echo와 logprobs를 지원하는 서버를 쓰십시오"
            ),
        }
    }
}

impl fmt::Display for PreflightFinding {
    /// The English words after the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.english())
    }
}
