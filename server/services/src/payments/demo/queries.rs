use crate::{
    Conn,
    booking::money,
    gateways::{Checkout, Paid},
    kept::kept,
};
use diesel::{
    QueryResult,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{money::Money, payments::AttemptId};
use schema::demo_checkouts;

/// What the payment page of the demo shows.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = demo_checkouts, check_for_backend(diesel::pg::Pg))]
pub struct DemoCheckout {
    amount_minor: i64,
    currency: String,
    pub back_to: String,
    outcome: String,
}

impl DemoCheckout {
    pub fn amount(&self) -> Money {
        money(self.amount_minor, &self.currency)
    }

    pub fn paid(&self) -> Paid {
        match self.outcome.as_str() {
            "paid" => Paid::Paid,
            "declined" => Paid::Declined,
            "closed" => Paid::Closed,
            _ => Paid::Open,
        }
    }
}

/// Opened again, it stays as it is.
pub async fn open(conn: &mut Conn, checkout: &Checkout) -> QueryResult<()> {
    diesel::insert_into(demo_checkouts::table)
        .values((
            demo_checkouts::id.eq(checkout.attempt),
            demo_checkouts::amount_minor.eq(checkout.amount.minor),
            demo_checkouts::currency.eq(checkout.amount.currency.code()),
            demo_checkouts::back_to.eq(&checkout.back_to),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn checkout(conn: &mut Conn, id: AttemptId) -> QueryResult<Option<DemoCheckout>> {
    demo_checkouts::table.find(id).select(DemoCheckout::as_select()).first(conn).await.optional()
}

/// Ends a checkout that is open.
pub async fn answer(conn: &mut Conn, id: AttemptId, outcome: &str) -> QueryResult<()> {
    diesel::update(demo_checkouts::table.find(id))
        .filter(demo_checkouts::outcome.eq("open"))
        .set(demo_checkouts::outcome.eq(outcome))
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives back once; false: there is nothing that could go back.
pub async fn refund(conn: &mut Conn, id: AttemptId, amount_minor: i64) -> QueryResult<bool> {
    let refunded = kept(
        sql_query(
            "UPDATE demo_checkouts SET refunded_minor = $2 \
             WHERE id = $1 AND outcome = 'paid' AND refunded_minor IN (0, $2)",
        )
        .bind::<Uuid, _>(id)
        .bind::<BigInt, _>(amount_minor),
    )
    .execute(conn)
    .await?;
    Ok(refunded == 1)
}
