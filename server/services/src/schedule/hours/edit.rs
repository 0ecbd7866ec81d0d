//! Writing a change of hours, after a look at the visits that it would leave without their time.
use super::{
    BookingRules, Changed, Closing, ExtraHours, HoursLine, check,
    queries::{self, ComingVisit, NewException, NewRule},
    rules::{fit, queries as own_rules},
    stranded::{self, Fates},
};
use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    identity::{Caller, Doctor},
};
use diesel_async::AsyncConnection;
use domain::{
    FieldProblem, Id,
    booking::{DayExceptionId, Plan, Slot, WeeklyRuleId, offers},
    directory::{HospitalId, ProviderId},
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use jiff_diesel::ToDiesel;

/// A change of hours, checked, and ready to be written.
#[derive(Debug)]
pub(super) enum Edit<'a> {
    Add { id: WeeklyRuleId, line: &'a HoursLine, own_zone: String },
    Weekly { lines: &'a [HoursLine], own_zone: String },
    Close { closing: &'a Closing, reason: String, zone: String },
    Extra { id: DayExceptionId, extra: &'a ExtraHours, own_zone: String },
    Remove(DayExceptionId),
    Rules(&'a BookingRules),
}

impl Edit<'_> {
    fn action(&self) -> &'static str {
        match self {
            Self::Add { .. } | Self::Weekly { .. } => "availability.change_hours",
            Self::Close { .. } => "availability.close",
            Self::Extra { .. } => "availability.add_hours",
            Self::Remove(_) => "availability.remove_exception",
            Self::Rules(_) => "availability.change_rules",
        }
    }

    async fn write(&self, conn: &mut Conn, id: ProviderId, now: Timestamp) -> Result<()> {
        match self {
            Self::Add { id: rule, line, own_zone } => {
                let kept: Vec<_> =
                    queries::rules(conn, &[id]).await?.remove(&id).unwrap_or_default();
                let kept: Vec<_> = kept.iter().map(HoursLine::from_rule).collect();
                check::added(line, &kept)?;
                let zone = zone_of(conn, id, own_zone, line.place, "place".to_owned()).await?;
                queries::insert_rules(conn, &[line.row(*rule, id, &zone)]).await?;
                let line = std::slice::from_ref(*line);
                Ok(check::fit(&written(conn, id, now).await?, line, |_| "ends".into())?)
            }
            Self::Weekly { lines, own_zone } => {
                write_lines(conn, id, lines, own_zone).await?;
                let plan = written(conn, id, now).await?;
                Ok(check::fit(&plan, lines, |index| format!("ends_{index}").into())?)
            }
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
                    kept_for_urgent_minutes: None,
                };
                Ok(queries::insert_exception(conn, row).await?)
            }
            Self::Extra { id: exception, extra, own_zone } => {
                let zone = zone_of(conn, id, own_zone, extra.place, "place".to_owned()).await?;
                let row = NewException {
                    id: *exception,
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
                    kept_for_urgent_minutes: extra.kept_for_urgent_minutes,
                };
                queries::insert_exception(conn, row).await?;
                let (plan, hours) = (written(conn, id, now).await?, (extra.starts, extra.ends));
                Ok(check::any_fits(&plan, "ends", hours, &extra.kinds)?)
            }
            Self::Remove(exception) => {
                match queries::delete_exception(conn, id, *exception).await? {
                    true => Ok(()),
                    false => Err(Error::NotFound),
                }
            }
            Self::Rules(rules) => {
                own_rules::set_reach(conn, id, rules.lead_minutes, rules.horizon_days).await?;
                own_rules::set_booking_rules(conn, &rules.row(id)).await?;
                own_rules::set_kind_rules(conn, id, &rules.kind_rows(id)).await?;
                Ok(fit(&written(conn, id, now).await?)?)
            }
        }
    }
}

/// The hours from today on, and how long visits are, as they are now written.
async fn written(conn: &mut Conn, id: ProviderId, now: Timestamp) -> Result<Plan> {
    // Somewhere it is still yesterday.
    let today = now.to_zoned(TimeZone::UTC).date().saturating_sub(1.day());
    let ids = [id];
    let exceptions = queries::exceptions(conn, &ids, today, Date::MAX).await?.remove(&id);
    Ok(Plan {
        rules: queries::rules(conn, &ids).await?.remove(&id).unwrap_or_default(),
        exceptions: exceptions.unwrap_or_default(),
        kind_rules: own_rules::kind_rules(conn, &ids).await?.remove(&id).unwrap_or_default(),
        ..Plan::default()
    })
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
    let rows: Vec<_> =
        lines.iter().zip(&zones).map(|(line, zone)| line.row(Id::generate(), id, zone)).collect();
    queries::insert_rules(conn, &rows).await?;
    Ok(())
}

impl HoursLine {
    fn row<'z>(&self, id: WeeklyRuleId, provider_id: ProviderId, zone: &'z str) -> NewRule<'z> {
        NewRule {
            id,
            provider_id,
            hospital_id: self.place,
            weekday: i16::from(self.weekday.to_monday_one_offset()),
            starts: self.starts.to_diesel(),
            ends: self.ends.to_diesel(),
            slot_minutes: self.slot_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
            kinds: self.kinds.iter().map(|kind| kind.as_str()).collect(),
            time_zone: zone,
            every_weeks: self.every_weeks,
            valid_from: self.valid_from.map(ToDiesel::to_diesel),
            valid_until: self.valid_until.map(ToDiesel::to_diesel),
            kept_for_urgent_minutes: self.kept_for_urgent_minutes,
        }
    }
}

/// Writes `edit`, after comparing the hours before and after it, and does with the visits that it
/// strands what `fates` say.
pub(super) async fn change(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    edit: Edit<'_>,
    fates: Fates,
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
            edit.write(conn, id, now).await?;
            let after = plan(conn, id, now, &visits).await?;
            let without: Vec<_> = visits
                .into_iter()
                .filter(|visit| covers(&before, visit) && !covers(&after, visit))
                .collect();
            stranded = stranded::settle(clinic, conn, doctor, without, &fates).await?;
            if !stranded.is_empty() {
                // Any error rolls back; the visits say why.
                return Err(Error::NotFound);
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
        // Without its record nobody sees who comes; it is a look, and outlives the change that was undone.
        let seen = stranded.iter().map(|one| (one.visit.id.as_uuid(), one.visit.patient_id));
        let list = ("appointment.list", "appointment");
        audit::record_list(conn, doctor.user, list, seen).await?;
        return Ok(Changed::Strands(stranded));
    }
    done?;
    clinic.live().announce(id);
    Ok(Changed::Saved)
}

/// The hours and the days off alone: lead time, horizon, pauses, limits and how long visits are say
/// nothing of visits already booked.
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
    let plan = Plan {
        rules: queries::rules(conn, &ids).await?.remove(&provider).unwrap_or_default(),
        exceptions: queries::exceptions(conn, &ids, day(first), day(last))
            .await?
            .remove(&provider)
            .unwrap_or_default(),
        horizon_days: u16::MAX,
        holidays: own_rules::booking_rules(conn, &ids)
            .await?
            .get(&provider)
            .and_then(|rules| rules.holiday_country),
        ..Plan::default()
    };
    Ok(plan.minute_by_minute())
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
