//! A page is bounded in bytes, whatever its items hold: rows are read without the projections that are large, but with their sizes;
//! of these only those that the page has room for are fetched. May import diesel.

use diesel::sql_types::Text;

/// So many bytes of projections are on a page, unless its first row alone has more.
pub const PAGE: usize = 4 * 1024 * 1024;
/// A projection of no more bytes than these comes with its row: as many as a page has rows take no more than about one page.
pub const SMALL: i32 = 4096;

diesel::define_sql_function! {
    /// Both databases have it, and neither reads the text for it.
    fn octet_length(text: Text) -> Integer;
}

/// Whether the projection did not come with its row.
pub fn is_large(bytes: i32) -> bool {
    bytes > SMALL
}

/// How many of `rows`, told by their bytes, are no more than so many and have no more bytes together: at least one, or nobody
/// would come past it.
pub fn fitting(rows: impl Iterator<Item = i32>, most: usize, most_bytes: usize) -> usize {
    let mut bytes = 0_usize;
    let fits = rows.take(most).enumerate().take_while(|(at, row)| {
        bytes = bytes.saturating_add(usize::try_from(*row).unwrap_or(0));
        *at == 0 || bytes <= most_bytes
    });
    fits.count()
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn a_page_ends_by_rows_or_by_bytes_and_has_one_at_least() {
        let fits = |rows: &[i32]| fitting(rows.iter().copied(), 3, 10);
        assert_eq!([fits(&[1; 9]), fits(&[5, 5, 1]), fits(&[5, 6, 1]), fits(&[30, 1])], [3, 2, 1, 1]);
        assert_eq!([fits(&[0, 30, 1]), fits(&[0, 10, 0]), fits(&[])], [1, 3, 0]);
    }
}
