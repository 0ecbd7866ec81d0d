//! The hours doctors keep, and what they change of them.
mod check;
pub(crate) mod queries;

use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    directory::{HospitalBrief, queries as directory},
    identity::{Caller, Doctor},
};
use diesel_async::AsyncConnection;
use domain::{
    FieldProblem, Id,
    booking::{DayException, Plan, Slot, VisitKind, WeeklyRule, offers},
    directory::{HospitalId, ProviderId},
    text,
    zone::rules,
};
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use jiff_diesel::ToDiesel;
use queries::{NewException, NewRule};

pub use queries::{ComingVisit, ExceptionRow, RuleRow};

/// One line of the weekly hours, as a doctor fills it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursLine {
    pub weekday: Weekday,
    pub starts: Time,
    /// `00:00` is the end of the day.
    pub ends: Time,
    pub slot_minutes: i16,
    pub buffer_after_minutes: i16,
    /// Where; `None` for hours that are only by video or phone.
    pub place: Option<HospitalId>,
    pub kinds: Vec<VisitKind>,
}

/// Hours on one day, beside the weekly ones.
#[derive(Debug, Clone)]
pub struct ExtraHours {
    pub day: Date,
    pub starts: Time,
    pub ends: Time,
    pub slot_minutes: i16,
    pub place: Option<HospitalId>,
    pub kinds: Vec<VisitKind>,
}

/// A day, or a part of it, without visits.
#[derive(Debug, Clone)]
pub struct Closing {
    pub day: Date,
    pub hours: Option<(Time, Time)>,
    pub reason: String,
}

/// What became of a change of hours.
#[derive(Debug)]
pub enum Changed {
    Saved,
    /// Nothing was saved: these visits would be outside of the new hours. The
    /// doctor sees them and says whether to save all the same.
    Strands(Vec<ComingVisit>),
}

/// A doctor's hours and all that is needed to change them.
#[derive(Debug)]
pub struct Hours {
    pub rules: Vec<RuleRow>,
    pub exceptions: Vec<ExceptionRow>,
    pub places: Vec<HospitalBrief>,
    pub time_zone: String,
}

/// How far ahead exceptions are shown.
const EXCEPTION_REACH: SignedDuration = SignedDuration::from_hours(366 * 24);

pub async fn hours(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<Hours> {
    let id = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    let provider = directory::provider(conn, id).await?;
    let today = clinic.now().to_zoned(provider.zone()).date();
    let last = (clinic.now() + EXCEPTION_REACH).to_zoned(provider.zone()).date();
    Ok(Hours {
        rules: queries::rule_rows(conn, &[id]).await?,
        exceptions: queries::exception_rows(conn, &[id], today, last).await?,
        places: directory::hospitals_of(conn, &[id]).await?.remove(&id).unwrap_or_default(),
        time_zone: provider.time_zone,
    })
}

/// A change of hours, checked, and ready to be written.
#[derive(Debug)]
enum Edit<'a> {
    Weekly { lines: &'a [HoursLine], own_zone: String },
    Close { closing: &'a Closing, reason: String, zone: String },
    Extra { extra: &'a ExtraHours, own_zone: String },
    Remove(Id<DayException>),
}

/// Replaces the weekly hours by `lines`.
///
/// Visits that would fall outside are returned instead, unless `keep_stranded`
/// says that the doctor has seen them and will hold them all the same.
pub async fn change_hours(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    lines: &[HoursLine],
    keep_stranded: bool,
) -> Result<Changed> {
    check::lines(lines)?;
    let id = doctor.provider()?;
    let own_zone = directory::provider(&mut *clinic.db().await?, id).await?.time_zone;
    change(clinic, doctor, Edit::Weekly { lines, own_zone }, keep_stranded).await
}

/// Takes a day, or some hours of it, out of the schedule.
pub async fn close(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    closing: &Closing,
    keep_stranded: bool,
) -> Result<Changed> {
    let reason = text::checked("reason", "The reason", &closing.reason, 0..=200)?;
    if let Some((starts, ends)) = closing.hours {
        check::order("ends", starts, ends)?;
    }
    let zone = coming_day(clinic, doctor.provider()?, closing.day).await?;
    change(clinic, doctor, Edit::Close { closing, reason, zone }, keep_stranded).await
}

/// Adds hours on one day.
pub async fn add_hours(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    extra: &ExtraHours,
) -> Result<Changed> {
    check::order("ends", extra.starts, extra.ends)?;
    check::slot("slot_minutes", extra.slot_minutes)?;
    check::kinds("kinds", &extra.kinds)?;
    let own_zone = coming_day(clinic, doctor.provider()?, extra.day).await?;
    change(clinic, doctor, Edit::Extra { extra, own_zone }, true).await
}

/// Takes an exception back: the weekly hours hold again on that day.
pub async fn remove_exception(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    exception: Id<DayException>,
    keep_stranded: bool,
) -> Result<Changed> {
    change(clinic, doctor, Edit::Remove(exception), keep_stranded).await
}

impl Edit<'_> {
    fn action(&self) -> &'static str {
        match self {
            Self::Weekly { .. } => "availability.change_hours",
            Self::Close { .. } => "availability.close",
            Self::Extra { .. } => "availability.add_hours",
            Self::Remove(_) => "availability.remove_exception",
        }
    }

    async fn write(&self, conn: &mut Conn, id: ProviderId) -> Result<()> {
        match self {
            Self::Weekly { lines, own_zone } => write_lines(conn, id, lines, own_zone).await,
            Self::Close { closing, reason, zone } => {
                let row = NewException {
                    id: Id::generate(),
                    provider_id: id,
                    hospital_id: None,
                    day: closing.day.to_diesel(),
                    change: "closed",
                    starts: closing.hours.map(|hours| hours.0.to_diesel()),
                    ends: closing.hours.map(|hours| hours.1.to_diesel()),
                    slot_minutes: None,
                    kinds: vec![],
                    time_zone: zone,
                    reason: Some(reason.as_str()).filter(|reason| !reason.is_empty()),
                };
                Ok(queries::insert_exception(conn, row).await?)
            }
            Self::Extra { extra, own_zone } => {
                let zone = zone_of(conn, id, own_zone, extra.place, "place".to_owned()).await?;
                let row = NewException {
                    id: Id::generate(),
                    provider_id: id,
                    hospital_id: extra.place,
                    day: extra.day.to_diesel(),
                    change: "extra",
                    starts: Some(extra.starts.to_diesel()),
                    ends: Some(extra.ends.to_diesel()),
                    slot_minutes: Some(extra.slot_minutes),
                    kinds: extra.kinds.iter().map(|kind| kind.as_str()).collect(),
                    time_zone: &zone,
                    reason: None,
                };
                Ok(queries::insert_exception(conn, row).await?)
            }
            Self::Remove(exception) => {
                match queries::delete_exception(conn, id, *exception).await? {
                    true => Ok(()),
                    false => Err(Error::NotFound),
                }
            }
        }
    }
}

async fn write_lines(
    conn: &mut Conn,
    id: ProviderId,
    lines: &[HoursLine],
    own_zone: &str,
) -> Result<()> {
    let mut zones = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        zones.push(zone_of(conn, id, own_zone, line.place, format!("place_{index}")).await?);
    }
    queries::delete_rules(conn, id).await?;
    let rows: Vec<_> = lines
        .iter()
        .zip(&zones)
        .map(|(line, zone)| NewRule {
            id: Id::generate(),
            provider_id: id,
            hospital_id: line.place,
            weekday: i16::from(line.weekday.to_monday_one_offset()),
            starts: line.starts.to_diesel(),
            ends: line.ends.to_diesel(),
            slot_minutes: line.slot_minutes,
            buffer_after_minutes: line.buffer_after_minutes,
            kinds: line.kinds.iter().map(|kind| kind.as_str()).collect(),
            time_zone: zone,
        })
        .collect();
    queries::insert_rules(conn, &rows).await?;
    Ok(())
}

/// Writes `edit`, after comparing the hours before and after it.
async fn change(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    edit: Edit<'_>,
    keep_stranded: bool,
) -> Result<Changed> {
    let id = doctor.provider()?;
    let now = clinic.now();
    let mut stranded = Vec::new();
    let conn = &mut *clinic.db().await?;
    let done = conn
        .transaction(async |conn| {
            // Bookings hold the doctor's row while they are written: after this
            // line none can slip in that was made with the old hours.
            queries::lock_provider(conn, id).await?;
            let visits = queries::coming_visits(conn, id, now).await?;
            let before = plan(conn, id, now, &visits).await?;
            edit.write(conn, id).await?;
            let after = plan(conn, id, now, &visits).await?;
            if !keep_stranded {
                stranded = visits
                    .into_iter()
                    .filter(|visit| covers(&before, visit) && !covers(&after, visit))
                    .collect();
                if !stranded.is_empty() {
                    // Any error rolls back; the visits say why.
                    return Err(Error::NotFound);
                }
            }
            let event = Event {
                actor: Some(doctor.user),
                action: edit.action(),
                subject_type: "provider",
                subject: id.as_uuid(),
                patient: None,
            };
            audit::record_in(conn, event).await?;
            Ok::<_, Error>(())
        })
        .await;
    if !stranded.is_empty() {
        return Ok(Changed::Strands(stranded));
    }
    done?;
    clinic.live().announce(id);
    Ok(Changed::Saved)
}

/// The hours alone: no lead time and no horizon, which say nothing of visits already booked.
async fn plan(
    conn: &mut Conn,
    provider: ProviderId,
    now: Timestamp,
    visits: &[ComingVisit],
) -> Result<Plan> {
    let last = visits.last().map_or(now, |visit| visit.ends_at) + 48.hours();
    let first = now - 48.hours();
    let day = |instant: Timestamp| instant.to_zoned(TimeZone::UTC).date();
    let ids = [provider];
    Ok(Plan {
        rules: queries::rules(conn, &ids).await?.remove(&provider).unwrap_or_default(),
        exceptions: queries::exceptions(conn, &ids, day(first), day(last))
            .await?
            .remove(&provider)
            .unwrap_or_default(),
        lead_minutes: 0,
        horizon_days: u16::MAX,
    })
}

/// Whether the open hours of `plan` hold the whole visit, at its place.
fn covers(plan: &Plan, visit: &ComingVisit) -> bool {
    let around =
        Slot { start: visit.starts_at - SignedDuration::from_hours(8), end: visit.ends_at };
    let mut reached = visit.starts_at;
    for offer in offers(plan, &[], around, around.start) {
        let open = offer.cause.is_none() && offer.place == visit.hospital_id;
        if open && offer.slot.start <= reached && reached < offer.slot.end {
            reached = offer.slot.end;
        }
    }
    reached >= visit.ends_at
}

/// The zone in which hours at `place` are meant.
async fn zone_of(
    conn: &mut Conn,
    provider: ProviderId,
    own_zone: &str,
    place: Option<HospitalId>,
    field: String,
) -> Result<String> {
    match place {
        None => Ok(own_zone.to_owned()),
        Some(place) => queries::zone_of_place(conn, provider, place).await?.ok_or_else(|| {
            FieldProblem::new(field, "Choose one of the places you work at.").into()
        }),
    }
}

/// The doctor's zone, if `day` is not yet over there.
async fn coming_day(clinic: &Clinic, provider: ProviderId, day: Date) -> Result<String> {
    let zone = directory::provider(&mut *clinic.db().await?, provider).await?.time_zone;
    let today = clinic.now().to_zoned(rules(&zone)).date();
    if day < today {
        return Err(Error::field("day", "Choose today or a later day."));
    }
    if day > today.saturating_add(366.days()) {
        return Err(Error::field("day", "Choose a day within the next twelve months."));
    }
    Ok(zone)
}

impl HoursLine {
    /// The line that a stored rule shows.
    pub fn from_rule(rule: &WeeklyRule) -> Self {
        Self {
            weekday: rule.weekday,
            starts: rule.starts,
            ends: rule.ends,
            slot_minutes: i16::try_from(rule.slot_minutes).unwrap_or(i16::MAX),
            buffer_after_minutes: i16::try_from(rule.buffer_after_minutes).unwrap_or(i16::MAX),
            place: rule.place,
            kinds: rule.kinds.iter().collect(),
        }
    }
}
