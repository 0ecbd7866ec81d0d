use super::Joined;
use crate::{
    Conn,
    booking::visits::queries::{money, policy},
    kept::kept,
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{
        Array, BigInt, Binary, Bool, Date, Double, Integer, Nullable, SmallInt, Text, Time,
        Timestamptz, Uuid,
    },
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{AppointmentId, AppointmentStatus, CancellationPolicy, VisitKind, VisitKinds},
    directory::{HospitalId, ProviderId, Specialty},
    identity::UserId,
    money::Money,
    waitlist::{
        EntryStatus, OfferOutcome, Place, Target, WaitlistEntryId, WaitlistOfferId, Weekdays, Wish,
    },
    zone::rules,
};
use jiff::{SignedDuration, Timestamp};
use jiff_diesel::ToDiesel;
use schema::{appointments, waitlist_entries};

/// A wish with the names of what belongs to it.
#[derive(Debug, Clone, QueryableByName)]
pub struct Entry {
    #[diesel(sql_type = Uuid)]
    pub id: WaitlistEntryId,
    #[diesel(sql_type = Uuid)]
    pub patient_id: UserId,
    #[diesel(sql_type = Nullable<Uuid>)]
    pub provider_id: Option<ProviderId>,
    #[diesel(sql_type = Nullable<Text>)]
    pub provider_name: Option<String>,
    /// `None` with a doctor.
    #[diesel(sql_type = Nullable<Text>)]
    pub specialization: Option<Specialty>,
    #[diesel(sql_type = Nullable<Uuid>)]
    pub hospital_id: Option<HospitalId>,
    #[diesel(sql_type = Nullable<Text>)]
    pub hospital_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub city: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    kinds: Vec<String>,
    #[diesel(sql_type = SmallInt)]
    weekdays: i16,
    /// IANA name: on whose clock its days and times are.
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    #[diesel(sql_type = Time, deserialize_as = jiff_diesel::Time)]
    pub starts: jiff::civil::Time,
    #[diesel(sql_type = Time, deserialize_as = jiff_diesel::Time)]
    pub ends: jiff::civil::Time,
    #[diesel(sql_type = Date, deserialize_as = jiff_diesel::Date)]
    pub from_date: jiff::civil::Date,
    #[diesel(sql_type = Date, deserialize_as = jiff_diesel::Date)]
    pub until_date: jiff::civil::Date,
    #[diesel(sql_type = Text)]
    pub reason: String,
    #[diesel(sql_type = Text)]
    pub status: EntryStatus,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub created_at: Timestamp,
}

impl Entry {
    pub fn kinds(&self) -> VisitKinds {
        VisitKinds::from_words(&self.kinds)
    }

    pub fn weekdays(&self) -> Weekdays {
        Weekdays::from_bits(self.weekdays)
    }

    /// What they would take.
    pub fn wish(&self) -> Wish {
        let place = match (self.hospital_id, &self.city) {
            (Some(hospital), _) => Place::Hospital(hospital),
            (None, Some(city)) => Place::City(city.clone()),
            (None, None) => Place::Anywhere,
        };
        Wish {
            kinds: self.kinds(),
            weekdays: self.weekdays(),
            zone: rules(&self.time_zone),
            starts: self.starts,
            ends: self.ends,
            from: self.from_date,
            until: self.until_date,
            place,
        }
    }
}

const ENTRY: &str = "\
SELECT e.id, e.patient_id, e.provider_id, 'Dr ' || d.first_name || ' ' || d.last_name AS provider_name, e.specialization,
    e.hospital_id, h.name AS hospital_name, e.city, e.kinds, e.weekdays, e.time_zone, e.starts, e.ends, e.from_date,
    e.until_date, e.reason, e.status, e.created_at";

const NAMED: &str = "\
LEFT JOIN providers d ON d.id = e.provider_id
LEFT JOIN hospitals h ON h.id = e.hospital_id";

pub async fn insert_entry(conn: &mut Conn, joined: &Joined<'_>) -> QueryResult<()> {
    let Joined { id, patient, zone, request } = joined;
    let (provider, specialty) = match request.target {
        Target::Doctor(provider) => (Some(provider), None),
        Target::Specialty(specialty) => (None, Some(specialty)),
    };
    diesel::insert_into(waitlist_entries::table)
        .values((
            waitlist_entries::id.eq(id),
            waitlist_entries::patient_id.eq(patient),
            waitlist_entries::provider_id.eq(provider),
            waitlist_entries::specialization.eq(specialty),
            waitlist_entries::hospital_id.eq(request.hospital),
            waitlist_entries::city.eq(request.city.as_deref()),
            waitlist_entries::kinds.eq(request.kinds.words()),
            waitlist_entries::weekdays.eq(request.weekdays.bits()),
            waitlist_entries::time_zone.eq(zone),
            waitlist_entries::starts.eq(request.starts.to_diesel()),
            waitlist_entries::ends.eq(request.ends.to_diesel()),
            waitlist_entries::from_date.eq(request.from.to_diesel()),
            waitlist_entries::until_date.eq(request.until.to_diesel()),
            waitlist_entries::reason.eq(&request.reason),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Asks the worker to look at `target`: at the doctor, or at the twenty of a specialty that are free
/// soonest.
pub async fn ask_to_look(conn: &mut Conn, target: Target) -> QueryResult<()> {
    let (provider, specialty) = match target {
        Target::Doctor(provider) => (Some(provider), None),
        Target::Specialty(specialty) => (None, Some(specialty)),
    };
    kept(
        sql_query(
            "INSERT INTO waitlist_openings (provider_id, cause) \
             SELECT $1, 'asked' WHERE $1 IS NOT NULL \
             UNION ALL (SELECT id, 'asked' FROM providers \
                 WHERE specialization = $2 AND is_active AND next_free_at IS NOT NULL ORDER BY next_free_at LIMIT 20)",
        )
        .bind::<Nullable<Uuid>, _>(provider)
        .bind::<Nullable<Text>, _>(specialty),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The same for everybody somebody waits for.
pub async fn ask_to_look_everywhere(conn: &mut Conn) -> QueryResult<()> {
    kept(sql_query(
        "INSERT INTO waitlist_openings (provider_id, cause) \
         SELECT DISTINCT provider_id, 'asked' FROM waitlist_entries WHERE status = 'waiting' AND provider_id IS NOT NULL \
         UNION SELECT soon.id, 'asked' FROM ( \
                 SELECT DISTINCT specialization FROM waitlist_entries \
                 WHERE status = 'waiting' AND specialization IS NOT NULL) AS wanted \
             CROSS JOIN LATERAL (SELECT id FROM providers \
                 WHERE specialization = wanted.specialization AND is_active AND next_free_at IS NOT NULL \
                 ORDER BY next_free_at LIMIT 200) AS soon",
    ))
    .execute(conn)
    .await?;
    Ok(())
}

/// The wishes of `patient`: those that wait first, then the latest.
pub async fn entries_of(
    conn: &mut Conn,
    patient: UserId,
    (limit, offset): (i64, i64),
) -> QueryResult<Vec<Entry>> {
    kept(
        sql_query(format!(
            "{ENTRY} FROM waitlist_entries e {NAMED} WHERE e.patient_id = $1 \
             ORDER BY e.status <> 'waiting', e.created_at DESC, e.id LIMIT $2 OFFSET $3"
        ))
        .bind::<Uuid, _>(patient)
        .bind::<BigInt, _>(limit)
        .bind::<BigInt, _>(offset),
    )
    .load(conn)
    .await
}

pub async fn entry_of(conn: &mut Conn, patient: UserId, id: WaitlistEntryId) -> QueryResult<Entry> {
    kept(
        sql_query(format!(
            "{ENTRY} FROM waitlist_entries e {NAMED} WHERE e.patient_id = $1 AND e.id = $2"
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id),
    )
    .get_result(conn)
    .await
}

pub async fn count_entries(conn: &mut Conn, patient: UserId) -> QueryResult<i64> {
    waitlist_entries::table
        .filter(waitlist_entries::patient_id.eq(patient))
        .count()
        .get_result(conn)
        .await
}

/// Lets go of what is kept for an entry; with which doctor that was.
pub async fn withdraw(conn: &mut Conn, entry: WaitlistEntryId) -> QueryResult<Option<ProviderId>> {
    diesel::update(
        appointments::table.filter(appointments::status.eq(AppointmentStatus::Held)).filter(
            appointments::id.nullable().eq_any(
                schema::waitlist_offers::table
                    .filter(schema::waitlist_offers::entry_id.eq(entry))
                    .filter(schema::waitlist_offers::outcome.eq(OfferOutcome::Pending))
                    .select(schema::waitlist_offers::appointment_id),
            ),
        ),
    )
    .set(appointments::status.eq(AppointmentStatus::Expired))
    .returning(appointments::provider_id)
    .get_result(conn)
    .await
    .optional()
}

/// Ends a wish that waits; whether it did.
pub async fn leave(conn: &mut Conn, patient: UserId, id: WaitlistEntryId) -> QueryResult<bool> {
    let left = diesel::update(
        waitlist_entries::table
            .find(id)
            .filter(waitlist_entries::patient_id.eq(patient))
            .filter(waitlist_entries::status.eq(EntryStatus::Waiting)),
    )
    .set(waitlist_entries::status.eq(EntryStatus::Left))
    .execute(conn)
    .await?;
    Ok(left > 0)
}

/// A time that is, or was, kept for somebody who waits.
#[derive(Debug, Clone, QueryableByName)]
pub struct OfferedTime {
    #[diesel(sql_type = Uuid)]
    pub id: WaitlistOfferId,
    #[diesel(sql_type = Uuid)]
    pub entry_id: WaitlistEntryId,
    #[diesel(sql_type = Uuid)]
    pub patient_id: UserId,
    #[diesel(sql_type = Uuid)]
    pub provider_id: ProviderId,
    #[diesel(sql_type = Text)]
    pub provider_name: String,
    #[diesel(sql_type = Text)]
    pub specialization: Specialty,
    #[diesel(sql_type = Nullable<Text>)]
    pub hospital: Option<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub ends_at: Timestamp,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    #[diesel(sql_type = Text)]
    pub appointment_type: VisitKind,
    #[diesel(sql_type = Text)]
    pub(super) reason: String,
    #[diesel(sql_type = BigInt)]
    consultation_fee_minor: i64,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Integer)]
    free_until_minutes: i32,
    #[diesel(sql_type = SmallInt)]
    late_percent: i16,
    #[diesel(sql_type = Bool)]
    first_late_free: bool,
    #[diesel(sql_type = Bool)]
    pub confirms_by_hand: bool,
    #[diesel(sql_type = Text)]
    pub outcome: OfferOutcome,
    /// The visit it became, if it did.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub visit: Option<AppointmentId>,
    #[diesel(sql_type = Double)]
    remaining: f64,
}

impl OfferedTime {
    /// What the visit costs when it is accepted now.
    pub fn fee(&self) -> Money {
        money(self.consultation_fee_minor, &self.currency)
    }

    /// The terms it is accepted on now.
    pub fn policy(&self) -> CancellationPolicy {
        policy(self.free_until_minutes, self.late_percent, self.first_late_free)
    }

    /// How long it is kept from now on; `None` when it is no more.
    pub fn remaining(&self) -> Option<SignedDuration> {
        let open = self.outcome == OfferOutcome::Pending && self.remaining > 0.0;
        open.then(|| SignedDuration::try_from_secs_f64(self.remaining).unwrap_or_default())
    }
}

const OFFER: &str = "\
SELECT o.id, o.entry_id, e.patient_id, o.provider_id, 'Dr ' || d.first_name || ' ' || d.last_name AS provider_name,
    d.specialization, h.name || ', ' || h.address || ', ' || h.city AS hospital, o.starts_at, o.ends_at,
    coalesce(h.time_zone, d.time_zone) AS time_zone, o.appointment_type, e.reason, d.consultation_fee_minor, d.currency,
    d.free_until_minutes, d.late_percent, d.first_late_free, d.confirms_by_hand, o.outcome,
    CASE o.outcome WHEN 'accepted' THEN o.appointment_id END AS visit,
    extract(epoch FROM o.expires_at - clock_timestamp())::float8 AS remaining
FROM waitlist_offers o
JOIN waitlist_entries e ON e.id = o.entry_id
JOIN providers d ON d.id = o.provider_id
LEFT JOIN appointments a ON a.id = o.appointment_id
LEFT JOIN hospitals h ON h.id = a.hospital_id";

/// What is kept for `patient` now, soonest to end first.
pub async fn open_offers(conn: &mut Conn, patient: UserId) -> QueryResult<Vec<OfferedTime>> {
    kept(
        sql_query(format!(
            "{OFFER} WHERE e.patient_id = $1 AND o.outcome = 'pending' AND o.expires_at > clock_timestamp() \
             ORDER BY o.expires_at, o.id LIMIT 10"
        ))
        .bind::<Uuid, _>(patient),
    )
    .load(conn)
    .await
}

pub async fn offer_of(
    conn: &mut Conn,
    patient: UserId,
    id: WaitlistOfferId,
) -> QueryResult<OfferedTime> {
    kept(
        sql_query(format!("{OFFER} WHERE o.id = $1 AND e.patient_id = $2"))
            .bind::<Uuid, _>(id)
            .bind::<Uuid, _>(patient),
    )
    .get_result(conn)
    .await
}

/// The offer whose token has this hash.
pub async fn offer_by_token(conn: &mut Conn, token_hash: &[u8]) -> QueryResult<OfferedTime> {
    kept(sql_query(format!("{OFFER} WHERE o.token_hash = $1")).bind::<Binary, _>(token_hash))
        .get_result(conn)
        .await
}

/// Lets go of what is kept for an offer, as its person wants; whether it was.
pub async fn decline(conn: &mut Conn, offer: &OfferedTime) -> QueryResult<bool> {
    let declined = sql_query(
        "UPDATE appointments SET status = 'expired', changed_by = $2, change_reason = NULL \
         WHERE id = (SELECT appointment_id FROM waitlist_offers WHERE id = $1) AND status = 'held'",
    )
    .bind::<Uuid, _>(offer.id)
    .bind::<Uuid, _>(offer.patient_id);
    Ok(kept(declined).execute(conn).await? > 0)
}

/// Lets go of what else is kept for the wish that `offer` is about: it has been met.
pub async fn withdraw_others(conn: &mut Conn, offer: &OfferedTime) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE appointments SET status = 'expired', changed_by = NULL, change_reason = NULL \
             WHERE id IN (SELECT appointment_id FROM waitlist_offers WHERE entry_id = $1 AND id <> $2 AND outcome = 'pending') \
                 AND status = 'held'",
        )
        .bind::<Uuid, _>(offer.entry_id)
        .bind::<Uuid, _>(offer.id),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Says of an offer that its time ended as it was accepted that it became `visit` all the same; unless
/// the wish has been met by another one meanwhile.
pub async fn settle_accepted(
    conn: &mut Conn,
    offer: &OfferedTime,
    visit: AppointmentId,
) -> QueryResult<()> {
    kept(
        sql_query(
            "WITH entry AS ( \
                 SELECT id FROM waitlist_entries WHERE id = $3 AND status IN ('waiting', 'expired') FOR NO KEY UPDATE \
             ), settled AS ( \
                 UPDATE waitlist_offers SET outcome = 'accepted', appointment_id = $2, settled_at = clock_timestamp() FROM entry \
                 WHERE waitlist_offers.id = $1 AND outcome IN ('pending', 'lapsed') RETURNING entry_id) \
             UPDATE waitlist_entries SET status = 'booked' FROM settled WHERE waitlist_entries.id = settled.entry_id",
        )
        .bind::<Uuid, _>(offer.id)
        .bind::<Uuid, _>(visit)
        .bind::<Uuid, _>(offer.entry_id),
    )
    .execute(conn)
    .await?;
    Ok(())
}
