//! The integration tests: one binary, a module a file.
#![expect(clippy::indexing_slicing, reason = "a test that indexes into nothing has failed")]

mod store;
