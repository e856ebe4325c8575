//! Personal data that is more than digits: e-mail, passports, postal addresses, numbers half hidden or spelled out.

use super::{Certainty, PersonalKind, Raw};
use regex::Regex;
use std::sync::LazyLock;

/// Forms; where a group is captured, that is the place.
const FORMS: [(PersonalKind, &str); 12] = [
    (
        PersonalKind::Email,
        "(?i)\\b[a-z0-9][a-z0-9._%+-]{0,63} ?(?:@|\\(at\\)|\\[at\\]| at sign ) ?(?:[a-z0-9가-힣](?:[a-z0-9가-힣-]{0,62})(?:\\.| ?\\(dot\\) ?| ?\\[dot\\] ?)){1,8}[a-z가-힣]{2,24}\\b",
    ),
    // Old and new passports of Korea.
    (
        PersonalKind::Passport,
        "(?i)(?:^|[^\\[a-z가-힣])(?:여권|passport)[^\\n0-9\\]]{0,20}?\\b([a-z]{1,2}[ -]?[0-9]{7,8}|[a-z][0-9]{3}[a-z][0-9]{4})\\b",
    ),
    (PersonalKind::Passport, "\\b[MSRODG][0-9]{3}[A-Z][0-9]{4}\\b"),
    (PersonalKind::Passport, "\\b[MSRODG][0-9]{8}\\b"),
    (
        PersonalKind::DriversLicence,
        "(?:서울|부산|경기|경기남부|경기북부|강원|충북|충남|전북|전남|경북|경남|제주|대구|인천|광주|대전|울산) ?[0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{2}\\b",
    ),
    // The birthday and sex stay personal when the rest is hidden.
    (
        PersonalKind::ResidentNumber,
        "\\b[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]) ?- ?[1-8](?:[*xX●○#]{6}|[*xX●○#]{3,5})",
    ),
    // 공일공 일이삼사 오육칠팔.
    (
        PersonalKind::Phone,
        "(?:공|영) ?일 ?(?:공|영|일|육|칠|팔|구)[ ,.-]{0,2}(?:[공영일이삼사오육칠팔구] ?){3,4}[ ,.-]{0,2}(?:[공영일이삼사오육칠팔구] ?){3}[공영일이삼사오육칠팔구]",
    ),
    // By road: 강남구 테헤란로 152, 3층.
    (
        PersonalKind::Address,
        "(?:[가-힣]{1,7}(?:특별시|광역시|특별자치시|특별자치도|시|도) ?)?(?:[가-힣]{1,5}(?:시|군|구) ?){1,2}(?:[가-힣]{1,5}(?:읍|면|동) ?)?[가-힣0-9·]{1,12}(?:로|길|대로)(?: ?[0-9]{1,4}(?:번|가|나|다)?길)? ?[0-9]{1,4}(?:-[0-9]{1,4})?(?:번지)?(?:,? ?(?:[가-힣A-Za-z0-9]{1,15} )?(?:[0-9a-zA-Z가-힣]{1,5}동 ?)?(?:지하 ?)?[0-9]{1,4}(?:층|호)(?: ?[0-9]{1,4}호)?)?",
    ),
    // By road and flat, where the town is not said: 테헤란로 152, 101동 1203호.
    (
        PersonalKind::Address,
        "[가-힣0-9]{2,12}(?:로|길|대로)(?: ?[0-9]{1,4}번?길)? [0-9]{1,4}(?:-[0-9]{1,4})?,? (?:[가-힣A-Za-z0-9]{1,15} )?(?:[0-9a-zA-Z가-힣]{1,5}동 ?[0-9]{1,4}호|[0-9]{1,3}층 ?[0-9]{1,4}호)",
    ),
    // By lot: 종로구 사직동 1-28, 양평읍 오빈리 산 12번지.
    (
        PersonalKind::Address,
        "(?:[가-힣]{1,5}(?:시|군|구) ?){1,2}(?:[가-힣]{1,5}(?:읍|면) ?)?[가-힣]{1,6}(?:[0-9]{1,2})?(?:동|리|가) ?(?:산 ?)?[0-9]{1,5}(?:-[0-9]{1,4}|번지| ?[0-9]{1,4}호)(?:번지)?(?:,? ?(?:[가-힣A-Za-z0-9]{1,15} )?(?:[0-9a-zA-Z가-힣]{1,5}동 ?)?[0-9]{1,4}호)?",
    ),
    // A flat: 한빛아파트 101동 1203호.
    (
        PersonalKind::Address,
        "[가-힣A-Za-z0-9]{1,15}(?:아파트|빌라|오피스텔|맨션|주공|타운|자이|푸르지오|래미안|힐스테이트|더샵|롯데캐슬) ?[0-9a-zA-Z가-힣]{1,4}동 ?[0-9]{1,4}호",
    ),
    // In English: 152 Teheran-ro, Gangnam-gu.
    (
        PersonalKind::Address,
        "(?i)(?:\\b(?:#|unit |apt\\.? |room )?[0-9]{1,4}(?:-[0-9]{1,5})?, ?)?\\b[0-9]{1,4}(?:-[0-9]{1,4})?,? ?[a-z0-9]{2,20}(?:-| )?(?:daero|ro|gil)(?: ?[0-9]{1,3}(?:beon)?-?gil)?,? [a-z]{2,20}[- ]?(?:gu|gun|si|dong|eup|myeon)\\b",
    ),
];

static READY: LazyLock<Vec<(PersonalKind, Regex)>> =
    LazyLock::new(|| FORMS.iter().filter_map(|(kind, form)| Some((*kind, Regex::new(form).ok()?))).collect());

/// Places in folded text.
pub(super) fn find(text: &str) -> Vec<Raw> {
    let mut found = Vec::new();
    for (kind, form) in READY.iter() {
        for place in form.captures_iter(text) {
            let place = place.get(1).or(place.get(0)).filter(|place| {
                *kind != PersonalKind::Address
                    || is_place(place.as_str(), text.get(place.end()..).unwrap_or_default())
            });
            found.extend(place.map(|place| (place.range(), *kind, Certainty::Form)));
        }
    }
    found
}

/// Whether what looks like an address is one: `친구 집으로 3번` has the same form, with a particle for the road and a
/// number that counts.
fn is_place(address: &str, behind: &str) -> bool {
    let counts = [
        "번", "개", "명", "시", "분", "월", "년", "원", "회", "차", "배", "%", "퍼", "만", "억", "천", "주",
        "살",
    ];
    !address.contains("으로 ") && !counts.iter().any(|count| behind.starts_with(*count))
}

#[cfg(test)]
mod tests {
    use super::{FORMS, READY};

    #[test]
    fn every_form_is_a_regular_expression() {
        assert_eq!(READY.len(), FORMS.len());
    }
}
