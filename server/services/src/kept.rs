//! Statements in our own SQL that PostgreSQL parses and plans once a connection.
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::Untyped,
};

/// A `sql_query` whose prepared statement is kept. Diesel alone never keeps those, since their
/// text might be another one each time; then planning costs more than the work.
///
/// Only for texts of which there are few.
#[derive(Debug)]
pub struct Kept<Q>(Q);

pub fn kept<Q>(query: Q) -> Kept<Q> {
    Kept(query)
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Kept<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Kept<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Kept<Q> {
    type SqlType = Untyped;
}
