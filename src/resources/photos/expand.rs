//! `$expand=thumbnails`: with each photo the addresses of its smaller pictures, so that a gallery is one request. Imports `content`.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Photos;
use super::content::{Addresses, SIZES, set};
use super::queries::Row;
use crate::access::{Grant, Read};
use crate::picture::Rendition;
use crate::problem::{Code, Problem};
use crate::query::{self, Options};
use crate::resources::collection::Collections;

/// The option.
pub const EXPAND: &str = "$expand";
/// What it takes, and the member of an answer that it adds.
pub const THUMBNAILS: &str = "thumbnails";
/// Addresses on one page: making one takes longer than the rest of a photo's JSON.
const ADDRESSES: usize = 1000;

/// What is shown with each photo.
pub struct Expanded<'a> {
    sizes: Vec<Rendition>,
    addresses: Addresses<'a>,
}

impl<'a> Expanded<'a> {
    /// By `$expand`; none, if it is not given.
    pub fn of(
        options: &Options,
        grant: &Grant<Photos, Read>,
        collections: &'a Collections,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, Problem> {
        let Some(text) = options.get(EXPAND) else { return Ok(None) };
        Ok(Some(Self { sizes: sizes(text)?, addresses: Addresses::new(collections, grant, now)? }))
    }

    /// How many photos a page has at most.
    pub fn most(&self) -> usize {
        ADDRESSES / self.sizes.len().max(1)
    }

    /// The value of the member for one photo.
    pub fn shown(&self, row: &Row) -> Result<Value, Problem> {
        Ok(json!([set::of(row, &self.sizes, &self.addresses)?]))
    }
}

/// Those of `thumbnails`, or of `thumbnails($select=small,large)`.
fn sizes(text: &str) -> Result<Vec<Rendition>, Problem> {
    let refused = || {
        let message =
            format!("`$expand` takes `{THUMBNAILS}`, or some of their sizes: `{THUMBNAILS}($select=small,large)`.");
        Problem::new(Code::InvalidQueryOption, message).target(EXPAND)
    };
    let (name, rest) = text.split_once('(').map_or((text, None), |(name, rest)| (name, Some(rest)));
    if !name.trim().eq_ignore_ascii_case(THUMBNAILS) {
        return Err(refused());
    }
    let Some(rest) = rest else { return Ok(Rendition::ALL.into()) };
    let list = rest.trim_end().strip_suffix(')').and_then(|rest| rest.trim().split_once('=')).ok_or_else(refused)?;
    let (option, list) = (list.0.trim(), list.1);
    // OData 4.01 leaves the `$` out, if one likes.
    if !["$select", "select"].iter().any(|name| option.eq_ignore_ascii_case(name)) {
        return Err(refused());
    }
    let members: Vec<&str> = std::iter::once("id").chain(SIZES.iter().copied()).collect();
    let Some(chosen) = query::chosen(EXPAND, list, &members)? else { return Ok(Rendition::ALL.into()) };
    let is_chosen = |at: &usize| chosen.contains(&(at + 1));
    Ok(Rendition::ALL.into_iter().enumerate().filter(|(at, _)| is_chosen(at)).map(|(_, which)| which).collect())
}

#[cfg(test)]
mod tests {
    use super::{Rendition, SIZES, sizes};

    #[test]
    fn all_sizes_or_some() {
        let names = |text| sizes(text).map(|sizes| sizes.into_iter().map(Rendition::name).collect::<Vec<_>>());
        for all in ["thumbnails", "Thumbnails", " thumbnails ", "thumbnails($select=*)"] {
            assert_eq!(names(all).expect(all), SIZES, "{all}");
        }
        for some in [
            "thumbnails($select=large,small)",
            "thumbnails( $SELECT = SMALL , large,small )",
            "thumbnails(select=small,large)",
        ] {
            assert_eq!(names(some).expect(some), ["small", "large"], "{some}");
        }
        assert_eq!(names("thumbnails($select=id)").expect("no size"), Vec::<&str>::new());
        for none in [
            "",
            "children",
            "thumbnails,children",
            "thumbnails(",
            "thumbnails()",
            "thumbnails($top=1)",
            "thumbnails$select=small",
        ]
        .into_iter()
        .chain([
            "thumbnails($select=)",
            "thumbnails($select=huge)",
            "thumbnails($select=small;$top=1)",
            "thumbnails($select=small)x",
        ]) {
            let refused = names(none).expect_err(none).to_string();
            assert!(refused.contains("$expand"), "{none}: {refused}");
        }
    }
}
