//! HTML of strangers: what of it is shown, and what it says as text. Imports `sane`, ammonia, `mail_parser`.

mod sane;

use mail_parser::decoders::html::html_to_text;

/// The HTML without what could run or load a style. What no program writes, which would be costly to take apart, is shown as text.
pub(super) fn clean(html: &str) -> String {
    let html = sane::with_references(html);
    if sane::is_sane(&html) { ammonia::clean(&html) } else { of_text(&html_to_text(&html)) }
}

/// The text of clean HTML.
pub(super) fn text(clean: &str) -> String {
    // Only `br` and `p` end a line for this reader.
    let lines = ["</div>", "</li>", "</tr>", "</h1>", "</h2>", "</h3>"];
    let broken = lines.iter().fold(clean.to_owned(), |html, end| html.replace(end, &format!("{end}<br>")));
    html_to_text(&broken).replace('\u{a0}', " ").trim().to_owned()
}

/// A text as HTML.
pub(super) fn of_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>\n")
}

#[cfg(test)]
mod tests {
    use super::{clean, of_text, text};

    #[test]
    fn nothing_runs() {
        for (html, shown) in [
            ("<p>Hi <b>you</b></p>", "<p>Hi <b>you</b></p>"),
            ("<script>alert(1)</script>x", "x"),
            ("<p onclick=\"x()\" style=\"background:url(//e)\">x</p>", "<p>x</p>"),
            ("<a href=\"javascript:x()\">x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
            ("<iframe src=//e></iframe><svg onload=x()>", ""),
            ("<p>open", "<p>open</p>"),
        ] {
            assert_eq!(clean(html), shown, "{html}");
            assert_eq!(clean(&clean(html)), shown, "{html}");
        }
    }

    #[test]
    fn text_and_html() {
        assert_eq!(text("<p>One</p><div>Two &amp; <i>three</i></div>&lt;b&gt;"), "One\nTwo & three\n<b>");
        assert_eq!(of_text("a <b>\n& c"), "a &lt;b&gt;<br>\n&amp; c");
        assert_eq!(text(&of_text("a <b>\n& c")), "a <b>\n& c");
    }
}
