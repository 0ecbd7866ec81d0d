use crate::{Conn, kept::kept, live::SCHEDULES};
use diesel::{
    pg::Pg,
    prelude::*,
    sql_query,
    sql_types::{Array, Bool, Date as Day, Double, Integer, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{Busy, BusyState, Pauses, Slot},
    directory::{HospitalId, ProviderId},
    identity::UserId,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use jiff_diesel::ToDiesel;
use schema::providers;

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
    /// For whom a time is kept that is not booked yet.
    #[diesel(sql_type = Array<Nullable<Uuid>>)]
    holders: Vec<Option<UserId>>,
    #[diesel(sql_type = Array<Bool>)]
    done: Vec<bool>,
    #[diesel(sql_type = Array<Nullable<Uuid>>)]
    places: Vec<Option<HospitalId>>,
    /// From when until when the doctor sees nobody else, where that is longer than the visit.
    #[diesel(sql_type = Array<Nullable<Timestamptz>>)]
    alone_from: Vec<Option<jiff_diesel::Timestamp>>,
    #[diesel(sql_type = Array<Nullable<Timestamptz>>)]
    alone_until: Vec<Option<jiff_diesel::Timestamp>>,
}

impl Taken {
    /// What occupies the doctor's time for `viewer`, in order of start: what is kept for them is free to them.
    pub fn busy(&self, viewer: Option<UserId>) -> Vec<Busy> {
        let slots = self.starts.iter().zip(&self.ends);
        let states = self.holders.iter().zip(&self.done);
        let alone = self.alone_from.iter().zip(&self.alone_until);
        slots
            .zip(states)
            .zip(self.places.iter().zip(alone))
            .filter(|((_, (holder, _)), _)| holder.is_none() || **holder != viewer)
            .map(|(((start, end), state), (&place, (from, until)))| {
                let slot = slot_of(start, end);
                Busy {
                    slot,
                    state: match state {
                        (Some(_), _) => BusyState::Held,
                        (_, true) => BusyState::Done,
                        _ => BusyState::Booked,
                    },
                    place,
                    pauses: Pauses::of(
                        slot,
                        from.as_ref().zip(until.as_ref()).map(|(from, until)| slot_of(from, until)),
                    ),
                }
            })
            .collect()
    }
}

fn slot_of(start: &jiff_diesel::Timestamp, end: &jiff_diesel::Timestamp) -> Slot {
    Slot { start: start.to_jiff(), end: end.to_jiff() }
}

/// What is taken of the time of each of `ids` from `from` until `until`, or until `reach` after
/// the doctor is next free. One row a doctor: visits come as arrays, which cost far less to read.
///
/// Of doctors who limit their visits it is a week more at both ends, with the visits that are done:
/// all that count in the weeks between.
pub async fn taken(
    conn: &mut Conn,
    ids: &[ProviderId],
    from: Timestamp,
    until: Option<Timestamp>,
    reach: SignedDuration,
) -> QueryResult<Vec<Taken>> {
    const TAKEN: &str = "SELECT providers.id, providers.version, providers.next_free_at, \
            coalesce(visits.starts, '{}') AS starts, coalesce(visits.ends, '{}') AS ends, \
            coalesce(visits.holders, '{}') AS holders, coalesce(visits.done, '{}') AS done, \
            coalesce(visits.places, '{}') AS places, coalesce(visits.alone_from, '{}') AS alone_from, \
            coalesce(visits.alone_until, '{}') AS alone_until \
        FROM providers \
        LEFT JOIN (SELECT provider_id, interval '7 days' AS margin FROM booking_rules \
                   WHERE daily_limit IS NOT NULL OR weekly_limit IS NOT NULL) AS counted \
            ON counted.provider_id = providers.id \
        CROSS JOIN LATERAL ( \
            SELECT array_agg(starts_at) AS starts, array_agg(ends_at) AS ends, array_agg(CASE status WHEN 'held' THEN patient_id END) AS holders, \
                array_agg(status IN ('completed', 'no_show')) AS done, array_agg(hospital_id) AS places, \
                array_agg(lower(with_pauses)) AS alone_from, array_agg(upper(with_pauses)) AS alone_until \
            FROM (SELECT starts_at, ends_at, status, hospital_id, patient_id, with_pauses \
                  FROM appointments \
                  WHERE provider_id = providers.id AND starts_at >= $1 - coalesce(counted.margin, interval '0') \
                    AND starts_at < coalesce($2, greatest(providers.next_free_at, $1) + make_interval(secs => $3)) \
                        + coalesce(counted.margin, interval '0') \
                    AND (status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress') \
                        OR counted.margin IS NOT NULL AND status IN ('completed', 'no_show')) \
                    AND (held_until IS NULL OR held_until > clock_timestamp()) \
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
            .bind::<Text, _>(SCHEDULES)
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

/// Doctors who keep hours for urgent visits, weekly or around `day`, in order of id after `after`; a
/// hundred at most.
pub async fn keeping(
    conn: &mut Conn,
    day: Date,
    after: Option<ProviderId>,
) -> QueryResult<Vec<ProviderId>> {
    #[derive(QueryableByName)]
    struct Keeping {
        #[diesel(sql_type = Uuid)]
        provider_id: ProviderId,
    }
    let found: Vec<Keeping> = kept(
        sql_query(
            "SELECT provider_id FROM ( \
                 SELECT provider_id FROM availability_rules WHERE kept_for_urgent_minutes IS NOT NULL \
                     AND weekday = ANY (ARRAY(SELECT extract(isodow FROM $1 + d)::smallint FROM generate_series(-1, 2) AS d)) \
                     AND coalesce(valid_from <= $1 + 2, true) AND coalesce(valid_until >= $1 - 1, true) \
                 UNION SELECT provider_id FROM availability_exceptions \
                     WHERE kept_for_urgent_minutes IS NOT NULL AND day BETWEEN $1 - 1 AND $1 + 2) AS keeping \
             WHERE ($2 IS NULL OR provider_id > $2) \
                 AND EXISTS (SELECT FROM providers WHERE id = provider_id AND is_active) ORDER BY provider_id LIMIT 100",
        )
        .bind::<Day, _>(day.to_diesel())
        .bind::<Nullable<Uuid>, _>(after),
    )
    .load(conn)
    .await?;
    Ok(found.into_iter().map(|keeping| keeping.provider_id).collect())
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
