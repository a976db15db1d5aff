//! `$orderby`: by which fields, in which direction (OData ABNF `orderby`, of paths only).

use crate::json::shown;
use crate::problem::{Code, Problem};

const FIELDS: usize = 3;

/// One field of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// As the allow-list spells it.
    pub field: &'static str,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// Reads the option's value: at most three of `allowed`, none twice. Names and directions are taken in any case.
pub fn parse(value: &str, allowed: &[&'static str]) -> Result<Vec<Order>, Problem> {
    let mut orders: Vec<Order> = Vec::new();
    for item in value.split(',') {
        let mut words = item.split_ascii_whitespace();
        let name = words.next().unwrap_or_default();
        let direction = words.next().unwrap_or("asc");
        let known = allowed.iter().find(|field| field.eq_ignore_ascii_case(name));
        let Some(field) = known else {
            let fields = allowed.join(", ");
            return Err(refused(&format!("`$orderby` names `{}`; it takes: {fields}.", shown(name))));
        };
        let descending = direction.eq_ignore_ascii_case("desc");
        if words.next().is_some() || !(descending || direction.eq_ignore_ascii_case("asc")) {
            return Err(refused(&format!("After `{field}`, `$orderby` takes `asc` or `desc`, then a comma.")));
        }
        if orders.iter().any(|order| order.field == *field) {
            return Err(refused(&format!("`$orderby` names `{field}` twice.")));
        }
        if orders.len() == FIELDS {
            return Err(refused(&format!("`$orderby` takes at most {FIELDS} fields.")));
        }
        orders.push(Order { field, descending });
    }
    Ok(orders)
}

fn refused(message: &str) -> Problem {
    Problem::new(Code::InvalidQueryOption, message).target("$orderby")
}

#[cfg(test)]
mod tests {
    use super::{Order, parse};

    const FIELDS: [&str; 4] = ["displayName", "surname", "homeAddress/city", "createdDateTime"];

    #[test]
    fn fields_and_directions() {
        let by = |field, descending| Order { field, descending };
        for (value, orders) in [
            ("displayName", vec![by("displayName", false)]),
            (" DisplayName  DESC , homeaddress/city asc", vec![by("displayName", true), by("homeAddress/city", false)]),
        ] {
            assert_eq!(parse(value, &FIELDS).expect(value), orders, "{value}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (value, named) in [
            ("", "it takes: displayName"),
            ("surname,", "it takes"),
            ("nope", "`nope`"),
            ("surname up", "`asc` or `desc`"),
            ("surname asc desc", "`asc` or `desc`"),
            ("surname,SURNAME desc", "`surname` twice"),
            ("surname,displayName,homeAddress/city,createdDateTime", "at most 3"),
        ] {
            let problem = parse(value, &FIELDS).expect_err(value).to_string();
            assert!(problem.contains(named), "{value}: {problem}");
        }
    }
}
