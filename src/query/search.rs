//! `$search`: what a person typed, as words of which each must be found and each may be found in several forms.

use crate::problem::{Code, Problem};
use crate::query::text::{address, bare, digits, words};

/// How many words count; of more, which can only narrow the answer further, the rest is passed over.
const WORDS: usize = 10;
/// No person types more; as `,` is three bytes in an address, a link to the next page could be longer than is taken.
const BYTES: usize = 1024;

/// One word: found where any of its forms begins a stored term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Bare texts, none empty.
    pub forms: Vec<String>,
}

/// What is searched for: what matches every word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// At least one, at most ten, no two alike.
    pub words: Vec<Word>,
}

impl Search {
    /// Reads the option's value, in quotation marks as OData has it (`searchPhrase`) or as clients send it, without.
    pub fn parse(value: &str) -> Result<Self, Problem> {
        if value.len() > BYTES {
            let message = format!("`$search` is longer than {BYTES} bytes: search for fewer words.");
            return Err(Problem::new(Code::InvalidQueryOption, message).target("$search"));
        }
        let bare = bare(value);
        let mut found: Vec<Word> = Vec::new();
        for token in bare.split(|c: char| c.is_whitespace() || c == '"') {
            for word in read(token) {
                if found.len() < WORDS && !found.contains(&word) {
                    found.push(word);
                }
            }
        }
        if found.is_empty() {
            let message = "`$search` holds no word to search for; write it as `$search=\"jose garcia\"`.";
            return Err(Problem::new(Code::InvalidQueryOption, message).target("$search"));
        }
        Ok(Self { words: found })
    }
}

fn read(token: &str) -> Vec<Word> {
    let one = |form| Word { forms: vec![form] };
    let token = token.trim_matches(|c| "<>()[]{},;:'".contains(c));
    if token.find('@').is_some_and(|at| at > 0) {
        return vec![one(address(token))];
    }
    let words = words(token);
    let number = if token.contains(char::is_alphabetic) { None } else { digits(token).into_iter().next() };
    match number {
        Some(number) => {
            // Digits of another script are stored as they are, where they are no telephone number.
            let script = words.first().filter(|word| words.len() == 1 && **word != number).cloned();
            vec![Word { forms: std::iter::once(number).chain(script).collect() }]
        }
        None => words.into_iter().map(one).collect(),
    }
}

/// Where the terms that begin with `prefix` end: no text between the two does not begin so.
pub fn upper_bound(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

#[cfg(test)]
mod tests {
    use super::{Search, upper_bound};

    fn forms(value: &str) -> Vec<Vec<String>> {
        Search::parse(value).expect(value).words.into_iter().map(|word| word.forms).collect()
    }

    #[test]
    fn no_longer_than_a_link_can_be() {
        assert!(Search::parse(&"a,".repeat(512)).is_ok());
        assert!(Search::parse(&format!("{}a", "a,".repeat(512))).is_err());
    }

    #[test]
    fn words_addresses_and_numbers() {
        for (value, found) in [
            ("José garcía", vec![vec!["jose"], vec!["garcia"]]),
            ("\"José\" \"García\"", vec![vec!["jose"], vec!["garcia"]]),
            ("<Jose@Example.com>,", vec![vec!["jose@example.com"]]),
            ("jose@", vec![vec!["jose@"]]),
            ("@example.com", vec![vec!["example"], vec!["com"]]),
            ("555-010 (4477)", vec![vec!["555010"], vec!["4477"]]),
            ("+1", vec![vec!["1"]]),
            ("٣٤", vec![vec!["34", "٣٤"]]),
            ("3M 3m", vec![vec!["3m"]]),
        ] {
            assert_eq!(forms(value), found, "{value}");
        }
    }

    #[test]
    fn ten_words_count_and_none_is_refused() {
        assert_eq!(forms("a b c d e f g h i j k l m").len(), 10);
        for empty in ["", "\"\"", " \" ", "&", "\u{301}"] {
            let problem = Search::parse(empty).expect_err(empty).to_string();
            assert!(problem.contains("$search"), "{problem}");
        }
    }

    #[test]
    fn a_range_holds_what_begins_so() {
        let bound = upper_bound("jos");
        for (term, inside) in [("jos", true), ("josz", true), ("jos𐀀", true), ("jot", false), ("jo", false)] {
            assert_eq!(("jos"..bound.as_str()).contains(&term), inside, "{term}");
        }
    }
}
