//! Folding, words and digits under every text: stable, bounded, and the same for what a reader takes for the same.

use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use proptest::prelude::*;
use sharehold::query::search::Search;
use sharehold::query::text::{address, bare, digits, fold, like_escaped, looks_like_address_or_number, words};

/// Texts of letters, marks and digits of many scripts, which `any::<String>` seldom has side by side.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[A-Za-z0-9 .@_+()-]{0,8}",
        "[À-ɏ\u{300}-\u{36f}]{0,6}",
        "[Ͱ-ӿ]{0,6}",
        "[\u{590}-\u{6ff}]{0,6}",
        "[\u{900}-\u{97f}]{0,6}",
        "[\u{e00}-\u{eff}]{0,6}",
        "[a@\u{0}-\u{1f}]{0,3}",
        "[가-힣ぁ-ヿ一-十\u{ff00}-\u{ffee}]{0,6}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folded_is_folded(text in text()) {
        for once in [fold(&text), bare(&text), address(&text)] {
            prop_assert!(once.len() <= 3 * 18 * text.len(), "{} of {} bytes", once.len(), text.len());
        }
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
        prop_assert_eq!(bare(&bare(&text)), bare(&text));
        prop_assert_eq!(bare(&fold(&text)), bare(&text));
    }

    #[test]
    fn how_it_is_encoded_makes_no_difference(text in text()) {
        let apart = DecomposingNormalizer::new_nfd().normalize(&text).into_owned();
        let together = ComposingNormalizer::new_nfc().normalize(&text).into_owned();
        for other in [apart, together] {
            prop_assert_eq!(fold(&other), fold(&text));
            prop_assert_eq!(bare(&other), bare(&text));
            prop_assert_eq!(words(&other), words(&text));
        }
    }

    #[test]
    fn words_are_bare_and_bounded(text in text()) {
        let words = words(&text);
        let chars: usize = words.iter().map(|word| word.chars().count()).sum();
        prop_assert!(chars <= bare(&text).chars().count());
        for word in words {
            prop_assert!((1..=64).contains(&word.chars().count()), "{word:?}");
            prop_assert_eq!(&bare(&word), &word);
            prop_assert!(!word.contains(char::is_whitespace), "{word:?}");
        }
    }

    #[test]
    fn digits_are_ascii_and_bounded(text in text()) {
        let found = digits(&text);
        prop_assert!(found.len() <= 8);
        for (longer, shorter) in found.iter().zip(found.iter().skip(1)) {
            prop_assert!(longer.ends_with(shorter.as_str()) && longer.len() > shorter.len());
        }
        prop_assert!(found.iter().all(|one| !one.is_empty() && one.len() <= 32 && one.bytes().all(|b| b.is_ascii_digit())));
    }

    /// Who types a name as it is stored, or the beginning of each of its words, finds it.
    #[test]
    fn a_text_is_found_by_itself(text in text(), cut in 1_usize..5) {
        let terms = words(&text);
        prop_assume!(!terms.is_empty());
        let typed: Vec<String> = terms.iter().map(|term| term.chars().take(cut).collect()).collect();
        let numbers = digits(&text);
        for word in Search::parse(&typed.join(" ")).into_iter().flat_map(|search| search.words) {
            let found = word.forms.iter().any(|form| {
                terms.iter().chain(&numbers).any(|term| term.starts_with(form.as_str()))
            });
            prop_assert!(found, "{:?} in {:?}", word, terms);
        }
    }

    #[test]
    fn any_search_is_read_or_refused(text in text()) {
        if let Ok(search) = Search::parse(&text) {
            prop_assert!((1..=10).contains(&search.words.len()));
            for form in search.words.iter().flat_map(|word| &word.forms) {
                prop_assert!(!form.is_empty());
                prop_assert_eq!(&bare(form), form);
                prop_assert!(!form.contains('\0'));
            }
        }
    }

    #[test]
    fn an_address_anywhere_is_seen(before in text(), local in "[a-z0-9.]{1,9}", domain in "[a-z]{1,9}", after in text()) {
        let name = format!("{before}{local}@{domain}{after}");
        prop_assert!(looks_like_address_or_number(&name));
        prop_assert!(looks_like_address_or_number(&bare(&name)));
    }

    #[test]
    fn a_pattern_matches_its_own_text_alone(text in "[%_a\\\\]{0,8}") {
        let escaped = like_escaped(&text);
        let mut chars = escaped.chars();
        let mut meant = String::new();
        while let Some(c) = chars.next() {
            let c = if c == '\\' { chars.next().unwrap() } else { prop_assert!(c != '%' && c != '_'); c };
            meant.push(c);
        }
        prop_assert_eq!(meant, text);
    }
}
