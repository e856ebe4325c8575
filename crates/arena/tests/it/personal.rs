//! What counts as personal data, and what merely looks like it.

use crate::chance::Chance;
use daepyo_arena::personal::{
    Certainty::{Checked, Form},
    PersonalKind::{
        self, Address, BankAccount, Card, DriversLicence, Email, ForeignerNumber, Passport, Phone,
        ResidentNumber,
    },
    find, redact,
};
use daepyo_core::Language;

fn one(text: &str) -> Option<(PersonalKind, &str)> {
    let found = find(text);
    assert!(found.len() < 2, "{text}: {found:?}");
    found.first().map(|found| (found.kind, &text[found.range.clone()]))
}

/// 13 digits with the check digit that belongs to the first 12.
fn with_check(digits: &str, more: u32) -> String {
    let weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
    let sum: u32 =
        digits.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    format!("{digits}{}", ((11 - sum % 11) % 10 + more) % 10)
}

#[test]
fn resident_numbers_with_and_without_check_digit() {
    let solid = with_check("900101123456", 0);
    let (birth, rest) = solid.split_at(6);
    for text in [
        format!("{birth}-{rest}"),
        format!("{birth} - {rest}"),
        format!("{birth}{rest}"),
        format!("{birth}－{rest}"),
        solid.chars().map(String::from).collect::<Vec<_>>().join(" "),
    ] {
        let found = find(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!((found[0].kind, found[0].certainty), (ResidentNumber, Checked), "{text}");
        assert_eq!(&text[found[0].range.clone()], text, "{text}");
    }
    // Given out since October 2020, or changed: no digit has to agree.
    for text in ["210305-3123456", "주민번호 9001011234560", "201105-4000000"] {
        let found = find(text);
        assert_eq!((found.len(), found[0].kind), (1, ResidentNumber), "{text}");
    }
    assert_eq!(find("210305-3123456")[0].certainty, Form);
    assert_eq!(one("생년월일은 900101-1****** 입니다"), Some((ResidentNumber, "900101-1******")));
}

#[test]
fn foreigners_have_a_kind_of_their_own() {
    let number = with_check("850505567890", 2);
    let found = find(&number);
    assert_eq!((found[0].kind, found[0].certainty), (ForeignerNumber, Checked));
    assert_eq!(one("850505-5678901").map(|(kind, _)| kind), Some(ForeignerNumber));
}

#[test]
fn numbers_that_merely_look_like_resident_numbers() {
    for text in [
        "바코드 8801056038861",
        "1234567890123",
        "991332-1234567",
        "900101-9",
        "90010112345678",
        "ISBN 9788937460449",
        "9001011",
    ] {
        assert_eq!(one(text), None, "{text}");
    }
}

#[test]
fn telephones() {
    for number in [
        "010-1234-5678",
        "01012345678",
        "010 1234 5678",
        "010.1234.5678",
        "011-123-4567",
        "02-123-4567",
        "02-1234-5678",
        "031-123-4567",
        "(02) 1234-5678",
        "070-1234-5678",
        "+82 10-1234-5678",
        "+821012345678",
        "+82-2-1234-5678",
        "０１０－１２３４－５６７８",
        "0 1 0 1 2 3 4 5 6 7 8",
        "+1 415 555 0132",
        "공일공 일이삼사 오육칠팔",
    ] {
        let text = format!("제 번호는 {number} 입니다");
        let found = find(&text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].kind, Phone, "{text}");
        let shown = number.trim_start_matches('(');
        assert_eq!(&text[found[0].range.clone()], shown, "{text}");
    }
    for text in [
        "2010-1234-5678",
        "0.10123",
        "1990년 010회",
        "버전 01.02.03",
        "1588-1234",
        "약 0212345678개",
        "3.14159265358979",
    ] {
        assert_eq!(one(text), None, "{text}");
    }
}

#[test]
fn cards_pass_luhn() {
    for card in [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "5555555555554444",
        "3782 822463 10005",
        "４１１１１１１１１１１１１１１１",
    ] {
        assert_eq!(one(card), Some((Card, card)), "{card}");
    }
    for text in ["4111 1111 1111 1112", "0000 0000 0000 0000", "1234567890123456", "4444444444444444"] {
        assert_eq!(one(text), None, "{text}");
    }
}

#[test]
fn marks_of_markdown_part_no_number() {
    for (text, kind) in [
        ("010-**1234**-5678", Phone),
        ("010\\-1234\\-5678", Phone),
        ("010-`1234`-5678", Phone),
        ("0**10**12345678", Phone),
        ("010 - **1234** - 5678", Phone),
        ("010-__1234__-5678", Phone),
        ("02_1234_5678", Phone),
        ("02-***1234***-5678", Phone),
        ("9001**01**-1234567", ResidentNumber),
        ("4111 **1111** `1111` 1111", Card),
    ] {
        assert_eq!(one(text), Some((kind, text)), "{text}");
    }
    assert_eq!(one("**010**-1234-5678"), Some((Phone, "010**-1234-5678")));
    assert_eq!(one("+**82** 10-1234-5678").map(|(kind, _)| kind), Some(Phone));
    assert_eq!(one("**110-234-567890** (신한)").map(|(kind, _)| kind), Some(BankAccount));
    for text in [
        "3 * 4",
        "1234 * 5678 = 7006652",
        "010 * 1234 * 5678",
        "010 \\* 1234 \\* 5678",
        "2**10 = 1024",
        "010-****-5678",
        "010****1234****5678",
        "1. **2024** 2. **2025**",
    ] {
        assert_eq!(one(text), None, "{text}");
    }
    assert_eq!(redact("제 번호는 010-**1234**-5678 입니다", Language::Ko), "제 번호는 [전화번호] 입니다");
}

#[test]
fn accounts_need_a_bank() {
    assert_eq!(one("국민은행 123456-01-234567"), Some((BankAccount, "123456-01-234567")));
    assert_eq!(one("계좌번호: 3333-01-1234567"), Some((BankAccount, "3333-01-1234567")));
    assert_eq!(one("110-234-567890 (신한) 으로"), Some((BankAccount, "110-234-567890")));
    assert_eq!(one("my bank account is 1002345678901"), Some((BankAccount, "1002345678901")));
    assert_eq!(one("주문번호 123456-01-234567"), None);
}

#[test]
fn addresses_of_post_and_of_mail() {
    for text in [
        "kim.minji+a@example.co.kr",
        "kim@example.org",
        "kim (at) example.org",
        "ｋｉｍ＠ｅｘａｍｐｌｅ．ｏｒｇ",
    ] {
        assert_eq!(one(text), Some((Email, text)), "{text}");
    }
    for text in [
        "서울특별시 강남구 테헤란로 152",
        "종로구 세종대로 209",
        "경기도 성남시 분당구 판교역로 166, 3층",
        "부산 해운대구 센텀중앙로 97 101동 1203호",
        "서울시 마포구 월드컵북로 2길 65",
        "강남구 역삼동 123-45",
        "양평군 양평읍 오빈리 12번지",
        "한빛아파트 101동 1203호",
        "152 Teheran-ro, Gangnam-gu",
    ] {
        let found = find(text);
        assert_eq!(
            (found.len(), found.first().map(|found| found.kind)),
            (1, Some(Address)),
            "{text}: {found:?}"
        );
    }
    for text in [
        "강남구에 카페가 3개 있다",
        "세종대로를 걸었다",
        "경로 2를 고르세요",
        "제3로 가는 길 5",
        "@ 3.50 each",
        "a@b",
        "서울시 인구는 940만 명",
        "그 친구 집으로 3번 갔다",
    ] {
        assert_eq!(one(text), None, "{text}");
    }
}

#[test]
fn papers() {
    assert_eq!(one("여권번호는 M12345678 입니다"), Some((Passport, "M12345678")));
    assert_eq!(one("M123A4567"), Some((Passport, "M123A4567")));
    assert_eq!(one("11-22-333333-44"), Some((DriversLicence, "11-22-333333-44")));
    assert_eq!(one("운전면허 112233333344"), Some((DriversLicence, "112233333344")));
    assert_eq!(one("서울 12-345678-90"), Some((DriversLicence, "서울 12-345678-90")));
    assert_eq!(one("제품 X12345678"), None);
}

#[test]
fn marks_speak_the_language_asked_for() {
    let text = "김민지 010-1234-5678, kim@example.org";
    assert_eq!(redact(text, Language::Ko), "김민지 [전화번호], [전자우편]");
    assert_eq!(redact(text, Language::En), "김민지 [phone number], [e-mail]");
    assert_eq!(redact("아무것도 없다 1, 2, 3", Language::Ko), "아무것도 없다 1, 2, 3");
}

#[test]
fn a_mark_makes_nothing_of_its_neighbours() {
    let text = "계좌 1234567890 1234567891";
    let redacted = redact(text, Language::Ko);
    assert_eq!(find(&redacted), []);
    let order = redact("계좌번호 1234567890, 주문 12345678901", Language::En);
    assert_eq!(find(&order), []);
    // However the marks lie, the word of one says nothing of the next number.
    for between in ["\n", " ", ", ", " / ", " ··· ", " [] [] "] {
        let text = format!("계좌{between}{}", format!("1234567890{between}").repeat(5_000));
        let begin = std::time::Instant::now();
        let redacted = redact(&text, Language::Ko);
        assert!(redacted.matches("[계좌번호]").count() < 8, "{between:?}");
        assert!(begin.elapsed().as_secs() < 5, "{between:?}: {:?}", begin.elapsed());
    }
}

#[test]
fn nothing_is_left_whatever_the_text() {
    let pieces = [
        "010",
        "1234",
        "5678",
        "-",
        " ",
        ".",
        "900101",
        "1234567",
        "4111",
        "1111",
        "국민은행 ",
        "계좌 ",
        "여권 ",
        "M",
        "@",
        "kim",
        ".org",
        "강남구 ",
        "테헤란로 ",
        "152",
        "역삼동 ",
        "+82",
        "+",
        "공일공",
        "일이삼사",
        "０",
        "\u{200b}",
        "\n",
        "[",
        "]",
        "(",
        ")",
        "*",
        "**",
        "`",
        "\\",
        "_",
        "면허 ",
        "주민 ",
        "호",
        "&#48;",
        "가",
    ];
    let mut chance = Chance(2);
    for _ in 0..4_000 {
        let text = chance.text(&pieces, 14);
        let found = find(&text);
        assert!(found.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start), "{text:?}");
        assert!(found.iter().all(|found| text.get(found.range.clone()).is_some_and(|part| !part.is_empty())));
        for language in [Language::Ko, Language::En] {
            let redacted = redact(&text, language);
            assert_eq!(find(&redacted), [], "{text:?} became {redacted:?}");
        }
    }
}

#[test]
fn long_texts_take_no_long_time() {
    for piece in ["0", "01", "1 ", "계좌 1234567890 ", "a@", "강남구 ", "테헤란로", "공일", "a.", "M1"]
    {
        let text = piece.repeat(60_000 / piece.len());
        let begin = std::time::Instant::now();
        redact(&text, Language::Ko);
        assert!(begin.elapsed().as_secs() < 5, "{piece}: {:?}", begin.elapsed());
    }
}
