//! Components as text. Imports `content_line`.

use crate::resources::calendar::ical::Component;
use crate::resources::content_line::{self, Form};

// RFC 5545 §3.1: any parameter may have a list of values, and most may stand but once.
const FORM: Form = Form { carets: true, is_list: |_| true };

/// Adds the component. Recursion is bounded by how deep a component is read.
pub(super) fn component(out: &mut String, component: &Component) {
    out.extend(["BEGIN:", &component.name, "\r\n"]);
    for property in &component.properties {
        content_line::line(out, property, FORM);
    }
    for inner in &component.components {
        self::component(out, inner);
    }
    out.extend(["END:", &component.name, "\r\n"]);
}
