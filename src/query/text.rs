//! Text as it is compared, sorted and searched: case folded, accents dropped, cut into words and digits. Every function is
//! linear in its input, and its output is bounded by it.
//! A leaf: imports nothing of ours.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use icu_properties::props::{CanonicalCombiningClass, GeneralCategory, GeneralCategoryGroup, LineBreak};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed};
use unicode_segmentation::UnicodeSegmentation as _;

/// Unicode keeps each script's digits together, from zero to nine (§4.6).
static DECIMALS: LazyLock<Vec<RangeInclusive<u32>>> = LazyLock::new(|| {
    CodePointMapData::<GeneralCategory>::new().iter_ranges_for_value(GeneralCategory::DecimalNumber).collect()
});

const WORD_CHARS: usize = 64;
const ADDRESS_CHARS: usize = 128;
const DIGIT_GROUPS: usize = 8;
const DIGITS: usize = 32;
/// From how many digits on a text may be a telephone number.
const NUMBER_DIGITS: usize = 7;

/// As `$filter` compares: what differs in case or in the way it is encoded is equal (Unicode's canonical caseless match,
/// D145: full case folding between normalisations), and nothing else.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let apart = DecomposingNormalizer::new_nfd().normalize(text);
    let folded = CaseMapper::new().fold_string(&apart);
    ComposingNormalizer::new_nfc().normalize(&folded).into_owned()
}

/// As search and order see it: folded, and without accents, compatibility forms (full width, ligatures) and invisible
/// characters. `José`, `JOSE` and `Ｊｏｓｅ` are `jose`.
pub fn bare(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let apart = DecomposingNormalizer::new_nfkd().normalize(text);
    // What is decomposed stays so when it is folded: the tests try every character.
    let folded = CaseMapper::new().fold_string(&apart);
    let mut plain = String::with_capacity(folded.len());
    for c in folded.chars().filter(|c| !is_accent(*c) && category(*c) != GeneralCategory::Format) {
        match letters(c) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(c),
        }
    }
    ComposingNormalizer::new_nfc().normalize(&plain).into_owned()
}

/// A mark that changes how a letter sounds, not which letter it is. A virama (class 9) joins two letters: it stays.
fn is_accent(c: char) -> bool {
    let class = CodePointMapData::<CanonicalCombiningClass>::new().get(c);
    class != CanonicalCombiningClass::NotReordered && class != CanonicalCombiningClass::Virama
}

/// Letters of European names that Unicode does not decompose, and what people type who have no such key.
fn letters(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        _ => return None,
    })
}

fn category(c: char) -> GeneralCategory {
    const CATEGORIES: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::<GeneralCategory>::new();
    CATEGORIES.get(c)
}

/// The bare words of a text (UAX 29), each cut further at whatever is no letter, digit or mark, so that `jose.garcia`
/// is two; of a script without spaces that needs a dictionary (Thai, Khmer, …) what stands together is one word.
pub fn words(text: &str) -> Vec<String> {
    let bare = bare(text);
    let mut words = Vec::new();
    for piece in bare.split(is_separator).filter(|piece| piece.chars().any(char::is_alphanumeric)) {
        let mut start = 0;
        for (at, _) in piece.split_word_bound_indices().skip(1) {
            let (before, after) = piece.split_at_checked(at).unwrap_or((piece, ""));
            if !(before.ends_with(needs_dictionary) && after.starts_with(needs_dictionary)) {
                words.extend(before.get(start..).map(cut));
                start = at;
            }
        }
        words.extend(piece.get(start..).map(cut));
    }
    words
}

fn cut(word: &str) -> String {
    word.chars().take(WORD_CHARS).collect()
}

fn is_separator(c: char) -> bool {
    !c.is_alphanumeric() && !GeneralCategoryGroup::Mark.contains(category(c))
}

fn needs_dictionary(c: char) -> bool {
    CodePointMapData::<LineBreak>::new().get(c) == LineBreak::ComplexContext
}

/// An e-mail address, or the beginning of one, as it is stored and found whole.
pub fn address(text: &str) -> String {
    bare(text.trim()).chars().filter(|c| !c.is_control()).take(ADDRESS_CHARS).collect()
}

/// The digits of a telephone number from the start of each group to its end: who searches by the number without its
/// country or area code finds it. `+1 (555) 010-4477` is `15550104477`, `5550104477`, `0104477` and `4477`.
pub fn digits(text: &str) -> Vec<String> {
    let (mut all, mut starts, mut inside) = (String::new(), Vec::new(), false);
    for c in text.chars().filter(|c| category(*c) != GeneralCategory::Format) {
        let digit = digit(c);
        if let Some(digit) = digit {
            if all.len() == DIGITS {
                break;
            }
            if !inside && starts.len() < DIGIT_GROUPS {
                starts.push(all.len());
            }
            all.push(digit);
        }
        inside = digit.is_some();
    }
    starts.into_iter().filter_map(|start| all.get(start..).map(str::to_owned)).collect()
}

/// The ASCII digit of a decimal digit of any script.
fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let c = u32::from(c);
    let range = DECIMALS.get(DECIMALS.partition_point(|range| *range.end() < c))?;
    let offset = c.checked_sub(*range.start())?;
    char::from_digit(offset % 10, 10)
}

/// Whether a text that calls itself a name may be an address or a number: what `Contacts.ReadBasic` must not see.
pub fn looks_like_address_or_number(text: &str) -> bool {
    let mut before = ' ';
    let mut at = false;
    for c in text.chars().filter(|c| category(*c) != GeneralCategory::Format) {
        if at && !c.is_whitespace() {
            return true;
        }
        at = matches!(c, '@' | '\u{ff20}' | '\u{fe6b}') && !before.is_whitespace();
        before = c;
    }
    text.chars().filter(|c| c.is_numeric()).count() >= NUMBER_DIGITS
}

/// A text that stands for itself in `LIKE … ESCAPE '\'`.
pub fn like_escaped(text: &str) -> Cow<'_, str> {
    const SPECIAL: [char; 3] = ['%', '_', '\\'];
    if !text.contains(SPECIAL) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if SPECIAL.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use super::{bare, digits, fold, like_escaped, looks_like_address_or_number, words};

    #[test]
    fn folding_keeps_accents() {
        for (text, folded) in [
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("JOSE\u{301}", "jos\u{e9}"),
            ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("Ｊ", "ｊ"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
        assert_ne!(fold("Jose"), fold("José"));
    }

    #[test]
    fn bare_text_is_what_a_person_types() {
        for (text, plain) in [
            ("José", "jose"),
            ("Łukasz Đorđević", "lukasz dordevic"),
            ("Søren Kjær", "soren kjaer"),
            ("Ｊｏｓｅ\u{3000}１２", "jose 12"),
            ("ﬁ\u{200d}n", "fin"),
            ("İstanbul ısı", "istanbul isi"),
            ("Ёлкин", "елкин"),
            ("Việt", "viet"),
            ("김철수", "김철수"),
            ("शर्मा ज़", "शर्मा ज"),
            ("ŉ", "\u{2bc}n"),
        ] {
            assert_eq!(bare(text), plain, "{text}");
        }
    }

    #[test]
    fn every_character_is_bare_after_one_turn() {
        let assigned = ('\0'..'\u{33480}').chain('\u{e0000}'..'\u{e1000}').map(String::from);
        for (plain, c) in assigned.map(|c| (bare(&c), c)).filter(|(plain, c)| plain != c) {
            assert_eq!(bare(&plain), plain, "{c:?}");
            assert_eq!(fold(&fold(&c)), fold(&c), "{c:?}");
            assert_eq!(bare(&fold(&c)), plain, "{c:?}");
        }
    }

    #[test]
    fn words_are_what_stands_apart() {
        for (text, found) in [
            ("jose.garcia_lopez@example.com", vec!["jose", "garcia", "lopez", "example", "com"]),
            ("O’Brien-Smith, 3M", vec!["o", "brien", "smith", "3m"]),
            ("王小明", vec!["王", "小", "明"]),
            ("สมชาย ใจดี", vec!["สมชาย", "ใจดี"]),
            ("मोहन शर्मा", vec!["मोहन", "शर्मा"]),
            ("ガスト", vec!["カスト"]),
            ("— ☃ —", vec![]),
        ] {
            assert_eq!(words(text), found.iter().map(|word| bare(word)).collect::<Vec<_>>(), "{text}");
        }
        assert_eq!(words(&"é".repeat(100)), vec!["e".repeat(64)]);
    }

    #[test]
    fn digits_begin_at_every_group() {
        assert_eq!(digits("+1 (555) 010-4477"), ["15550104477", "5550104477", "0104477", "4477"]);
        assert_eq!(digits("\u{202a}٠٧٧\u{202c} 12"), ["07712", "12"]);
        assert_eq!(digits("𝟗𝟘"), ["90"]);
        assert!(digits("none ½").is_empty());
        let long = digits(&"1 ".repeat(100));
        assert_eq!((long.len(), long[0].len(), long[7].len()), (8, 32, 25));
    }

    #[test]
    fn what_read_basic_must_not_see() {
        for hidden in ["a@b", "Call 555 01 04 4", "x ＠y@z", "a@\u{200b}b", "٠٧٧٠٧٧٠", "a\u{200b}@b"] {
            assert!(looks_like_address_or_number(hidden), "{hidden}");
        }
        for shown in ["Ann", "a @ b", "@home", "home@", "R2D2 1234", ""] {
            assert!(!looks_like_address_or_number(shown), "{shown}");
        }
    }

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(like_escaped(r"50%_\a"), r"50\%\_\\a");
        assert_eq!(like_escaped("plain"), "plain");
    }
}
