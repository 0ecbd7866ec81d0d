use super::super::queries::whole;
use crate::Conn;
use diesel::{pg::Pg, prelude::*};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{KindRule, Plan, VisitKind, VisitLimits},
    directory::ProviderId,
    holidays::Country,
};
use jiff::tz::TimeZone;
use schema::{booking_kind_rules, booking_rules, providers};
use std::collections::HashMap;

/// What a doctor has said about booking, beside the hours, as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = booking_rules, check_for_backend(Pg), treat_none_as_null = true)]
pub struct BookingRulesRow {
    pub provider_id: ProviderId,
    pub daily_limit: Option<i16>,
    pub weekly_limit: Option<i16>,
    pub buffer_before_minutes: i16,
    pub buffer_after_minutes: i16,
    pub travel_minutes: i16,
    pub holiday_country: Option<Country>,
}

impl BookingRulesRow {
    /// A plan with these rules and no hours; `zone` is the doctor's own.
    pub fn to_plan(&self, zone: TimeZone) -> Plan {
        let limit = |stored: Option<i16>| stored.map(whole);
        let limits = VisitLimits {
            zone,
            per_day: limit(self.daily_limit),
            per_week: limit(self.weekly_limit),
        };
        let limited = limits.per_day.is_some() || limits.per_week.is_some();
        Plan {
            buffer_before_minutes: whole(self.buffer_before_minutes),
            buffer_after_minutes: whole(self.buffer_after_minutes),
            travel_minutes: whole(self.travel_minutes),
            limits: limited.then_some(limits),
            holidays: self.holiday_country,
            ..Plan::default()
        }
    }
}

/// What each of `ids` has said about booking; most have said nothing.
pub async fn booking_rules(
    conn: &mut Conn,
    ids: &[ProviderId],
) -> QueryResult<HashMap<ProviderId, BookingRulesRow>> {
    let rows: Vec<BookingRulesRow> = booking_rules::table
        .filter(booking_rules::provider_id.eq_any(ids))
        .select(BookingRulesRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.provider_id, row)).collect())
}

pub async fn set_booking_rules(conn: &mut Conn, row: &BookingRulesRow) -> QueryResult<()> {
    diesel::insert_into(booking_rules::table)
        .values(row)
        .on_conflict(booking_rules::provider_id)
        .do_update()
        .set(row)
        .execute(conn)
        .await?;
    Ok(())
}

/// What a doctor has said about one kind of visit, as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = booking_kind_rules, check_for_backend(Pg))]
pub struct KindRuleRow {
    pub provider_id: ProviderId,
    pub kind: VisitKind,
    pub slot_minutes: Option<i16>,
    pub buffer_before_minutes: i16,
    pub buffer_after_minutes: i16,
}

/// What each of `ids` has said about kinds of visit; most have said nothing.
pub async fn kind_rule_rows(conn: &mut Conn, ids: &[ProviderId]) -> QueryResult<Vec<KindRuleRow>> {
    booking_kind_rules::table
        .filter(booking_kind_rules::provider_id.eq_any(ids))
        .order((booking_kind_rules::provider_id, booking_kind_rules::kind))
        .select(KindRuleRow::as_select())
        .load(conn)
        .await
}

/// The same as the rules of plans.
pub async fn kind_rules(
    conn: &mut Conn,
    ids: &[ProviderId],
) -> QueryResult<HashMap<ProviderId, Vec<KindRule>>> {
    let mut rules: HashMap<_, Vec<_>> = HashMap::new();
    for row in kind_rule_rows(conn, ids).await? {
        rules.entry(row.provider_id).or_default().push(KindRule {
            kind: row.kind,
            slot_minutes: row.slot_minutes.map(whole),
            buffer_before_minutes: whole(row.buffer_before_minutes),
            buffer_after_minutes: whole(row.buffer_after_minutes),
        });
    }
    Ok(rules)
}

/// Replaces what `provider` has said about kinds of visit.
pub async fn set_kind_rules(
    conn: &mut Conn,
    provider: ProviderId,
    rows: &[KindRuleRow],
) -> QueryResult<()> {
    let before = booking_kind_rules::table.filter(booking_kind_rules::provider_id.eq(provider));
    diesel::delete(before).execute(conn).await?;
    diesel::insert_into(booking_kind_rules::table).values(rows).execute(conn).await?;
    Ok(())
}

/// How long before its start, and how far ahead, a visit can be booked.
pub async fn set_reach(
    conn: &mut Conn,
    provider: ProviderId,
    lead_minutes: i32,
    horizon_days: i32,
) -> QueryResult<()> {
    diesel::update(providers::table.find(provider))
        .set((providers::lead_minutes.eq(lead_minutes), providers::horizon_days.eq(horizon_days)))
        .execute(conn)
        .await?;
    Ok(())
}
