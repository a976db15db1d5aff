//! What opening a token costs beside the one private-key operation that it needs.

fn main() {}
