//! What is wrong with a file that a person wrote: a code, a place, and words in both languages.

use crate::layout::Words;
use daepyo_core::Language;
use daepyo_messages::{Argument, Message};
use std::ops::Range;

/// A kind of problem. Each has a page in `docs/errors/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Not TOML.
    Syntax,
    /// A key that must be there is not.
    MissingKey,
    /// A key that nothing reads.
    UnknownKey,
    /// A value of another type.
    WrongType,
    /// Text that is no id, date, digest, model spec or anchor.
    BadValue,
    /// A word that is not among those allowed.
    UnknownWord,
    /// A number outside its range.
    OutOfRange,
    /// An id that stands twice.
    DuplicateId,
    /// An id that names nothing.
    UnknownId,
    /// A candidate without a digest.
    MissingDigest,
    /// A suite whose folder does not exist.
    SuiteNotFound,
    /// A file of marks, votes or derivatives that does not exist (yet).
    SourceNotFound,
    /// A gate on data that nothing provides.
    GateWithoutData,
    /// A window without a reference.
    EmptyWindow,
    /// Weights that do not add up to 100.
    WeightsSum,
    /// Dates out of order.
    DatesOrder,
    /// A list that must not be empty.
    TooFew,
    /// As many advance as there are candidates.
    AdvanceTooMany,
    /// Another version of the format.
    Format,
    /// Two candidates of one team.
    TwoPerTeam,
    /// A file of a contest that is not there or holds what cannot be used.
    ContestFile,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 21] = [
        Self::Syntax,
        Self::MissingKey,
        Self::UnknownKey,
        Self::WrongType,
        Self::BadValue,
        Self::UnknownWord,
        Self::OutOfRange,
        Self::DuplicateId,
        Self::UnknownId,
        Self::MissingDigest,
        Self::SuiteNotFound,
        Self::SourceNotFound,
        Self::GateWithoutData,
        Self::EmptyWindow,
        Self::WeightsSum,
        Self::DatesOrder,
        Self::TooFew,
        Self::AdvanceTooMany,
        Self::Format,
        Self::TwoPerTeam,
        Self::ContestFile,
    ];

    /// The code as shown, `spec::…`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syntax => "spec::syntax",
            Self::MissingKey => "spec::missing_key",
            Self::UnknownKey => "spec::unknown_key",
            Self::WrongType => "spec::wrong_type",
            Self::BadValue => "spec::bad_value",
            Self::UnknownWord => "spec::unknown_word",
            Self::OutOfRange => "spec::out_of_range",
            Self::DuplicateId => "spec::duplicate_id",
            Self::UnknownId => "spec::unknown_id",
            Self::MissingDigest => "spec::missing_digest",
            Self::SuiteNotFound => "spec::suite_not_found",
            Self::SourceNotFound => "spec::source_not_found",
            Self::GateWithoutData => "spec::gate_without_data",
            Self::EmptyWindow => "spec::empty_window",
            Self::WeightsSum => "spec::weights_sum",
            Self::DatesOrder => "spec::dates_order",
            Self::TooFew => "spec::too_few",
            Self::AdvanceTooMany => "spec::advance_too_many",
            Self::Format => "spec::format",
            Self::TwoPerTeam => "spec::two_per_team",
            Self::ContestFile => "spec::contest_file",
        }
    }

    /// A warning does not keep a programme from being sealed.
    pub const fn severity(self) -> Severity {
        match self {
            Self::SourceNotFound => Severity::Warning,
            Self::Syntax
            | Self::MissingKey
            | Self::UnknownKey
            | Self::WrongType
            | Self::BadValue
            | Self::UnknownWord
            | Self::OutOfRange
            | Self::DuplicateId
            | Self::UnknownId
            | Self::MissingDigest
            | Self::SuiteNotFound
            | Self::GateWithoutData
            | Self::EmptyWindow
            | Self::WeightsSum
            | Self::DatesOrder
            | Self::TooFew
            | Self::AdvanceTooMany
            | Self::Format
            | Self::TwoPerTeam
            | Self::ContestFile => Severity::Error,
        }
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is not valid.
    Error,
    /// The file is valid; a person should look.
    Warning,
}

/// One problem at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub code: Code,
    /// Bytes of the file that it is about.
    pub span: Range<usize>,
    message: Message,
}

impl Problem {
    pub(crate) fn new(code: Code, span: Range<usize>) -> Self {
        Self { code, span, message: Message::new(message_id(code)) }
    }

    /// The problem with one more variable of its message filled in.
    pub(crate) fn with(self, name: &'static str, value: impl Into<Argument>) -> Self {
        Self { message: self.message.with(name, value), ..self }
    }

    pub(crate) fn unknown_key(span: Range<usize>, section: Words, key: &str, known: &[&str]) -> Self {
        let message = match nearest(key, known) {
            Some(near) => Message::new("spec-unknown-key-near").with("near", near),
            None => Message::new("spec-unknown-key").with("known", known.join(", ")),
        };
        Self { code: Code::UnknownKey, span, message }.with("section", section).with("key", key)
    }

    /// What happened.
    pub fn message(&self, language: Language) -> String {
        self.message.text(language)
    }

    /// A few words for the place itself.
    pub fn label(&self, language: Language) -> String {
        self.message.attribute(language, "label")
    }

    /// What to do next.
    pub fn help(&self, language: Language) -> String {
        self.message.attribute(language, "help")
    }
}

const fn message_id(code: Code) -> &'static str {
    match code {
        Code::Syntax => "spec-syntax",
        Code::MissingKey => "spec-missing-key",
        Code::UnknownKey => "spec-unknown-key",
        Code::WrongType => "spec-wrong-type",
        Code::BadValue => "spec-bad-value",
        Code::UnknownWord => "spec-unknown-word",
        Code::OutOfRange => "spec-out-of-range",
        Code::DuplicateId => "spec-duplicate-id",
        Code::UnknownId => "spec-unknown-id",
        Code::MissingDigest => "spec-missing-digest",
        Code::SuiteNotFound => "spec-suite-not-found",
        Code::SourceNotFound => "spec-source-not-found",
        Code::GateWithoutData => "spec-gate-without-data",
        Code::EmptyWindow => "spec-empty-window",
        Code::WeightsSum => "spec-weights-sum",
        Code::DatesOrder => "spec-dates-order",
        Code::TooFew => "spec-too-few",
        Code::AdvanceTooMany => "spec-advance-too-many",
        Code::Format => "spec-format",
        Code::TwoPerTeam => "spec-two-per-team",
        Code::ContestFile => "spec-contest-file",
    }
}

/// The known name nearest to `word`, where one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|name| (strsim::damerau_levenshtein(word, name), *name));
    let (distance, name) = scored.min()?;
    (distance <= 1 + word.chars().count() / 4).then_some(name)
}
