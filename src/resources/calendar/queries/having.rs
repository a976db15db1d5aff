//! `id IN (SELECT event FROM event_terms …)`: the events that have a term. diesel's own `eq_any` cannot do it with a
//! query that is boxed for both databases.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Binary, Bool};

use crate::store::tables::{event_terms, events};
use crate::store::{MultiBackend, Person};

/// The terms of a person, narrowed further.
pub(super) type Terms = event_terms::BoxedQuery<'static, MultiBackend, Binary>;

/// All terms of a person.
pub(super) fn terms(person: Person) -> Terms {
    event_terms::table.filter(event_terms::person.eq(person.id)).select(event_terms::event).into_boxed()
}

/// Whether an event has a term of one of these ranges. They are found once, not for each event; a statement for each range, since
/// of PostgreSQL 15 `class = ANY (…)` reads through all classes.
pub(super) struct Having(pub(super) Vec<Terms>);

impl Expression for Having {
    type SqlType = Bool;
}

impl AppearsOnTable<events::table> for Having {}

impl SelectableExpression<events::table> for Having {}

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
        events::id.walk_ast(out.reborrow())?;
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
