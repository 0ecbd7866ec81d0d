use crate::Conn;
use diesel::{pg::Pg, prelude::*};
use diesel_async::RunQueryDsl;
use domain::{
    Id,
    booking::{
        AppointmentId, AppointmentStatus, DayChange, DayException, VisitKind, VisitKinds,
        WeeklyRule,
    },
    directory::{HospitalId, ProviderId},
    identity::UserId,
    zone,
};
use jiff::{
    Timestamp,
    civil::{Date, Time, Weekday},
};
use jiff_diesel::ToDiesel;
use schema::{
    appointments, availability_exceptions, availability_rules, hospitals, provider_hospitals,
    providers, users,
};
use std::collections::HashMap;

/// One line of a doctor's weekly hours, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = availability_rules, check_for_backend(Pg))]
pub struct RuleRow {
    pub id: Id<WeeklyRule>,
    pub provider_id: ProviderId,
    pub hospital_id: Option<HospitalId>,
    pub weekday: i16,
    #[diesel(deserialize_as = jiff_diesel::Time)]
    pub starts: Time,
    #[diesel(deserialize_as = jiff_diesel::Time)]
    pub ends: Time,
    pub slot_minutes: i16,
    pub buffer_before_minutes: i16,
    pub buffer_after_minutes: i16,
    pub kinds: Vec<String>,
    pub time_zone: String,
    #[diesel(deserialize_as = jiff_diesel::NullableDate)]
    pub valid_from: Option<Date>,
    #[diesel(deserialize_as = jiff_diesel::NullableDate)]
    pub valid_until: Option<Date>,
    pub every_weeks: i16,
    pub kept_for_urgent_minutes: Option<i16>,
}

/// One day that differs from the weekly hours, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = availability_exceptions, check_for_backend(Pg))]
pub struct ExceptionRow {
    pub id: Id<DayException>,
    pub provider_id: ProviderId,
    pub hospital_id: Option<HospitalId>,
    #[diesel(deserialize_as = jiff_diesel::Date)]
    pub day: Date,
    pub change: String,
    #[diesel(deserialize_as = jiff_diesel::NullableTime)]
    pub starts: Option<Time>,
    #[diesel(deserialize_as = jiff_diesel::NullableTime)]
    pub ends: Option<Time>,
    pub slot_minutes: Option<i16>,
    pub buffer_before_minutes: i16,
    pub buffer_after_minutes: i16,
    pub kinds: Vec<String>,
    pub time_zone: String,
    pub reason: Option<String>,
    pub kept_for_urgent_minutes: Option<i16>,
}

pub fn whole(stored: i16) -> u16 {
    u16::try_from(stored).unwrap_or_default()
}

impl RuleRow {
    /// The rule, or `None` for a row that offers nothing.
    pub fn to_rule(&self) -> Option<WeeklyRule> {
        Some(WeeklyRule {
            id: self.id,
            weekday: Weekday::from_monday_one_offset(i8::try_from(self.weekday).ok()?).ok()?,
            starts: self.starts,
            ends: self.ends,
            slot_minutes: whole(self.slot_minutes),
            buffer_before_minutes: whole(self.buffer_before_minutes),
            buffer_after_minutes: whole(self.buffer_after_minutes),
            place: self.hospital_id,
            zone: zone::rules(&self.time_zone),
            kinds: VisitKinds::from_words(&self.kinds),
            every_weeks: whole(self.every_weeks),
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            kept_for_urgent_minutes: self.kept_for_urgent_minutes.map(whole),
        })
    }
}

impl ExceptionRow {
    pub fn to_exception(&self) -> Option<DayException> {
        let zone = zone::rules(&self.time_zone);
        let hours = self.starts.zip(self.ends);
        let change = if self.change == "closed" {
            DayChange::Closed { hours, zone, place: self.hospital_id }
        } else {
            let (starts, ends) = hours?;
            DayChange::Extra {
                starts,
                ends,
                slot_minutes: whole(self.slot_minutes?),
                buffer_before_minutes: whole(self.buffer_before_minutes),
                buffer_after_minutes: whole(self.buffer_after_minutes),
                place: self.hospital_id,
                zone,
                kinds: VisitKinds::from_words(&self.kinds),
                kept_for_urgent_minutes: self.kept_for_urgent_minutes.map(whole),
            }
        };
        Some(DayException { id: self.id, date: self.day, change })
    }
}

pub async fn rule_rows(conn: &mut Conn, ids: &[ProviderId]) -> QueryResult<Vec<RuleRow>> {
    availability_rules::table
        .filter(availability_rules::provider_id.eq_any(ids))
        .order((availability_rules::weekday, availability_rules::starts))
        .select(RuleRow::as_select())
        .load(conn)
        .await
}

/// The weekly hours of each of `ids`.
pub async fn rules(
    conn: &mut Conn,
    ids: &[ProviderId],
) -> QueryResult<HashMap<ProviderId, Vec<WeeklyRule>>> {
    let mut rules: HashMap<_, Vec<_>> = HashMap::new();
    for row in rule_rows(conn, ids).await? {
        rules.entry(row.provider_id).or_default().extend(row.to_rule());
    }
    Ok(rules)
}

pub async fn exception_rows(
    conn: &mut Conn,
    ids: &[ProviderId],
    from: Date,
    until: Date,
) -> QueryResult<Vec<ExceptionRow>> {
    availability_exceptions::table
        .filter(availability_exceptions::provider_id.eq_any(ids))
        .filter(availability_exceptions::day.between(from.to_diesel(), until.to_diesel()))
        .order((availability_exceptions::day, availability_exceptions::starts))
        .select(ExceptionRow::as_select())
        .limit(10_000)
        .load(conn)
        .await
}

/// The exceptions of each of `ids` on the days between `from` and `until`.
pub async fn exceptions(
    conn: &mut Conn,
    ids: &[ProviderId],
    from: Date,
    until: Date,
) -> QueryResult<HashMap<ProviderId, Vec<DayException>>> {
    let mut exceptions: HashMap<_, Vec<_>> = HashMap::new();
    for row in exception_rows(conn, ids, from, until).await? {
        exceptions.entry(row.provider_id).or_default().extend(row.to_exception());
    }
    Ok(exceptions)
}

/// Holds the doctor's row: bookings made with the hours as they are now wait, and are not written.
pub async fn lock_provider(conn: &mut Conn, provider: ProviderId) -> QueryResult<ProviderId> {
    providers::table.find(provider).select(providers::id).for_no_key_update().first(conn).await
}

/// What a rule is stored with.
#[derive(Debug, Insertable)]
#[diesel(table_name = availability_rules)]
pub struct NewRule<'a> {
    pub id: Id<WeeklyRule>,
    pub provider_id: ProviderId,
    pub hospital_id: Option<HospitalId>,
    pub weekday: i16,
    pub starts: jiff_diesel::Time,
    pub ends: jiff_diesel::Time,
    pub slot_minutes: i16,
    pub buffer_after_minutes: i16,
    pub kinds: Vec<&'static str>,
    pub time_zone: &'a str,
    pub every_weeks: i16,
    pub valid_from: Option<jiff_diesel::Date>,
    pub valid_until: Option<jiff_diesel::Date>,
    pub kept_for_urgent_minutes: Option<i16>,
}

pub async fn insert_rules(conn: &mut Conn, rules: &[NewRule<'_>]) -> QueryResult<()> {
    diesel::insert_into(availability_rules::table).values(rules).execute(conn).await?;
    Ok(())
}

pub async fn delete_rules(conn: &mut Conn, provider: ProviderId) -> QueryResult<()> {
    diesel::delete(availability_rules::table.filter(availability_rules::provider_id.eq(provider)))
        .execute(conn)
        .await?;
    Ok(())
}

/// What an exception is stored with.
#[derive(Debug, Insertable)]
#[diesel(table_name = availability_exceptions)]
pub struct NewException<'a> {
    pub id: Id<DayException>,
    pub provider_id: ProviderId,
    pub hospital_id: Option<HospitalId>,
    pub day: jiff_diesel::Date,
    pub change: &'static str,
    pub starts: Option<jiff_diesel::Time>,
    pub ends: Option<jiff_diesel::Time>,
    pub slot_minutes: Option<i16>,
    pub kinds: Vec<&'static str>,
    pub time_zone: &'a str,
    pub reason: Option<&'a str>,
    pub kept_for_urgent_minutes: Option<i16>,
}

pub async fn insert_exception(conn: &mut Conn, exception: NewException<'_>) -> QueryResult<()> {
    diesel::insert_into(availability_exceptions::table).values(exception).execute(conn).await?;
    Ok(())
}

/// Removes an exception of `provider`; false when there is none of that id.
pub async fn delete_exception(
    conn: &mut Conn,
    provider: ProviderId,
    id: Id<DayException>,
) -> QueryResult<bool> {
    let gone = diesel::delete(
        availability_exceptions::table
            .find(id)
            .filter(availability_exceptions::provider_id.eq(provider)),
    )
    .execute(conn)
    .await?;
    Ok(gone == 1)
}

/// The zone of a place that `provider` works at.
pub async fn zone_of_place(
    conn: &mut Conn,
    provider: ProviderId,
    hospital: HospitalId,
) -> QueryResult<Option<String>> {
    provider_hospitals::table
        .inner_join(hospitals::table)
        .filter(provider_hospitals::provider_id.eq(provider))
        .filter(provider_hospitals::hospital_id.eq(hospital))
        .select(hospitals::time_zone)
        .first(conn)
        .await
        .optional()
}

/// A visit that a change of hours would leave without its time.
#[derive(Debug, Clone, Queryable)]
pub struct ComingVisit {
    pub id: AppointmentId,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub ends_at: Timestamp,
    pub hospital_id: Option<HospitalId>,
    pub time_zone: String,
    pub status: AppointmentStatus,
    pub appointment_type: VisitKind,
    pub patient_id: UserId,
    pub patient_first_name: String,
    pub patient_last_name: String,
}

/// The live visits of `provider` from `now` on, in order; a thousand at most.
pub async fn coming_visits(
    conn: &mut Conn,
    provider: ProviderId,
    now: Timestamp,
) -> QueryResult<Vec<ComingVisit>> {
    appointments::table
        .inner_join(users::table.on(users::id.eq(appointments::patient_id)))
        .filter(appointments::provider_id.eq(provider))
        .filter(appointments::starts_at.ge(now.to_diesel()))
        .filter(appointments::status.eq_any(AppointmentStatus::LIVE))
        .filter(appointments::held_until.is_null())
        .order(appointments::starts_at)
        .limit(1_000)
        .select((
            appointments::id,
            appointments::starts_at,
            appointments::ends_at,
            appointments::hospital_id,
            appointments::time_zone,
            appointments::status,
            appointments::appointment_type,
            users::id,
            users::first_name,
            users::last_name,
        ))
        .load(conn)
        .await
}
