use super::{Reader, Recipient};
use crate::{
    Conn,
    booking::{self, visits::queries::policy},
    calendar::FeedVisit,
    kept::kept,
};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    account::address::AddressChangeId,
    booking::{AppointmentId, CancellationTerms, VisitKind},
    directory::ProviderId,
    identity::{UserId, proof::RegistrationId},
    mail::Choice,
    payments::AttemptId,
    waitlist::{OfferOutcome, WaitlistEntryId, WaitlistOfferId},
};
use jiff::{Timestamp, civil};
use jiff_diesel::ToDiesel;
use schema::{address_changes, users};

/// Whom something is about.
#[derive(Debug, QueryableByName)]
pub struct Parties {
    /// The patient or, where they have no account, whoever acts for them; `None`: neither has an address.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub patient: Option<UserId>,
    #[diesel(sql_type = Nullable<Uuid>)]
    pub provider: Option<ProviderId>,
}

impl Parties {
    /// Who of them reads as `reader`.
    pub fn recipient(&self, reader: Reader) -> Option<Recipient> {
        match reader {
            Reader::Patient => self.patient.map(Recipient::User),
            Reader::Doctor => self.provider.map(Recipient::Provider),
            Reader::Owner => None,
        }
    }
}

/// Whom one of several visits is about.
#[derive(Debug, QueryableByName)]
pub struct PartiesOfVisit {
    #[diesel(sql_type = Uuid)]
    pub appointment_id: AppointmentId,
    #[diesel(embed)]
    pub parties: Parties,
}

/// Who reads for the patient `p`, whose guardian is `g`.
const PATIENT: &str = "CASE WHEN p.email IS NOT NULL THEN p.id ELSE g.guardian_id END AS patient";

pub async fn parties_of_visit(conn: &mut Conn, id: AppointmentId) -> QueryResult<Option<Parties>> {
    Ok(parties_of_visits(conn, &[id]).await?.pop().map(|visit| visit.parties))
}

pub async fn parties_of_visits(
    conn: &mut Conn,
    ids: &[AppointmentId],
) -> QueryResult<Vec<PartiesOfVisit>> {
    kept(
        sql_query(format!(
            "SELECT a.id AS appointment_id, {PATIENT}, a.provider_id AS provider FROM appointments a \
             JOIN users p ON p.id = a.patient_id LEFT JOIN dependants g ON g.person_id = p.id WHERE a.id = ANY ($1)"
        ))
        .bind::<Array<Uuid>, _>(ids),
    )
    .load(conn)
    .await
}

pub async fn parties_of_offer(
    conn: &mut Conn,
    id: WaitlistOfferId,
) -> QueryResult<Option<Parties>> {
    kept(
        sql_query(format!(
            "SELECT {PATIENT}, o.provider_id AS provider FROM waitlist_offers o \
             JOIN waitlist_entries e ON e.id = o.entry_id JOIN users p ON p.id = e.patient_id \
             LEFT JOIN dependants g ON g.person_id = p.id WHERE o.id = $1"
        ))
        .bind::<Uuid, _>(id),
    )
    .get_result(conn)
    .await
    .optional()
}

pub async fn parties_of_entry(
    conn: &mut Conn,
    id: WaitlistEntryId,
) -> QueryResult<Option<Parties>> {
    kept(
        sql_query(format!(
            "SELECT {PATIENT}, e.provider_id AS provider FROM waitlist_entries e \
             JOIN users p ON p.id = e.patient_id LEFT JOIN dependants g ON g.person_id = p.id WHERE e.id = $1"
        ))
        .bind::<Uuid, _>(id),
    )
    .get_result(conn)
    .await
    .optional()
}

/// Where somebody reads their mail, and on which clock.
#[derive(Debug, QueryableByName)]
pub struct Addressee {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
}

impl Addressee {
    /// Of whoever keeps the heads of the audit trail nothing is known but their address.
    pub fn keeper(address: &str) -> Self {
        let (name, time_zone) = (String::new(), "UTC".to_owned());
        Self { name, email: address.to_owned(), time_zone }
    }
}

/// `None`: they are gone, or have no address.
pub async fn addressee(conn: &mut Conn, to: Recipient) -> QueryResult<Option<Addressee>> {
    let sql = match to {
        // Who is blocked hears of it, and of their visits. Who has closed their account has no address.
        Recipient::User(_) => {
            "SELECT first_name || ' ' || last_name AS name, email, time_zone FROM users \
             WHERE id = $1 AND email IS NOT NULL"
        }
        // The address they sign in with is the one they read.
        Recipient::Provider(_) => {
            "SELECT 'Dr ' || d.first_name || ' ' || d.last_name AS name, coalesce(u.email, d.email) AS email, d.time_zone \
             FROM providers d LEFT JOIN users u ON u.id = d.user_id AND u.is_active WHERE d.id = $1 AND d.is_active"
        }
        // Nobody, where no account has the address, or there is a newer link.
        Recipient::Reset(_) => {
            "SELECT '' AS name, u.email, u.time_zone FROM password_resets r JOIN users u ON u.email = r.email \
             WHERE r.id = $1 AND r.ended_at IS NULL AND u.is_active AND u.password_hash IS NOT NULL"
        }
        Recipient::NewAddress(_) => {
            "SELECT '' AS name, c.new_email AS email, u.time_zone FROM address_changes c JOIN users u ON u.id = c.user_id \
             WHERE c.id = $1 AND c.ended_at IS NULL AND u.is_active"
        }
        Recipient::OldAddress(_) => {
            "SELECT u.first_name || ' ' || u.last_name AS name, c.old_email AS email, u.time_zone FROM address_changes c \
             JOIN users u ON u.id = c.user_id WHERE c.id = $1 AND c.undone_at IS NULL AND u.email IS NOT NULL"
        }
        // Whether they have an account makes no difference.
        Recipient::Invited(_) => {
            "SELECT '' AS name, g.invited_email AS email, u.time_zone FROM proxy_grants g JOIN users u ON u.id = g.patient_id \
             WHERE g.id = $1 AND g.ended_at IS NULL AND g.proxy_id IS NULL"
        }
        Recipient::Closing(_) => {
            "SELECT u.first_name || ' ' || u.last_name AS name, c.email, u.time_zone FROM account_closings c \
             JOIN users u ON u.id = c.user_id WHERE c.id = $1 AND c.email IS NOT NULL"
        }
        Recipient::Keeper => return Ok(None),
        // Whose name that is, nobody has proven.
        Recipient::Registration(_) => {
            "SELECT '' AS name, email, time_zone FROM registrations WHERE id = $1 AND ended_at IS NULL"
        }
    };
    kept(sql_query(sql).bind::<Uuid, _>(to.id())).get_result(conn).await.optional()
}

/// Whether somebody has said that they want no mail of which they have the `choice`.
pub async fn declines(conn: &mut Conn, to: Recipient, choice: Choice) -> QueryResult<bool> {
    let Recipient::User(user) = to else { return Ok(false) };
    let asked = match choice {
        Choice::Suggestions => "declines_mail(",
        Choice::Reminders => "declines_reminders(",
        Choice::Visits => "declines_visit_reminders(",
    };
    diesel::select(sql::<Bool>(asked).bind::<Uuid, _>(user).sql(")")).get_result(conn).await
}

/// Whether somebody has an account with the address that another one is to have.
pub async fn has_account(conn: &mut Conn, change: AddressChangeId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        address_changes::table
            .inner_join(users::table.on(users::email.eq(address_changes::new_email.nullable())))
            .filter(address_changes::id.eq(change)),
    ))
    .get_result(conn)
    .await
}

/// What a mail may know of a registration.
#[derive(Debug, QueryableByName)]
pub struct Asked {
    /// Whether somebody has an account with the address, other than the one that is to be proven.
    #[diesel(sql_type = Bool)]
    pub has_account: bool,
}

/// `None`: there is a newer code by now, or this one works no longer.
pub async fn asked(
    conn: &mut Conn,
    id: RegistrationId,
    round: i16,
    now: Timestamp,
) -> QueryResult<Option<Asked>> {
    kept(
        sql_query(
            "SELECT EXISTS (SELECT FROM users u WHERE u.email = r.email AND u.id IS DISTINCT FROM r.user_id) AS has_account \
             FROM registrations r WHERE id = $1 AND sends = $2 AND is_sent AND ended_at IS NULL AND expires_at > $3",
        )
        .bind::<Uuid, _>(id)
        .bind::<SmallInt, _>(round)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .get_result(conn)
    .await
    .optional()
}

/// What a mail may know of a visit.
#[derive(Debug, QueryableByName)]
pub struct Told {
    #[diesel(embed)]
    pub visit: FeedVisit,
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
    #[diesel(sql_type = Nullable<Date>, deserialize_as = jiff_diesel::NullableDate)]
    pub again: Option<civil::Date>,
}

impl Told {
    /// What it costs, and when cancelling it costs what.
    pub fn terms(&self) -> CancellationTerms {
        let policy = policy(self.free_until_minutes, self.late_percent, self.first_late_free);
        let fee = booking::money(self.consultation_fee_minor, &self.currency);
        policy.terms(self.visit.starts_at, fee)
    }
}

pub async fn told(conn: &mut Conn, id: AppointmentId) -> QueryResult<Option<Told>> {
    Ok(told_of(conn, &[id]).await?.pop())
}

/// The same of several visits, in order of their starts.
pub async fn told_of(conn: &mut Conn, ids: &[AppointmentId]) -> QueryResult<Vec<Told>> {
    kept(
        sql_query(
            "SELECT a.id, a.patient_id, p.first_name || ' ' || p.last_name AS patient_name, g.person_id IS NOT NULL AS has_guardian, \
                 'Dr ' || d.first_name || ' ' || d.last_name AS provider_name, h.name AS hospital_name, \
                 h.address || ', ' || h.city || ', ' || h.country AS hospital_address, a.starts_at, a.ends_at, a.time_zone, \
                 a.appointment_type, a.status, a.sequence, a.updated_at, a.consultation_fee_minor, a.currency, \
                 a.free_until_minutes, a.late_percent, a.first_late_free, a.next_appointment_recommended AS again \
             FROM appointments a JOIN users p ON p.id = a.patient_id JOIN providers d ON d.id = a.provider_id \
             LEFT JOIN hospitals h ON h.id = a.hospital_id LEFT JOIN dependants g ON g.person_id = a.patient_id \
             WHERE a.id = ANY ($1) AND a.held_until IS NULL ORDER BY a.starts_at, a.id",
        )
        .bind::<Array<Uuid>, _>(ids),
    )
    .load(conn)
    .await
}

/// A sum of money, in minor units.
#[derive(Debug, QueryableByName)]
pub struct Amount {
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = Text)]
    pub currency: String,
}

pub async fn amount(conn: &mut Conn, id: AttemptId) -> QueryResult<Option<Amount>> {
    kept(
        sql_query("SELECT amount_minor, currency FROM payment_attempts WHERE id = $1")
            .bind::<Uuid, _>(id),
    )
    .get_result(conn)
    .await
    .optional()
}

/// A time that is, or was, kept for somebody who waits.
#[derive(Debug, QueryableByName)]
pub struct Kept {
    #[diesel(sql_type = Text)]
    pub patient_name: String,
    #[diesel(sql_type = Uuid)]
    pub patient_id: UserId,
    #[diesel(sql_type = Text)]
    pub provider_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub hospital: Option<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    #[diesel(sql_type = Text)]
    pub appointment_type: VisitKind,
    #[diesel(sql_type = Text)]
    pub outcome: OfferOutcome,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub expires_at: Timestamp,
    #[diesel(sql_type = BigInt)]
    pub consultation_fee_minor: i64,
    #[diesel(sql_type = Text)]
    pub currency: String,
}

/// `None` once it is over by the clock of the database, which ends it.
pub async fn kept_time(conn: &mut Conn, id: WaitlistOfferId) -> QueryResult<Option<Kept>> {
    kept(
        sql_query(
            "SELECT p.first_name || ' ' || p.last_name AS patient_name, p.id AS patient_id, \
                 'Dr ' || d.first_name || ' ' || d.last_name AS provider_name, \
                 h.name || ', ' || h.address || ', ' || h.city AS hospital, o.starts_at, \
                 coalesce(h.time_zone, d.time_zone) AS time_zone, o.appointment_type, o.outcome, o.expires_at, \
                 d.consultation_fee_minor, d.currency \
             FROM waitlist_offers o JOIN waitlist_entries e ON e.id = o.entry_id JOIN users p ON p.id = e.patient_id \
             JOIN providers d ON d.id = o.provider_id LEFT JOIN appointments a ON a.id = o.appointment_id \
             LEFT JOIN hospitals h ON h.id = a.hospital_id WHERE o.id = $1 AND o.expires_at > clock_timestamp()",
        )
        .bind::<Uuid, _>(id),
    )
    .get_result(conn)
    .await
    .optional()
}
