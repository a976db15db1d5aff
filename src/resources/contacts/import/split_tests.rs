//! What the splitter owes: the same cards whatever the chunks, in bounded memory and linear time, of any bytes at all.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::found::{Found, Reason};
use super::split::{BINARY_LINE, CARD, LINE, Splitter};

fn split(bytes: &[u8], chunk: usize) -> Vec<Found> {
    let mut splitter = Splitter::default();
    let mut found = Vec::new();
    for part in bytes.chunks(chunk.max(1)) {
        splitter.push(part, &mut found);
    }
    splitter.finish(&mut found);
    found
}

fn card(line: u64, text: &str) -> Found {
    Found::Card { line, text: text.to_owned() }
}

fn rejected(line: u64, why: Reason) -> Found {
    Found::Rejected { line, why }
}

const ANN: &str = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann\r\nEND:VCARD\r\n";

#[test]
fn line_ends_of_every_system_and_a_byte_order_mark() {
    for end in ["\r\n", "\n", "\r"] {
        let text = format!("\u{feff}{ANN}\r\n\r\n{ANN}").replace("\r\n", end);
        for chunk in [1, 2, 7, 1000] {
            assert_eq!(split(text.as_bytes(), chunk), [card(1, ANN), card(7, ANN)], "{end:?} {chunk}");
        }
    }
    let unended = ANN.trim_end();
    assert_eq!(split(unended.as_bytes(), 3), [card(1, ANN)]);
    assert_eq!(split(b"begin : vcard\nfn:x\nEnd:vCard", 3), [card(1, "BEGIN:VCARD\r\nfn:x\r\nEnd:vCard\r\n")]);
    assert_eq!(split(b"", 1), []);
    // A CR within a line of a file that ends its lines otherwise is a character like another.
    assert_eq!(split(b"BEGIN:VCARD\nFN:a\rb\nEND:VCARD\n", 4), [card(1, "BEGIN:VCARD\r\nFN:a\rb\r\nEND:VCARD\r\n")]);
}

#[test]
fn what_is_no_card_is_told_with_its_line_and_loses_no_other() {
    let text =
        format!("hello\nworld\n\n{ANN}\nstray\nstray\n{ANN}BEGIN:VCARD\nFN:lost\n{ANN}END:VCARD\nBEGIN:VCARD\nFN:cut");
    let expected = [
        rejected(1, Reason::Stray),
        card(4, ANN),
        rejected(9, Reason::Stray),
        card(11, ANN),
        rejected(15, Reason::Unterminated),
        card(17, ANN),
        rejected(21, Reason::Stray),
        rejected(22, Reason::Unterminated),
    ];
    for chunk in [1, 5, 10_000] {
        assert_eq!(split(text.as_bytes(), chunk), expected, "{chunk}");
    }
}

#[test]
fn a_card_lies_in_another_only_as_the_value_of_agent() {
    let text = "BEGIN:VCARD\r\nVERSION:2.1\r\nitem1.AGENT:\r\nBEGIN:VCARD\r\nFN:Agent\r\nEND:VCARD\r\nFN:Boss\r\nEND:VCARD\r\n";
    assert_eq!(split(text.as_bytes(), 6), [card(1, text)]);
    let deep = format!("{}END:VCARD\n{ANN}", "BEGIN:VCARD\nAGENT:\n".repeat(100_000));
    assert_eq!(split(deep.as_bytes(), 4096).len(), 2);
    assert_eq!(split(deep.as_bytes(), 4096), [rejected(1, Reason::TooDeep), card(200_002, ANN)]);
}

#[test]
fn a_soft_break_hides_what_follows_it() {
    let quoted =
        "BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0A=\r\nEND:VCARD=\r\n more=\r\nEND:VCARD\r\nEND:VCARD\r\n";
    assert_eq!(split(quoted.as_bytes(), 5), [card(1, quoted)]);
    let folded = "BEGIN:VCARD\r\nNOTE:a=\r\n END:VCARD\r\nX-A;QUOTED-PRINTABLE:b=\r\nBEGIN:VCARD\r\nEND:VCARD\r\n";
    assert_eq!(split(folded.as_bytes(), 5), [card(1, folded)]);
}

#[test]
fn text_that_is_not_utf8_is_read_as_it_declares_or_in_windows_1252() {
    let of = |line: &[u8]| {
        let bytes = [b"BEGIN:VCARD\r\nFN:\xc3\xa9\r\n".as_slice(), line, b"\r\nEND:VCARD\r\n"].concat();
        match split(&bytes, 9).as_slice() {
            [Found::Card { text, .. }] => text.lines().nth(2).unwrap_or_default().to_owned(),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(of(b"N;CHARSET=ISO-8859-1:M\xfcller"), "N;CHARSET=ISO-8859-1:Müller");
    assert_eq!(of(b"N;CHARSET=windows-1251:\xcf\xb8\xf2\xf0"), "N;CHARSET=windows-1251:Пётр");
    assert_eq!(of(b"N;CHARSET=Shift_JIS:\x8e\x52\x93\x63"), "N;CHARSET=Shift_JIS:山田");
    assert_eq!(of(b"N:M\xfcller \x80 \x81"), "N:Müller € \u{81}");
    assert_eq!(of(b"N;CHARSET=UTF-8:M\xfcller"), "N;CHARSET=UTF-8:Müller");
    assert_eq!(of(b"N;CHARSET=nonsense:M\xfcller"), "N;CHARSET=nonsense:Müller");
    assert_eq!(of(b"N:J\xc3\r\n \xb3zef"), "N:Józef", "folded within a character");
}

#[test]
fn utf16_is_refused_once() {
    let wide = |order: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
        format!("{mark}{ANN}{ANN}").encode_utf16().flat_map(order).collect()
    };
    for bytes in [wide(u16::to_le_bytes, "\u{feff}"), wide(u16::to_be_bytes, "\u{feff}"), wide(u16::to_le_bytes, "")] {
        for chunk in [1, 2, 1000] {
            assert_eq!(split(&bytes, chunk), [rejected(1, Reason::WideText)]);
        }
    }
}

#[test]
fn limits_reject_the_card_and_nothing_else() {
    let with = |line: &str| format!("BEGIN:VCARD\r\n{line}\r\nEND:VCARD\r\n{ANN}");
    let verdict = |text: &str| {
        let one = split(text.as_bytes(), 1 << 16);
        assert_eq!(one, split(text.as_bytes(), 4099));
        assert!(matches!(one.last(), Some(Found::Card { text, .. }) if text == ANN));
        assert_eq!(one.len(), 2);
        match one.first() {
            Some(Found::Rejected { line: 1, why }) => Some(*why),
            _ => None,
        }
    };
    let text = |length: usize| format!("NOTE:{}", "x".repeat(length - 5));
    assert_eq!(verdict(&with(&text(LINE))), None);
    assert_eq!(verdict(&with(&text(LINE + 2))), Some(Reason::LineTooLong));
    let folded = format!("NOTE:{}", "x\r\n ".repeat(LINE));
    assert_eq!(verdict(&with(&folded)), Some(Reason::LineTooLong));
    for head in
        ["PHOTO;ENCODING=b;TYPE=JPEG:", "item1.LOGO;BASE64:", "PHOTO:data:image/png;base64,", "KEY;ENCODING=\r\n B:"]
    {
        let picture = |length: usize| format!("{head}{}", "A".repeat(length - head.len()));
        assert_eq!(verdict(&with(&picture(BINARY_LINE))), None, "{head}");
        assert_eq!(verdict(&with(&picture(BINARY_LINE + 9))), Some(Reason::LineTooLong), "{head}");
    }
    let many = format!("{}\r\n", text(1000)).repeat(CARD / 1000);
    assert_eq!(verdict(&with(many.trim_end())), Some(Reason::CardTooLarge));
}

#[test]
fn no_file_takes_more_memory_than_one_card() {
    let begun = |line: &str, part: &str| (format!("BEGIN:VCARD\n{line}"), part.to_owned());
    for (start, part) in [
        begun("PHOTO;ENCODING=b:", "A"),
        begun("FN:", "x"),
        begun("PHOTO;ENCODING=b:", "\n A"),
        begun("", "NOTE:a\n"),
        ("x".to_owned(), "y".to_owned()),
    ] {
        let mut splitter = Splitter::default();
        let mut found = Vec::new();
        splitter.push(start.as_bytes(), &mut found);
        let part = part.repeat((1 << 16) / part.len());
        for _ in 0..=CARD / part.len() {
            splitter.push(part.as_bytes(), &mut found);
            assert!(splitter.held() <= 2 * CARD, "{start}: {}", splitter.held());
        }
        assert!(found.len() <= 1 && splitter.held() <= 1 << 10, "{start}: {}", splitter.held());
    }
}

#[test]
fn short_lines_cost_no_square() {
    for line in [" \n", "=\n", "A:=\n", "AGENT:\n", "BEGIN:VCARD\n", "\u{fffd}\n ", "\n", "N;QUOTED-PRINTABLE:=\n=\n"] {
        let text =
            format!("BEGIN:VCARD\nNOTE;CHARSET=x;ENCODING=QUOTED-PRINTABLE:=\n{}", line.repeat((1 << 20) / line.len()));
        let started = Instant::now();
        split(text.as_bytes(), 1 << 16);
        assert!(started.elapsed() < Duration::from_mins(1), "{line:?}: {:?}", started.elapsed());
    }
}

proptest! {
    #[test]
    fn any_chunks_give_the_same(parts in prop::collection::vec(prop_oneof![
        Just("BEGIN:VCARD"), Just("END:VCARD"), Just("\r\n"), Just("\n"), Just("\r"), Just(" "), Just("AGENT:"), Just("="),
        Just("N;QUOTED-PRINTABLE:x="), Just("FN:é"), Just("\u{feff}"), Just("x"),
    ].prop_map(|part| part.as_bytes().to_vec()).boxed().prop_union(prop::collection::vec(any::<u8>(), 0..4).boxed()), 0..60), sizes in prop::collection::vec(1usize..9, 1..40)) {
        let bytes = parts.concat();
        let whole = split(&bytes, usize::MAX);
        let mut splitter = Splitter::default();
        let mut found = Vec::new();
        let mut rest = bytes.as_slice();
        for size in sizes.iter().cycle() {
            let (part, after) = rest.split_at(rest.len().min(*size));
            splitter.push(part, &mut found);
            rest = after;
            if rest.is_empty() { break; }
        }
        splitter.finish(&mut found);
        prop_assert_eq!(found, whole);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        split(&bytes, 17);
    }
}
