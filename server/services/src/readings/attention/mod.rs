//! Which of their patients a doctor should look at first, by what these have measured.
mod queries;

use super::{alerts, limits};
use crate::{
    Clinic, Conn, Result, audit,
    directory::{Found, Page},
    identity::{Caller, Doctor},
    record::open_as,
    token,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    readings::{Attention, Followed, MetricKind, PersonalLimits, Severity},
    zone,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use std::collections::{BTreeMap, HashMap};

/// So many patients are looked through at most, those whose visit is the nearest.
pub const FOLLOWED_AT_MOST: i64 = 200;

/// Who has measured nothing for longer is not followed any more.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(91 * 24);

/// How old a visit may be whose patient a doctor still follows.
const VISITS_BACK: SignedDuration = SignedDuration::from_hours(365 * 24);

/// A patient of a doctor who measures something.
#[derive(Debug, Clone)]
pub struct FollowedPatient {
    pub patient: UserId,
    pub name: String,
    pub attention: Attention,
    /// The day of the newest reading, on the clock of the patient.
    pub last: Date,
}

/// The patients with a visit of `doctor` who have measured something lately, who asks for most first. The last look at
/// each of the page is put on record.
pub async fn followed(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    page: Page,
) -> Result<Found<FollowedPatient>> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let since = (now - LOOKED_BACK).to_zoned(jiff::tz::TimeZone::UTC).date();
        let people = open_people(conn, doctor, (since, now)).await?;
        let ids: Vec<_> = people.iter().map(|person| person.id).collect();
        let mut days = by_patient(queries::days(conn, &ids, since).await?);
        let mut own: HashMap<UserId, Vec<PersonalLimits>> = HashMap::new();
        for (patient, set) in limits::queries::of_all(conn, &ids).await? {
            own.entry(patient).or_default().push(set.limits);
        }
        let mut worst = alerts::worst(conn, &ids).await?;
        let mut all: Vec<FollowedPatient> = people
            .into_iter()
            .filter_map(|person| {
                let (days, own) = (days.remove(&person.id)?, own.remove(&person.id));
                let alert = worst.remove(&person.id);
                followed_by(person, (days, alert), &own.unwrap_or_default(), now)
            })
            .collect();
        all.sort_by(|one, other| {
            let key = |of: &FollowedPatient| (of.attention.order(), of.name.clone(), of.patient);
            key(one).cmp(&key(other))
        });
        let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let (skip, size) = (page.offset(), page.size);
        let at = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let items: Vec<_> = all.into_iter().skip(at(skip)).take(at(size)).collect();
        let seen = items.iter().map(|item| (item.patient.as_uuid(), item.patient));
        audit::record_list(conn, doctor.user, ("reading.list", "user"), seen).await?;
        Ok(Found { count, items })
    })
    .await
}

/// Opens the records of the patients with a visit of `doctor` who have measured something `since` that day.
async fn open_people(
    conn: &mut Conn,
    doctor: &Caller<Doctor>,
    (since, now): (Date, Timestamp),
) -> Result<Vec<queries::PersonRow>> {
    let (provider, visits) = (doctor.provider()?, now - VISITS_BACK);
    let people = queries::patients(conn, provider, (visits, now), since, FOLLOWED_AT_MOST).await?;
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    open_as(conn, doctor.user, &ids).await?;
    Ok(people)
}

/// How the alerts of all patients stand whom a doctor follows.
#[derive(Debug, Clone)]
pub struct Standing {
    patients: Vec<UserId>,
    /// Another one as soon as the worst alert of one of them is another. It says nothing else.
    pub mark: String,
}

impl Standing {
    #[must_use]
    pub fn concerns(&self, patient: UserId) -> bool {
        self.patients.contains(&patient)
    }
}

/// How the alerts of those stand whom [`followed`] lists. It tells nothing of anybody, so that it is no look at a record.
pub async fn standing(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<Standing> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let since = (now - LOOKED_BACK).to_zoned(jiff::tz::TimeZone::UTC).date();
        let people = open_people(conn, doctor, (since, now)).await?;
        let patients: Vec<_> = people.into_iter().map(|person| person.id).collect();
        let worst: BTreeMap<_, _> = alerts::worst(conn, &patients).await?.into_iter().collect();
        let lines = worst.iter().map(|(patient, severity)| format!("{patient} {severity}\n"));
        let mark = Base64UrlUnpadded::encode_string(&token::hash(&lines.collect::<String>()));
        Ok(Standing { patients, mark })
    })
    .await
}

type Days = Vec<queries::KindDays>;

fn by_patient(rows: Vec<(UserId, queries::KindDays)>) -> HashMap<UserId, Days> {
    let mut all: HashMap<UserId, Days> = HashMap::new();
    for (patient, days) in rows {
        all.entry(patient).or_default().push(days);
    }
    all
}

/// `None`: there is nothing to follow.
fn followed_by(
    person: queries::PersonRow,
    (days, alert): (Days, Option<Severity>),
    own: &[PersonalLimits],
    now: Timestamp,
) -> Option<FollowedPatient> {
    let today = now.to_zoned(zone::rules(&person.time_zone)).date();
    let limits = |kind: MetricKind| {
        let own = own.iter().find(|limits| limits.kind() == kind).copied();
        own.unwrap_or(PersonalLimits::usual(kind))
    };
    let kinds: Vec<_> = days
        .into_iter()
        .map(|of| Followed::new(of.kind, limits(of.kind).target(), of.days))
        .collect();
    let last = kinds.iter().filter_map(|kind| Some(kind.days.last()?.0)).max()?;
    let attention = Attention::of(alert, &kinds, today);
    Some(FollowedPatient { patient: person.id, name: person.name, attention, last })
}
