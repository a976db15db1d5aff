//! The text of a VTIMEZONE, made for a zone. Imports `named`.
