use crate::{
    Conn,
    kept::kept,
    proxies::authority::{grant_of, people},
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Date, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{
        AppointmentId, AppointmentStatus, CancellationPolicy, CancellationQuote, LateBefore,
        PaymentStatus, Priority, SeriesId, VisitKind,
    },
    directory::{HospitalId, ProviderId, Specialty},
    identity::UserId,
    money::{Currency, Money},
    proxies::Scope,
};
use jiff::{Timestamp, civil};
use jiff_diesel::ToDiesel;

/// The terms that three columns hold.
pub fn policy(
    free_until_minutes: i32,
    late_percent: i16,
    first_late_free: bool,
) -> CancellationPolicy {
    CancellationPolicy {
        first_late_free,
        free_until_minutes: u32::try_from(free_until_minutes).unwrap_or_default(),
        late_percent: u8::try_from(late_percent).unwrap_or(100),
    }
}

pub fn money(minor: i64, currency: &str) -> Money {
    Money::new(minor, Currency::from_code(currency).unwrap_or(Currency::XXX))
}

pub fn late_before(stored: bool) -> LateBefore {
    if stored { LateBefore::Yes } else { LateBefore::Never }
}

/// A visit with the names of all who and what belong to it.
#[derive(Debug, Clone, QueryableByName)]
pub struct Visit {
    #[diesel(sql_type = Uuid)]
    pub id: AppointmentId,
    #[diesel(sql_type = Uuid)]
    pub patient_id: UserId,
    #[diesel(sql_type = Text)]
    pub patient_name: String,
    #[diesel(sql_type = Uuid)]
    pub provider_id: ProviderId,
    #[diesel(sql_type = Text)]
    pub provider_name: String,
    #[diesel(sql_type = Text)]
    pub specialization: Specialty,
    #[diesel(sql_type = Nullable<Uuid>)]
    pub hospital_id: Option<HospitalId>,
    #[diesel(sql_type = Nullable<Text>)]
    pub hospital_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub hospital_address: Option<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub ends_at: Timestamp,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    #[diesel(sql_type = Text)]
    pub appointment_type: VisitKind,
    #[diesel(sql_type = Text)]
    pub status: AppointmentStatus,
    #[diesel(sql_type = Text)]
    pub priority: Priority,
    #[diesel(sql_type = Text)]
    pub chief_complaint: String,
    #[diesel(sql_type = BigInt)]
    pub consultation_fee_minor: i64,
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = Integer)]
    pub free_until_minutes: i32,
    #[diesel(sql_type = SmallInt)]
    pub late_percent: i16,
    #[diesel(sql_type = Bool)]
    pub first_late_free: bool,
    /// Whether the patient has cancelled late with this doctor before.
    #[diesel(sql_type = Bool)]
    pub late_before: bool,
    #[diesel(sql_type = Integer)]
    pub sequence: i32,
    #[diesel(sql_type = Text)]
    pub payment_status: PaymentStatus,
    #[diesel(sql_type = BigInt)]
    pub payment_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub refund_minor: i64,
    #[diesel(sql_type = Uuid)]
    pub created_by: UserId,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub created_at: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub updated_at: Timestamp,
    /// Who books and reads for the patient, if somebody does.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub guardian_id: Option<UserId>,
    #[diesel(sql_type = Nullable<Text>)]
    pub guardian_name: Option<String>,
    /// Who looks, if the patient lets them see it.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub proxy_id: Option<UserId>,
    /// Whether the patient lets them move and cancel it, too.
    #[diesel(sql_type = Bool)]
    pub proxy_books: bool,
    /// Which visits it comes again with, if it does.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub series_id: Option<SeriesId>,
    /// Around which day the doctor would see the patient again.
    #[diesel(sql_type = Nullable<Date>, deserialize_as = jiff_diesel::NullableDate)]
    pub next_appointment_recommended: Option<civil::Date>,
    /// When they were reminded last of the time that it has now.
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub reminder_sent_at: Option<Timestamp>,
}

impl Visit {
    /// Whether `user` is the patient, or sees it for them.
    pub fn is_of(&self, user: UserId) -> bool {
        self.is_changed_by(user) || self.is_entrusted_to(user)
    }

    /// Whether `user` is the patient, or may move, cancel and pay it for them.
    pub fn is_changed_by(&self, user: UserId) -> bool {
        self.patient_id == user
            || self.guardian_id == Some(user)
            || self.proxy_books && self.is_entrusted_to(user)
    }

    /// Whether the patient, who has an account of their own, lets `user` see it.
    pub fn is_entrusted_to(&self, user: UserId) -> bool {
        self.patient_id != user && self.proxy_id == Some(user)
    }

    /// Whether the patient lets who looks see it, and no more.
    pub fn is_only_seen(&self) -> bool {
        self.proxy_id.is_some() && !self.proxy_books
    }

    /// The terms the patient agreed to when booking.
    pub fn policy(&self) -> CancellationPolicy {
        policy(self.free_until_minutes, self.late_percent, self.first_late_free)
    }

    pub fn fee(&self) -> Money {
        money(self.consultation_fee_minor, &self.currency)
    }

    /// What it costs the patient to cancel at `now`.
    pub fn quote(&self, now: Timestamp) -> CancellationQuote {
        self.policy().quote(self.starts_at, self.fee(), late_before(self.late_before), now)
    }

    /// What is to be paid, or was.
    pub fn payment(&self) -> Money {
        money(self.payment_minor, &self.currency)
    }

    /// How much of what was paid goes back, or has gone.
    pub fn refund(&self) -> Money {
        money(self.refund_minor, &self.currency)
    }
}

/// The visits `a`, as they are for the user `viewer`, a parameter of the query or nobody: what nobody may read is empty.
fn visits_for(viewer: &str) -> String {
    format!("{} {}", visits_read_by(viewer), grant_of(viewer))
}

/// The same for their doctor, whose user is `doctor`, a parameter of the query.
fn visits_for_doctor(doctor: &str) -> String {
    format!("{} {}", visits_read_by(doctor), grant_of(NOBODY))
}

const NOBODY: &str = "NULL::uuid";

fn visits_read_by(reader: &str) -> String {
    format!("SELECT coalesce(reason_of_visit(a.id, {reader}), '') AS chief_complaint, {VISIT}")
}

const VISIT: &str = "\
a.id, a.patient_id, p.first_name || ' ' || p.last_name AS patient_name, a.provider_id,
    'Dr ' || d.first_name || ' ' || d.last_name AS provider_name, d.specialization, a.hospital_id,
    h.name AS hospital_name, h.address || ', ' || h.city || ', ' || h.country AS hospital_address,
    a.starts_at, a.ends_at, a.time_zone, a.appointment_type, a.status, a.priority,
    a.consultation_fee_minor, a.currency, a.free_until_minutes, a.late_percent, a.first_late_free, a.sequence,
    EXISTS (SELECT FROM appointments WHERE patient_id = a.patient_id AND provider_id = a.provider_id AND cancelled_late) AS late_before,
    coalesce(m.status, 'pending') AS payment_status, coalesce(m.amount_minor, 0) AS payment_minor,
    coalesce(m.refunded_minor, 0) AS refund_minor,
    a.created_by, a.created_at, a.updated_at,
    g.guardian_id, gu.first_name || ' ' || gu.last_name AS guardian_name,
    x.proxy_id, coalesce('booking' = ANY (x.scopes), false) AS proxy_books, a.series_id, a.next_appointment_recommended,
    (SELECT max(sent_at) FROM appointment_reminders WHERE appointment_id = a.id AND starts_at = a.starts_at) AS reminder_sent_at
FROM appointments a
JOIN users p ON p.id = a.patient_id
JOIN providers d ON d.id = a.provider_id
LEFT JOIN hospitals h ON h.id = a.hospital_id
LEFT JOIN dependants g ON g.person_id = a.patient_id
LEFT JOIN users gu ON gu.id = g.guardian_id
LEFT JOIN LATERAL (SELECT status, amount_minor, refunded_minor FROM payments WHERE appointment_id = a.id ORDER BY created_at DESC LIMIT 1) m ON true";

/// A visit that `user` is the patient of, or sees for them, or `provider` is the doctor of.
pub async fn visit(
    conn: &mut Conn,
    id: AppointmentId,
    user: UserId,
    provider: Option<ProviderId>,
) -> QueryResult<Visit> {
    kept(
        sql_query(format!(
            "{} WHERE a.id = $1 AND a.held_until IS NULL \
             AND (a.patient_id = $2 OR g.guardian_id = $2 OR x.proxy_id = $2 OR a.provider_id = $3)",
            visits_for("$2")
        ))
            .bind::<Uuid, _>(id)
            .bind::<Uuid, _>(user)
            .bind::<Nullable<Uuid>, _>(provider),
    )
    .get_result(conn)
    .await
}

/// The live visits of a doctor that start in a stretch of time, in order; a thousand at most.
pub async fn visits_of_provider(
    conn: &mut Conn,
    (provider, doctor): (ProviderId, UserId),
    from: Timestamp,
    until: Timestamp,
) -> QueryResult<Vec<Visit>> {
    kept(
        sql_query(format!(
            "{} WHERE a.provider_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3 \
         AND a.status NOT IN ('cancelled', 'expired', 'held') ORDER BY a.starts_at LIMIT 1000",
            visits_for_doctor("$4")
        ))
        .bind::<Uuid, _>(provider)
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<Uuid, _>(doctor),
    )
    .load(conn)
    .await
}

/// The coming visits that a doctor has been asked for and has not answered, soonest first; fifty at most.
pub async fn requests_of_provider(
    conn: &mut Conn,
    (provider, doctor): (ProviderId, UserId),
    now: Timestamp,
) -> QueryResult<Vec<Visit>> {
    kept(
        sql_query(format!(
            "{} WHERE a.provider_id = $1 AND a.status = 'requested' AND a.starts_at > $2 \
             ORDER BY a.starts_at LIMIT 50",
            visits_for_doctor("$3")
        ))
        .bind::<Uuid, _>(provider)
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Uuid, _>(doctor),
    )
    .load(conn)
    .await
}

/// Which part of a patient's visits.
#[derive(Debug, Clone, Copy)]
pub struct Selection {
    /// Those that end after `now` and were not cancelled; else all the others.
    pub coming: Option<bool>,
    /// Those of the patient's family alone, without those of others for whom they act.
    pub of_family: bool,
    pub now: Timestamp,
    pub limit: i64,
    pub offset: i64,
}

fn part(coming: Option<bool>) -> (&'static str, &'static str) {
    match coming {
        Some(true) => (
            "a.ends_at > $2 AND a.status IN ('requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress')",
            "a.starts_at ASC",
        ),
        Some(false) => (
            "(a.ends_at <= $2 OR a.status IN ('completed', 'cancelled', 'no_show', 'expired'))",
            "a.starts_at DESC",
        ),
        None => ("$2::timestamptz IS NOT NULL", "a.starts_at DESC"),
    }
}

/// Whose visits are among them.
fn whose(selection: Selection) -> String {
    match selection.of_family {
        true => FAMILY.to_owned(),
        false => people("$1", Scope::Visits),
    }
}

/// The patient $1 and their dependants.
const FAMILY: &str =
    "ARRAY(SELECT $1::uuid UNION ALL SELECT person_id FROM dependants WHERE guardian_id = $1)";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

pub async fn count_visits(
    conn: &mut Conn,
    patient: UserId,
    selection: Selection,
) -> QueryResult<i64> {
    let (part, _) = part(selection.coming);
    let row: Count = kept(
        sql_query(format!(
            "SELECT count(*) AS count FROM appointments a WHERE a.patient_id = ANY({}) AND a.held_until IS NULL AND {part}",
            whose(selection)
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Timestamptz, _>(selection.now.to_diesel()),
    )
    .get_result(conn)
    .await?;
    Ok(row.count)
}

pub async fn visits_of_patient(
    conn: &mut Conn,
    patient: UserId,
    selection: Selection,
) -> QueryResult<Vec<Visit>> {
    let (part, order) = part(selection.coming);
    kept(
        sql_query(format!(
            "{} WHERE a.patient_id = ANY({}) AND a.held_until IS NULL AND {part} ORDER BY {order}, a.id LIMIT $3 OFFSET $4",
            visits_for("$1"),
            whose(selection)
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Timestamptz, _>(selection.now.to_diesel())
        .bind::<BigInt, _>(selection.limit)
        .bind::<BigInt, _>(selection.offset),
    )
    .load(conn)
    .await
}

/// One visit of a series.
#[derive(Debug, Clone, QueryableByName)]
pub struct SeriesVisit {
    #[diesel(sql_type = Uuid)]
    pub id: AppointmentId,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    #[diesel(sql_type = Text)]
    pub status: AppointmentStatus,
}

/// The visits of a series, in order.
pub async fn series(conn: &mut Conn, id: SeriesId) -> QueryResult<Vec<SeriesVisit>> {
    kept(
        sql_query(
            "SELECT id, starts_at, status FROM appointments WHERE series_id = $1 ORDER BY starts_at, id LIMIT 100",
        )
        .bind::<Uuid, _>(id),
    )
    .load(conn)
    .await
}

/// The visits of a series from `from` on that are still ahead, in order.
pub async fn following(
    conn: &mut Conn,
    series: SeriesId,
    from: Timestamp,
) -> QueryResult<Vec<Visit>> {
    kept(
        sql_query(format!(
            "{} WHERE a.series_id = $1 AND a.starts_at >= $2 \
             AND a.status IN ('requested', 'scheduled', 'confirmed', 'rescheduled') \
             ORDER BY a.starts_at, a.id LIMIT 100",
            visits_for(NOBODY)
        ))
        .bind::<Uuid, _>(series)
        .bind::<Timestamptz, _>(from.to_diesel()),
    )
    .load(conn)
    .await
}
