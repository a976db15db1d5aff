//! `id IN (SELECT contact FROM contact_terms …)`: the contacts that have a term. diesel's own `eq_any` cannot do it with a
//! query that is boxed for both databases.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Binary, Bool};

use crate::store::tables::{contact_terms, contacts};
use crate::store::{MultiBackend, Person};

/// The terms of a person, narrowed further.
pub(super) type Terms = contact_terms::BoxedQuery<'static, MultiBackend, Binary>;

/// All terms of a person.
pub(super) fn terms(person: Person) -> Terms {
    contact_terms::table.filter(contact_terms::person.eq(person.id)).select(contact_terms::contact).into_boxed()
}

/// Whether a contact has a term of one of these ranges. They are found once, not for each contact; a statement for each range, since
/// of PostgreSQL 15 `class = ANY (…)` reads through all classes.
pub(super) struct Having(pub(super) Vec<Terms>);

impl Expression for Having {
    type SqlType = Bool;
}

impl AppearsOnTable<contacts::table> for Having {}

impl SelectableExpression<contacts::table> for Having {}

impl ValidGrouping<()> for Having {
    type IsAggregate = is_aggregate::No;
}

/// As of every boxed query: no two need be the same statement.
impl QueryId for Having {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<MultiBackend> for Having {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        contacts::id.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        for (at, range) in self.0.iter().enumerate() {
            if at > 0 {
                out.push_sql(" UNION ALL ");
            }
            <Terms as QueryFragment<MultiBackend>>::walk_ast(range, out.reborrow())?;
        }
        out.push_sql(")");
        Ok(())
    }
}
