//! What the splitter owes: the same components whatever the chunks, in bounded memory, of any bytes at all.

use proptest::prelude::*;

use super::found::{Found, Reason};
use super::split::{COMPONENT, Splitter};

fn split(bytes: &[u8], chunk: usize) -> Vec<Found> {
    let mut splitter = Splitter::default();
    let mut found = Vec::new();
    for part in bytes.chunks(chunk.max(1)) {
        splitter.push(part, &mut found);
    }
    splitter.finish(&mut found);
    found
}

fn lines(text: &str) -> usize {
    text.split(['\r', '\n']).filter(|line| !line.is_empty()).count()
}

fn told(text: &str) -> Vec<String> {
    let whole = split(text.as_bytes(), usize::MAX);
    for chunk in [1, 2, 7] {
        assert_eq!(split(text.as_bytes(), chunk), whole, "{text}");
    }
    let one = |found: Found| match found {
        Found::Calendar => "calendar".to_owned(),
        Found::Event { line, text } => format!("{line} event {}", lines(&text)),
        Found::Zone { line, text } => format!("{line} zone {}", lines(&text)),
        Found::Skipped { line, name } => format!("{line} {name}"),
        Found::Rejected { line, why } => format!("{line} {why:?}"),
    };
    whole.into_iter().map(one).collect()
}

#[test]
fn a_file_is_cut_at_its_components() {
    let event = "BEGIN:VEVENT\nBEGIN:VALARM\nEND:VALARM\nEND:VEVENT\n";
    let zone = "begin:vtimezone\nBEGIN:STANDARD\nEND:STANDARD\nEND : VTIMEZONE \n";
    let calendar = |within: &str| format!("\u{feff}BEGIN:VCALENDAR\nX-WR-CALNAME:BEGIN\n{within}END:VCALENDAR\n\n");
    for (text, found) in [
        (String::new(), vec![]),
        (calendar(""), vec!["calendar"]),
        (calendar(&[event, zone].concat()), vec!["calendar", "3 event 4", "7 zone 4"]),
        ([calendar(event), calendar(event)].concat(), vec!["calendar", "3 event 4", "calendar", "11 event 4"]),
        (calendar("BEGIN:VTODO\nEND:VTODO\nBEGIN:X-A\nEND:X-A\n"), vec!["calendar", "3 VTODO", "5 X-A"]),
        (calendar("BEGIN:VEVENT\nDESCRIPTION:a\n END:VEVENT\nEND:VEVENT\n"), vec!["calendar", "3 event 4"]),
        // What lost its end costs only itself.
        (calendar(&["BEGIN:VEVENT\nBEGIN:VALARM\n", event].concat()), vec!["calendar", "3 Unterminated", "5 event 4"]),
        (calendar("BEGIN:VEVENT\nUID:1\n"), vec!["calendar", "3 Unterminated"]),
        (["BEGIN:VCALENDAR\n", event].concat(), vec!["calendar", "2 event 4", "1 CutOff"]),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT".into(), vec!["calendar", "2 Unterminated", "1 CutOff"]),
        (["BEGIN:VCALENDAR\n", &calendar("")].concat(), vec!["calendar", "1 CutOff", "calendar"]),
        (["a\nb\n", event, &calendar("")].concat(), vec!["1 Stray", "calendar"]),
        ("\0B\0E\n".into(), vec!["1 WideText"]),
    ] {
        for text in [text.clone(), text.replace('\n', "\r\n"), text.replace('\n', "\r")] {
            assert_eq!(told(&text), found, "{text:?}");
        }
    }
}

#[test]
fn what_is_too_large_is_not_held() {
    let mut splitter = Splitter::default();
    let mut found = Vec::new();
    splitter.push(b"BEGIN:VCALENDAR\r\nX:", &mut found);
    let push = |splitter: &mut Splitter, found: &mut Vec<Found>| {
        for _ in 0..COMPONENT / 65_536 * 2 {
            splitter.push(&vec![b'x'; 65_536], found);
        }
    };
    push(&mut splitter, &mut found);
    assert!(splitter.held() < 1024, "{}", splitter.held());
    splitter.push(b"\r\nBEGIN:VEVENT\r\nX:", &mut found);
    push(&mut splitter, &mut found);
    assert!(splitter.held() < 1024, "{}", splitter.held());
    splitter.push(b"\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", &mut found);
    splitter.finish(&mut found);
    let event = Found::Event { line: 6, text: "BEGIN:VEVENT\r\nEND:VEVENT\r".into() };
    assert_eq!(found, [Found::Calendar, Found::Rejected { line: 3, why: Reason::TooLarge }, event]);
}

proptest! {
    #[test]
    fn any_bytes_are_split_alike_in_any_chunks(
        pieces in prop::collection::vec(prop_oneof![
            Just(b"BEGIN:".to_vec()), Just(b"END:".to_vec()), Just(b"VCALENDAR".to_vec()), Just(b"VEVENT".to_vec()),
            Just(b"VTIMEZONE".to_vec()), Just(b"VTODO".to_vec()), Just(b"\r\n".to_vec()), Just(b"\n".to_vec()), Just(b"\r".to_vec()),
            Just(b" ".to_vec()), prop::collection::vec(any::<u8>(), 0..4),
        ], 0..60),
        chunk in 1_usize..9,
    ) {
        let bytes = pieces.concat();
        prop_assert_eq!(split(&bytes, chunk), split(&bytes, usize::MAX));
    }
}
