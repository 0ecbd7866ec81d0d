use crate::{
    Page, PageResult, account::picture_of, booking::visit_page::tone, fields::Fields,
    page::see_other, times::Moment,
};
use axum::extract::Path;
use domain::{
    account::{BloodType, Bmi, CheckedHealth},
    identity::UserId,
    readings::{MetricKind, Units},
};
use jiff::{Unit, civil::Date};
use leptos::prelude::*;
use services::{
    Error,
    directory::{self, Found, PAGE_SIZE},
    emergency,
    identity::Doctor,
    record::{self, Grounds, PatientLine, Record, RecordedVisit},
};
use ui::{
    Avatar, BackLink, Badge, Button, ButtonKind, Cell, Column, DescriptionList, Detail, EmptyState,
    IconName, Notice, Pagination, RowHead, Size, Table, Tone,
};

fn parse(id: &str) -> PageResult<UserId> {
    Ok(id.parse().map_err(|_| Error::NotFound)?)
}

/// `/doctor/patients/{id}?page=`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let patient = parse(&id)?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let (Record { person, health, grounds }, found) =
        record::record(page.clinic(), &doctor, patient, wanted).await?;
    let today = page.clinic().now().to_zoned(doctor.zone.rules()).date();
    let opened = match grounds {
        Grounds::Care => None,
        Grounds::Emergency { until } => {
            let until = Moment::new(until, page.zone().as_ref(), doctor.zone.as_str()).clock();
            Some(opened_until(patient, &until))
        }
    };
    let (head, contact) = (head(&person, today), contact(&person));
    let (in_own_words, body) =
        (in_own_words("In the patient’s own words", &health), body(&health, &doctor.units));
    let visits = visits(&page, &found, grounds);
    let name = person.name;
    Ok(page.show(name, move || {
        view! {
            <article class="stack-large">
                <div class="stack">
                    <BackLink href="/doctor" label="Your day" />
                    {opened}
                    {head}
                </div>
                <div class="with-aside">
                    <div class="stack">{in_own_words} {body}</div>
                    <div>{contact}</div>
                </div>
                <p><a href=format!("/doctor/patients/{patient}/readings")>"Readings, and the limits set for them"</a></p>
                {visits}
                <Pagination
                    page=wanted.number
                    pages=wanted.pages(found.count)
                    href=move |number| format!("/doctor/patients/{patient}?page={number}")
                />
            </article>
        }
    }))
}

/// Gives up what was opened in an emergency.
pub async fn end(page: Page, Path(id): Path<String>) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    emergency::end(page.clinic(), &doctor, parse(&id)?).await?;
    Ok(see_other("/doctor/emergency?ended=1"))
}

fn opened_until(patient: UserId, until: &str) -> AnyView {
    view! {
        <Notice tone=Tone::Caution title=format!("Open in an emergency until {until}")>
            <div class="stack-small">
                <p>"The patient has been told. Each look is written down and reviewed."</p>
                <form method="post" action=format!("/doctor/patients/{patient}/end")>
                    <Button kind=ButtonKind::Secondary size=Size::Small>"Close it now"</Button>
                </form>
            </div>
        </Notice>
    }
    .into_any()
}

fn head(person: &PatientLine, today: Date) -> AnyView {
    let src = picture_of(person.id, person.picture.as_deref());
    let name = person.name.clone();
    let born = match person.date_of_birth {
        Some(born) => {
            format!("Born {}, {}", born.strftime("%-d %B %Y"), age(born, today))
        }
        None => "Date of birth not stated".to_owned(),
    };
    view! {
        <header class="media">
            <Avatar name=name.clone() src size=Size::Large />
            <div>
                <h1>{name}</h1>
                <p class="lede">{born}</p>
            </div>
        </header>
    }
    .into_any()
}

/// `46 years`; of small children in months.
fn age(born: Date, today: Date) -> String {
    let count = |unit, one: &str| {
        let span = born.until((unit, today)).unwrap_or_default();
        let count = match unit {
            Unit::Year => i64::from(span.get_years()),
            _ => i64::from(span.get_months()),
        };
        (count, if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") })
    };
    match count(Unit::Year, "year") {
        (..2, _) => count(Unit::Month, "month").1,
        (_, years) => years,
    }
}

/// What somebody has written, or that they have not.
pub fn stated(text: Option<&str>) -> AnyView {
    match text {
        Some(text) => view! { <span class="typed">{text.to_owned()}</span> }.into_any(),
        // Nothing written is not the same as nothing there.
        None => view! { <span class="muted">"Nothing stated"</span> }.into_any(),
    }
}

/// What a person says that whoever cares for them has to know.
pub fn in_own_words(title: &'static str, health: &CheckedHealth) -> AnyView {
    let (allergies, conditions, medicines) = (
        stated(health.allergies.as_deref()),
        stated(health.medical_conditions.as_deref()),
        stated(health.current_medications.as_deref()),
    );
    let blood = stated(health.blood_type.map(BloodType::as_str));
    view! {
        <section class="card stack-small" aria-labelledby="own-words">
            <h2 class="h3" id="own-words">{title}</h2>
            <DescriptionList>
                <Detail term="Allergies">{allergies}</Detail>
                <Detail term="Conditions">{conditions}</Detail>
                <Detail term="Medicines">{medicines}</Detail>
                <Detail term="Blood type">{blood}</Detail>
            </DescriptionList>
        </section>
    }
    .into_any()
}

fn body(health: &CheckedHealth, units: &Units) -> AnyView {
    let measure = |number: Option<f32>, kind| number.map(|number| measure(number, kind, units));
    let details: Vec<_> = [
        ("Gender", health.gender.map(|word| word.label().to_owned())),
        ("Height", measure(health.height_cm, MetricKind::Height)),
        ("Weight", measure(health.weight_kg, MetricKind::Weight)),
        ("Body mass index", Bmi::of(health.height_cm, health.weight_kg).map(|bmi| bmi.to_string())),
        ("Moves", health.activity_level.map(|word| word.label().to_owned())),
        ("Goals", health.health_goals.clone()),
    ]
    .into_iter()
    .map(|(term, said)| view! { <Detail term=term>{stated(said.as_deref())}</Detail> })
    .collect();
    view! {
        <section class="card stack-small" aria-labelledby="body">
            <h2 class="h3" id="body">"Body and habits"</h2>
            <DescriptionList>{details}</DescriptionList>
        </section>
    }
    .into_any()
}

/// A height or a weight in the unit that the reader has chosen; `number` is in that of the profile, which is the one it is kept in.
pub fn measure(number: f32, kind: MetricKind, units: &Units) -> String {
    let scale = units.shown_in(kind, kind.unit());
    match scale.unit == kind.unit() {
        true => format!("{number} {}", scale.words),
        false => format!("{} {}", scale.shown(f64::from(number)), scale.words),
    }
}

/// A number that a phone calls when it is pressed.
pub fn number(number: Option<&str>) -> AnyView {
    match number {
        Some(number) => {
            let dialled = number.replace(' ', "");
            view! { <a href=format!("tel:{dialled}")>{number.to_owned()}</a> }.into_any()
        }
        None => stated(None),
    }
}

fn contact(person: &PatientLine) -> AnyView {
    let own = number(person.phone_number.as_deref());
    let guardian = person.guardian.clone().map(|name| {
        let number = person.guardian_phone.as_deref().map(|raw| number(Some(raw)));
        view! { <Detail term="Books for them">{name}" "{number}</Detail> }
    });
    let who = stated(person.emergency_contact_name.as_deref());
    let call = number(person.emergency_contact_phone.as_deref());
    view! {
        <section class="card stack-small" aria-labelledby="contact">
            <h2 class="h3" id="contact">"Whom to call"</h2>
            <DescriptionList>
                <Detail term="Their own number">{own}</Detail>
                {guardian}
                <Detail term="In an emergency">{who}</Detail>
                <Detail term="Number">{call}</Detail>
            </DescriptionList>
        </section>
    }
    .into_any()
}

fn visits(page: &Page, found: &Found<RecordedVisit>, grounds: Grounds) -> AnyView {
    let title = match grounds {
        Grounds::Care => "Visits with you",
        Grounds::Emergency { .. } => "Visits with all doctors",
    };
    let rows: Vec<_> = found.items.iter().map(|visit| row(page, visit)).collect();
    let columns =
        ["When", "With", "What for", "State"].into_iter().map(Column::new).collect::<Vec<_>>();
    view! {
        <section class="stack" aria-labelledby="visits">
            <h2 id="visits">{title}</h2>
            {match rows.is_empty() {
                true => view! {
                    <EmptyState icon=IconName::Calendar title="No visits" text="There has been none so far." />
                }.into_any(),
                false => view! { <Table caption=title hidden_caption=true columns>{rows}</Table> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

fn row(page: &Page, visit: &RecordedVisit) -> AnyView {
    let when = Moment::new(visit.starts_at, page.zone().as_ref(), &visit.time_zone).dated();
    let when = match visit.is_own {
        true => view! { <a href=format!("/visits/{}", visit.id)>{when}</a> }.into_any(),
        false => when.into_any(),
    };
    let with = if visit.is_own { "You".to_owned() } else { visit.provider_name.clone() };
    let kind = visit.appointment_type.label();
    let (status, complaint) = (visit.status, visit.chief_complaint.clone());
    view! {
        <tr>
            <RowHead>{when}</RowHead>
            <Cell label="With">{with}<br /><span class="muted small">{kind}" visit"</span></Cell>
            <Cell label="What for"><span class="typed">{complaint}</span></Cell>
            <Cell label="State"><Badge tone=tone(status)>{status.label()}</Badge></Cell>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::age;
    use jiff::civil::date;

    #[test]
    fn age_is_told_in_years_and_of_small_children_in_months() {
        let today = date(2026, 3, 2);
        for (born, told) in [
            (date(1980, 3, 2), "46 years"),
            (date(1980, 3, 3), "45 years"),
            (date(2024, 3, 3), "23 months"),
            (date(2024, 3, 2), "2 years"),
            (date(2026, 2, 2), "1 month"),
            (date(2026, 3, 2), "0 months"),
        ] {
            assert_eq!(age(born, today), told);
        }
    }
}
