use crate::{Conn, database::with_pauses, kept::kept, waitlist::queries::Entry};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Binary, Double, Integer, Nullable, Range, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{AppointmentId, Offer, VisitKind},
    directory::ProviderId,
    waitlist::{WaitlistEntryId, WaitlistOfferId},
};
use jiff::{SignedDuration, Timestamp};
use jiff_diesel::ToDiesel;

/// A doctor to look at, and what asks for it.
#[derive(Debug, QueryableByName)]
pub struct Opening {
    #[diesel(sql_type = Uuid)]
    pub provider_id: ProviderId,
    #[diesel(sql_type = Array<Uuid>)]
    pub ids: Vec<uuid::Uuid>,
}

/// Doctors who may have become free, those that wait longest first; of `limit` openings at most.
pub async fn openings(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Opening>> {
    kept(
        sql_query(
            "SELECT provider_id, array_agg(id) AS ids FROM ( \
                 SELECT id, provider_id, created_at FROM waitlist_openings WHERE looked_at IS NULL \
                 ORDER BY created_at LIMIT $1) AS waiting \
             GROUP BY provider_id ORDER BY min(created_at)",
        )
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await
}

/// Notes that somebody has looked. Only visits that were given back are kept, for the figures.
pub async fn looked(conn: &mut Conn, ids: &[uuid::Uuid]) -> QueryResult<()> {
    kept(
        sql_query(
            "WITH forgotten AS (DELETE FROM waitlist_openings WHERE id = ANY($1) AND cause <> 'given_back') \
             UPDATE waitlist_openings SET looked_at = clock_timestamp() WHERE id = ANY($1) AND cause = 'given_back'",
        )
        .bind::<Array<Uuid>, _>(ids),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes what was given back before `before`, `limit` at most.
pub async fn forget_openings(conn: &mut Conn, before: Timestamp, limit: i64) -> QueryResult<()> {
    kept(
        sql_query(
            "DELETE FROM waitlist_openings WHERE id = ANY (ARRAY( \
                 SELECT id FROM waitlist_openings WHERE looked_at IS NOT NULL AND created_at < $1 \
                 ORDER BY created_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(before.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends wishes whose days are over everywhere, or whose last `lapses` offers nobody answered, and
/// tells the people; `limit` at most.
pub async fn end_waiting(
    conn: &mut Conn,
    now: Timestamp,
    lapses: i32,
    limit: i64,
) -> QueryResult<usize> {
    kept(
        sql_query(
            "WITH over AS ( \
                 (SELECT id FROM waitlist_entries WHERE status = 'waiting' AND until_date < ($1 AT TIME ZONE 'UTC')::date - 1 \
                     ORDER BY until_date LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) \
             ), silent AS ( \
                 (SELECT id FROM waitlist_entries e WHERE status = 'waiting' AND id IN ( \
                     SELECT entry_id FROM waitlist_offers WHERE outcome = 'lapsed' AND entry_id IN ( \
                         SELECT id FROM waitlist_entries WHERE status = 'waiting') \
                     GROUP BY entry_id HAVING count(*) >= $2) LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) \
             ), ended AS ( \
                 UPDATE waitlist_entries SET status = 'expired' \
                 WHERE id IN (SELECT id FROM over UNION SELECT id FROM silent) RETURNING id \
             ) \
             INSERT INTO outbox (id, topic, unique_key, payload) \
             SELECT gen_random_uuid(), CASE WHEN id IN (SELECT id FROM silent) THEN 'waitlist.paused' ELSE 'waitlist.over' END, \
                 'waitlist.ended/' || id, jsonb_build_object('entry_id', id) FROM ended",
        )
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Integer, _>(lapses)
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}

/// Somebody who might take a time of a doctor.
#[derive(Debug, QueryableByName)]
pub struct Candidate {
    #[diesel(embed)]
    pub entry: Entry,
    /// The starts of the doctor's times that they were offered before.
    #[diesel(sql_type = Array<Timestamptz>)]
    asked: Vec<jiff_diesel::Timestamp>,
}

impl Candidate {
    pub fn asked(&self) -> impl Iterator<Item = Timestamp> {
        self.asked.iter().map(|start| start.to_jiff())
    }
}

/// Who waits for `provider`, may book with them and has nothing to answer, in order; `limit` at most.
pub async fn candidates(
    conn: &mut Conn,
    provider: ProviderId,
    lapses: i32,
    limit: i64,
) -> QueryResult<Vec<Candidate>> {
    kept(
        sql_query(
            "SELECT e.id, e.patient_id, e.provider_id, NULL::text AS provider_name, e.specialization, e.hospital_id, \
                 NULL::text AS hospital_name, e.city, e.kinds, e.weekdays, e.time_zone, e.starts, e.ends, e.from_date, \
                 e.until_date, e.reason, e.status, e.created_at, \
                 ARRAY(SELECT starts_at FROM waitlist_offers WHERE entry_id = e.id AND provider_id = $1) AS asked \
             FROM providers d CROSS JOIN LATERAL ( \
                 SELECT * FROM waitlist_entries WHERE provider_id = d.id AND status = 'waiting' \
                 UNION ALL \
                 SELECT * FROM waitlist_entries WHERE specialization = d.specialization AND status = 'waiting' \
             ) AS e \
             WHERE d.id = $1 AND d.is_active AND e.patient_id IS DISTINCT FROM d.user_id \
                 AND EXISTS (SELECT FROM users WHERE id = e.patient_id AND is_active) \
                 AND NOT EXISTS (SELECT FROM waitlist_offers WHERE entry_id = e.id AND outcome = 'pending') \
                 AND (SELECT count(*) FROM waitlist_offers WHERE entry_id = e.id AND outcome = 'lapsed') < $2 \
                 AND (d.accepting_new_patients OR EXISTS (SELECT FROM appointments \
                     WHERE patient_id = e.patient_id AND provider_id = d.id AND held_until IS NULL \
                         AND status NOT IN ('cancelled', 'expired'))) \
             ORDER BY e.created_at, e.id LIMIT $3",
        )
        .bind::<Uuid, _>(provider)
        .bind::<Integer, _>(lapses)
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await
}

/// A time for somebody, and their place in the line for it.
#[derive(Debug)]
pub struct NewOffer<'a> {
    pub entry: WaitlistEntryId,
    pub provider: ProviderId,
    pub version: i32,
    pub offer: &'a Offer,
    pub kind: VisitKind,
    /// How long it is kept.
    pub time: SignedDuration,
    pub token: &'a str,
    pub token_hash: &'a [u8],
    pub position: i32,
    pub waiting: i32,
}

/// Keeps the time and tells the person; false when the schedule or the wish has changed since it was
/// read, and nothing was written.
pub async fn insert_offer(conn: &mut Conn, new: &NewOffer<'_>) -> QueryResult<bool> {
    let written = kept(
        sql_query(include_str!("offer.sql"))
            .bind::<Uuid, _>(new.entry)
            .bind::<Uuid, _>(new.provider)
            .bind::<Integer, _>(new.version)
            .bind::<Uuid, _>(AppointmentId::generate())
            .bind::<Nullable<Uuid>, _>(new.offer.place)
            .bind::<Timestamptz, _>(new.offer.slot.start.to_diesel())
            .bind::<Timestamptz, _>(new.offer.slot.end.to_diesel())
            .bind::<Text, _>(new.kind)
            .bind::<Double, _>(new.time.as_secs_f64())
            .bind::<Uuid, _>(WaitlistOfferId::generate())
            .bind::<Binary, _>(new.token_hash)
            .bind::<Integer, _>(new.position)
            .bind::<Integer, _>(new.waiting)
            .bind::<Uuid, _>(uuid::Uuid::now_v7())
            .bind::<Text, _>(new.token)
            .bind::<Uuid, _>(uuid::Uuid::now_v7())
            .bind::<Nullable<Range<Timestamptz>>, _>(with_pauses(new.offer)),
    )
    .execute(conn)
    .await?;
    Ok(written > 0)
}
