//! The integration tests: one binary, a module a file.

mod tokens;
