use crate::{Conn, kept::kept, live::CHANNEL};
use diesel::{
    pg::Pg,
    prelude::*,
    sql_query,
    sql_types::{Array, Bool, Double, Integer, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    Id,
    booking::{
        AppointmentId, AppointmentStatus, Busy, BusyState, DayChange, DayException, Slot,
        VisitKinds, WeeklyRule,
    },
    directory::{HospitalId, ProviderId},
    zone,
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time, Weekday},
};
use jiff_diesel::ToDiesel;
use schema::{
    appointments, availability_exceptions, availability_rules, hospitals, providers, users,
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
}

fn minutes(stored: i16) -> u16 {
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
            slot_minutes: minutes(self.slot_minutes),
            buffer_before_minutes: minutes(self.buffer_before_minutes),
            buffer_after_minutes: minutes(self.buffer_after_minutes),
            place: self.hospital_id,
            zone: zone::rules(&self.time_zone),
            kinds: VisitKinds::from_words(&self.kinds),
            valid_from: self.valid_from,
            valid_until: self.valid_until,
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
                slot_minutes: minutes(self.slot_minutes?),
                buffer_before_minutes: minutes(self.buffer_before_minutes),
                buffer_after_minutes: minutes(self.buffer_after_minutes),
                place: self.hospital_id,
                zone,
                kinds: VisitKinds::from_words(&self.kinds),
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

/// What changes often about a doctor's times.
#[derive(QueryableByName)]
pub struct Taken {
    #[diesel(sql_type = Uuid, column_name = "id")]
    pub provider: ProviderId,
    #[diesel(sql_type = Integer)]
    pub version: i32,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub next_free_at: Option<Timestamp>,
    #[diesel(sql_type = Array<Timestamptz>)]
    starts: Vec<jiff_diesel::Timestamp>,
    #[diesel(sql_type = Array<Timestamptz>)]
    ends: Vec<jiff_diesel::Timestamp>,
    #[diesel(sql_type = Array<Bool>)]
    held: Vec<bool>,
}

impl Taken {
    /// What occupies the doctor's time, in order of start.
    pub fn busy(&self) -> Vec<Busy> {
        let slots = self.starts.iter().zip(&self.ends);
        slots
            .zip(&self.held)
            .map(|((start, end), &held)| Busy {
                slot: Slot { start: start.to_jiff(), end: end.to_jiff() },
                state: if held { BusyState::Held } else { BusyState::Booked },
            })
            .collect()
    }
}

/// What is taken of the time of each of `ids` from `from` until `until`, or until `reach` after
/// the doctor is next free. One row a doctor: visits come as arrays, which cost far less to read.
pub async fn taken(
    conn: &mut Conn,
    ids: &[ProviderId],
    from: Timestamp,
    until: Option<Timestamp>,
    reach: SignedDuration,
) -> QueryResult<Vec<Taken>> {
    const TAKEN: &str = "SELECT providers.id, providers.version, providers.next_free_at, \
            coalesce(visits.starts, '{}') AS starts, coalesce(visits.ends, '{}') AS ends, \
            coalesce(visits.held, '{}') AS held \
        FROM providers CROSS JOIN LATERAL ( \
            SELECT array_agg(starts_at) AS starts, array_agg(ends_at) AS ends, array_agg(status = 'held') AS held \
            FROM (SELECT starts_at, ends_at, status FROM appointments \
                  WHERE provider_id = providers.id AND starts_at >= $1 \
                    AND starts_at < coalesce($2, greatest(providers.next_free_at, $1) + make_interval(secs => $3)) \
                    AND status IN ('held', 'scheduled', 'confirmed', 'in_progress') \
                  ORDER BY starts_at) AS visit \
        ) AS visits";
    // For one doctor PostgreSQL must see that it is one, or it takes a plan for any number of
    // doctors to be so much worse that it plans anew each time.
    let which = match ids {
        [_] => "WHERE providers.id = $4",
        _ => "WHERE providers.id = ANY($4)",
    };
    let query = sql_query(format!("{TAKEN} {which}"))
        .into_boxed::<Pg>()
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Nullable<Timestamptz>, _>(until.map(ToDiesel::to_diesel))
        .bind::<Double, _>(reach.as_secs_f64());
    let query = match ids {
        [id] => query.bind::<Uuid, _>(id),
        _ => query.bind::<Array<Uuid>, _>(ids),
    };
    kept(query).load(conn).await
}

/// Tells every server that the times of `ids` changed.
pub async fn notify(conn: &mut Conn, ids: &[ProviderId]) -> QueryResult<()> {
    kept(
        sql_query("SELECT pg_notify($1, provider::text) FROM unnest($2) AS provider")
            .bind::<Text, _>(CHANNEL)
            .bind::<Array<Uuid>, _>(ids),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Active doctors whose stored next free time has passed; a hundred at most.
pub async fn passed(conn: &mut Conn, now: Timestamp) -> QueryResult<Vec<ProviderId>> {
    providers::table
        .filter(providers::is_active)
        .filter(providers::next_free_at.lt(now.to_diesel()))
        .order((providers::next_free_at, providers::id))
        .select(providers::id)
        .limit(100)
        .load(conn)
        .await
}

/// Active doctors that had nothing free when last looked, in order of id after `after`; a hundred at
/// most. Each day that passes opens another one at the far end.
pub async fn full(conn: &mut Conn, after: Option<ProviderId>) -> QueryResult<Vec<ProviderId>> {
    let mut query = providers::table
        .filter(providers::is_active)
        .filter(providers::next_free_at.is_null())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(providers::id.gt(after));
    }
    query.order(providers::id).select(providers::id).limit(100).load(conn).await
}

pub async fn set_next_free(
    conn: &mut Conn,
    next: &[(ProviderId, Option<Timestamp>)],
) -> QueryResult<()> {
    let ids: Vec<_> = next.iter().map(|(id, _)| *id).collect();
    let times: Vec<_> = next.iter().map(|(_, time)| time.map(ToDiesel::to_diesel)).collect();
    kept(
        sql_query(
            "UPDATE providers SET next_free_at = new.next_free_at \
         FROM unnest($1, $2) AS new (id, next_free_at) \
         WHERE providers.id = new.id AND providers.next_free_at IS DISTINCT FROM new.next_free_at",
        )
        .bind::<Array<Uuid>, _>(ids)
        .bind::<Array<Nullable<Timestamptz>>, _>(times),
    )
    .execute(conn)
    .await?;
    Ok(())
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
    use schema::provider_hospitals;
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
        .order(appointments::starts_at)
        .limit(1_000)
        .select((
            appointments::id,
            appointments::starts_at,
            appointments::ends_at,
            appointments::hospital_id,
            appointments::time_zone,
            users::first_name,
            users::last_name,
        ))
        .load(conn)
        .await
}
