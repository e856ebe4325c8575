//! Personal data in a text: numbers and addresses of people in Korea, found by their form, and taken out.
//!
//! What has a check digit is told apart from what merely looks so ([`Certainty`]). Full-width digits, characters
//! without width, spaces, dots or hyphens between digits, and marks of markdown change nothing. Forms that everyday
//! numbers share (bank accounts, passports, licences) count where a word beside them says what they are.

mod digits;
mod forms;
mod numbers;

use crate::fold::{Folded, Folding};
use daepyo_core::Language;
use std::ops::Range;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonalKind {
    /// Resident registration number (주민등록번호).
    ResidentNumber,
    /// Registration number of a foreigner (외국인등록번호).
    ForeignerNumber,
    /// Number of a payment card.
    Card,
    /// E-mail address.
    Email,
    /// Number of a driver's licence.
    DriversLicence,
    /// Number of a passport.
    Passport,
    /// Telephone number, mobile or landline, of Korea or with a country's code.
    Phone,
    /// Number of a bank account.
    BankAccount,
    /// Postal address, by road or by lot.
    Address,
}

impl PersonalKind {
    /// What stands in a text where this was.
    pub const fn mark(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::ResidentNumber, Language::Ko) => "[주민등록번호]",
            (Self::ResidentNumber, Language::En) => "[resident number]",
            (Self::ForeignerNumber, Language::Ko) => "[외국인등록번호]",
            (Self::ForeignerNumber, Language::En) => "[foreigner number]",
            (Self::Card, Language::Ko) => "[카드번호]",
            (Self::Card, Language::En) => "[card number]",
            (Self::Email, Language::Ko) => "[전자우편]",
            (Self::Email, Language::En) => "[e-mail]",
            (Self::DriversLicence, Language::Ko) => "[운전면허번호]",
            (Self::DriversLicence, Language::En) => "[licence number]",
            (Self::Passport, Language::Ko) => "[여권번호]",
            (Self::Passport, Language::En) => "[passport number]",
            (Self::Phone, Language::Ko) => "[전화번호]",
            (Self::Phone, Language::En) => "[phone number]",
            (Self::BankAccount, Language::Ko) => "[계좌번호]",
            (Self::BankAccount, Language::En) => "[account number]",
            (Self::Address, Language::Ko) => "[주소]",
            (Self::Address, Language::En) => "[address]",
        }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// A check digit agrees.
    Checked,
    /// The form fits; there is no check digit, or none that has to agree (resident numbers given out since October 2020).
    Form,
}

/// A place with personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: PersonalKind,
    /// How sure that is.
    pub certainty: Certainty,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// What is found in folded text, before places that overlap are settled.
type Raw = (Range<usize>, PersonalKind, Certainty);

/// Every place with personal data, in order; none overlaps another.
///
/// # Examples
/// ```
/// use daepyo_arena::personal::{PersonalKind, find};
/// let text = "연락처는 ０１０-1234-5678 입니다";
/// let found = find(text);
/// assert_eq!(found[0].kind, PersonalKind::Phone);
/// assert_eq!(&text[found[0].range.clone()], "０１０-1234-5678");
/// ```
pub fn find(text: &str) -> Vec<Found> {
    let folded = Folded::new(text, Folding::Plain);
    let mut raw = numbers::find(&folded.text);
    raw.extend(forms::find(&folded.text));
    // The first place holds; of several there, the one that is surer, then the one of the earlier kind.
    raw.sort_by(|(one, kind, sure), (other, other_kind, other_sure)| {
        one.start
            .cmp(&other.start)
            .then(sure.cmp(other_sure))
            .then(kind.cmp(other_kind))
            .then(other.end.cmp(&one.end))
    });
    let mut found: Vec<Found> = Vec::new();
    for (range, kind, certainty) in raw {
        let range = folded.original(&range);
        if range.is_empty() || found.last().is_some_and(|last| range.start < last.range.end) {
            continue;
        }
        found.push(Found { kind, certainty, range });
    }
    found
}

/// The text with a mark in the place of everything that [`find`] finds, in `language`. [`find`] finds nothing in it.
///
/// # Examples
/// ```
/// use daepyo_arena::personal::redact;
/// use daepyo_core::Language;
/// assert_eq!(redact("메일: kim@example.org", Language::Ko), "메일: [전자우편]");
/// ```
pub fn redact(text: &str, language: Language) -> String {
    let mut text = text.to_owned();
    // What was taken out leaves its neighbours in other company. Each round takes digits or signs away and adds none.
    loop {
        let found = find(&text);
        if found.is_empty() {
            return text;
        }
        let (mut redacted, mut behind) = (String::with_capacity(text.len()), 0);
        for Found { kind, range, .. } in found {
            redacted.push_str(text.get(behind..range.start).unwrap_or_default());
            redacted.push_str(kind.mark(language));
            behind = range.end;
        }
        redacted.push_str(text.get(behind..).unwrap_or_default());
        text = redacted;
    }
}
