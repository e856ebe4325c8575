//! Names that everybody knows: public models and their makers, in both scripts.

/// A model or company with its names.
pub(super) struct Known {
    pub(super) who: &'static str,
    /// A mention is enough.
    pub(super) distinctive: &'static [&'static str],
    /// Also a word, a person, a place or a company of everyday life: counts where a text speaks of itself.
    pub(super) ordinary: &'static [&'static str],
}

const fn known(
    who: &'static str,
    distinctive: &'static [&'static str],
    ordinary: &'static [&'static str],
) -> Known {
    Known { who, distinctive, ordinary }
}

/// The list. What a name is here says nothing of quality or of who takes part.
pub(super) const KNOWN: &[Known] = &[
    known(
        "ChatGPT",
        &[
            "ChatGPT",
            "챗GPT",
            "챗지피티",
            "GPT-2",
            "GPT-3",
            "GPT-3.5",
            "GPT-4",
            "GPT-4o",
            "GPT-4.1",
            "GPT-5",
            "gpt-oss",
            "지피티-4",
            "지피티-5",
        ],
        &["GPT", "지피티", "OpenAI", "오픈AI", "오픈에이아이", "오픈 인공지능"],
    ),
    known(
        "Claude",
        &[
            "Claude Sonnet",
            "Claude Opus",
            "Claude Haiku",
            "Claude 2",
            "Claude 3",
            "Claude 4",
            "클로드 소넷",
            "클로드 오퍼스",
        ],
        &["Claude", "클로드", "Anthropic", "앤트로픽", "앤스로픽"],
    ),
    known(
        "Google",
        &[
            "Gemini Pro",
            "Gemini Flash",
            "Gemini Ultra",
            "Gemini 1.5",
            "Gemini 2",
            "Gemini 3",
            "Gemma 2",
            "Gemma 3",
            "PaLM 2",
        ],
        &[
            "Gemini",
            "제미나이",
            "제미니",
            "Gemma",
            "젬마",
            "Bard",
            "바드",
            "Google",
            "구글",
            "DeepMind",
            "딥마인드",
            "Google DeepMind",
            "구글 딥마인드",
        ],
    ),
    known(
        "Meta",
        &["Llama 2", "Llama 3", "Llama 4", "라마 2", "라마 3", "라마 4"],
        &["Llama", "라마", "Meta", "메타", "Meta AI", "메타 AI"],
    ),
    known(
        "Mistral",
        &["Mixtral", "믹스트랄", "Mistral AI", "Mistral 7B", "Mistral Large"],
        &["Mistral", "미스트랄"],
    ),
    known(
        "Qwen",
        &["Qwen", "Qwen2", "Qwen3", "QwQ-32B", "통이치엔원", "Tongyi Qianwen", "큐웬"],
        &["Alibaba", "알리바바", "Alibaba Cloud", "알리바바 클라우드"],
    ),
    known("DeepSeek", &["DeepSeek", "딥시크", "DeepSeek-R1", "DeepSeek-V3"], &[]),
    known("xAI", &["Grok-2", "Grok-3", "Grok-4"], &["Grok", "그록", "xAI", "엑스AI"]),
    known("Microsoft", &["Phi-3", "Phi-4"], &["Microsoft", "마이크로소프트", "Copilot", "코파일럿"]),
    known("Zhipu", &["ChatGLM", "GLM-4", "GLM-5"], &["Zhipu AI", "Z.ai", "즈푸"]),
    known("Moonshot", &["Kimi K2"], &["Kimi", "키미", "Moonshot AI", "문샷"]),
    known("Perplexity", &[], &["Perplexity", "퍼플렉시티"]),
    known("Cohere", &["Command R+", "Aya Expanse"], &["Cohere", "코히어"]),
    known(
        "LG",
        &["EXAONE", "엑사원", "ChatEXAONE", "챗엑사원", "K-EXAONE", "K-엑사원"],
        &["LG", "엘지", "LG AI Research", "LG AI연구원", "엘지 AI 연구원"],
    ),
    known(
        "Upstage",
        &["SOLAR-10.7B", "Solar Mini", "Solar Pro", "솔라 프로", "솔라 미니"],
        &["Solar", "솔라", "Upstage", "업스테이지"],
    ),
    known(
        "Naver",
        &[
            "HyperCLOVA X",
            "HyperCLOVA",
            "하이퍼클로바 X",
            "하이퍼클로바X",
            "하이퍼클로바엑스",
            "하이퍼클로바",
            "CLOVA X",
            "클로바 X",
            "클로바엑스",
        ],
        &["Naver", "네이버", "네이버 클라우드", "Naver Cloud", "Clova", "클로바"],
    ),
    known(
        "SKT",
        &["A.X K1", "A.X 3", "A.X 4", "A.X 3.1", "A.X 4.0", "에이닷엑스"],
        &["A.X", "에이닷", "SKT", "SK텔레콤", "SK Telecom", "에스케이텔레콤"],
    ),
    known("Kakao", &["Kanana", "카나나", "KoGPT"], &["Kakao", "카카오", "카카오브레인", "Kakao Brain"]),
    known(
        "NC",
        &["VARCO", "바르코"],
        &["NC AI", "NCSoft", "엔씨", "엔씨소프트", "엔씨에이아이", "NC소프트", "NC"],
    ),
    known("KT", &["Mi:dm", "Midm 2.0"], &["KT", "케이티", "믿음", "믿:음"]),
    known("Samsung", &[], &["Samsung", "삼성", "삼성전자", "Gauss", "가우스"]),
    known("Motif", &[], &["Motif", "모티프", "모티프테크놀로지스"]),
];
