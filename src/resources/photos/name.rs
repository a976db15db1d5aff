//! What a photo may be called: a name, never a path, and nothing but what is told of it: no file bears it (security.md row 29).

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_DISPOSITION, ContentDisposition};

use crate::picture::Kind;
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::shape::{Shape, invalid};
use serde_json::Value;

/// A name's shape.
pub const NAME: Shape = Shape::Line(255);

/// Refuses what is no name; `path` is the member, option or header that holds it.
pub fn checked(name: &str, path: &str) -> Result<String, Problem> {
    NAME.merged(&Value::Null, &name.into(), path)?;
    let name = name.trim();
    if matches!(name, "" | "." | "..") || name.contains(['/', '\\']) {
        return Err(invalid(path, "is no name: it is empty, or a path"));
    }
    Ok(name.to_owned())
}

/// The name that a request gives to what it sends: by its option `name`, else by `Content-Disposition` (RFC 6266).
pub fn given(request: &HttpRequest, options: &Options) -> Result<Option<String>, Problem> {
    if let Some(name) = options.get("name") {
        return checked(name, "name").map(Some);
    }
    let Some(header) = request.headers().get(CONTENT_DISPOSITION) else { return Ok(None) };
    let malformed = || {
        let message = "`Content-Disposition` is malformed: write `attachment; filename=\"name.jpg\"`.";
        Problem::new(Code::InvalidRequest, message).target(CONTENT_DISPOSITION.as_str())
    };
    of_disposition(&ContentDisposition::from_raw(header).map_err(|_| malformed())?, CONTENT_DISPOSITION.as_str())
}

/// The name that `Content-Disposition` gives; `path` is what holds that.
pub fn of_disposition(disposition: &ContentDisposition, path: &str) -> Result<Option<String>, Problem> {
    // RFC 6266 §4.3: `filename*` comes before `filename`.
    let name = match disposition.get_filename_ext() {
        Some(extended) => {
            let text = String::from_utf8(extended.value.clone());
            Some(text.map_err(|_| invalid(path, "has a name that is not UTF-8"))?)
        }
        None => disposition.get_filename().map(str::to_owned),
    };
    name.map(|name| checked(&name, path)).transpose()
}

/// What a picture is called that nobody named.
pub const fn unnamed(kind: Kind) -> &'static str {
    match kind {
        Kind::Jpeg => "photo.jpg",
        Kind::Png => "photo.png",
        Kind::WebP => "photo.webp",
        Kind::Gif => "photo.gif",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::{checked, given};
    use crate::query::Options;

    #[test]
    fn a_name_is_no_path() {
        assert_eq!(checked(" Zoë.jpg ", "name").expect("a name"), "Zoë.jpg");
        let long = "a".repeat(4096);
        for name in ["", " ", ".", "..", "../a", "a/b", "a\\b", "/etc/passwd", "a\0b", "a\nb", long.as_str()] {
            assert!(checked(name, "name").is_err(), "{name:?}");
        }
    }

    #[test]
    fn the_option_comes_before_the_header() {
        let of = |header: &str, query: &str| {
            let mut request = TestRequest::default();
            if !header.is_empty() {
                request = request.insert_header(("content-disposition", header));
            }
            let options = Options::parse(query, &["name"]).expect("options");
            given(&request.to_http_request(), &options).map_err(|problem| problem.to_string())
        };
        assert_eq!(of("", ""), Ok(None));
        assert_eq!(of("attachment", ""), Ok(None));
        assert_eq!(of("attachment; filename=\"a b.jpg\"", ""), Ok(Some("a b.jpg".into())));
        assert_eq!(of("attachment; filename=\"a.jpg\"; filename*=UTF-8''Zo%C3%AB.jpg", ""), Ok(Some("Zoë.jpg".into())));
        assert_eq!(of("attachment; filename=\"a.jpg\"", "name=b.jpg"), Ok(Some("b.jpg".into())));
        for header in ["attachment; filename=\"../a.jpg\"", "attachment; filename*=UTF-8''%00.jpg", "; ="] {
            assert!(of(header, "").is_err(), "{header}");
        }
    }
}
