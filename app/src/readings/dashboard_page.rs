use super::{
    ALERTS, ALL, PATH, Reader, alert_card::title, chart_svg::small_chart, live::summary,
    milestones_page::latest, range_label, spots::Plot, when,
};
use crate::{
    Page, PageResult,
    devices::{Tab, tabs},
    fields::Fields,
};
use domain::readings::{Course, Coverage, Direction, MetricKind, Part, Period, Severity, Summary};
use leptos::prelude::*;
use services::{
    identity::Patient,
    readings::{
        self, Dashboard, KindCourse,
        alerts::{self, Alert},
    },
};
use ui::{
    ButtonKind, DescriptionList, Detail, EmptyState, IconName, LinkButton, NavItem, Notice,
    PageHeader, Tabs, Tone,
};

const LEDE: &str = "What was measured of you, what it comes to, and where it is going.";

/// A day is on the page of each kind, by its hours.
const PERIODS: [Period; 3] = [Period::Week, Period::Month, Period::Quarter];

/// `/patient/readings?period=`
pub async fn show(page: Page) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let period = period(&page);
    let Dashboard { courses, reached } =
        readings::dashboard(page.clinic(), &patient, period).await?;
    let open = alerts::open(page.clinic(), &patient).await?;
    let cards = cards(&page, &courses, period, &Reader::Patient);
    let reached = latest(&reached);
    Ok(page.show("Your readings", move || {
        let add = || view! { <LinkButton href="/patient/readings/new" icon=IconName::Plus>"Enter a reading"</LinkButton> };
        let body = match cards.is_empty() {
            true => none(),
            false => view! {
                {periods(period, &Reader::Patient)}
                <div class="grid">{cards}</div>
                {reached}
                <p><LinkButton href=format!("{PATH}/report?period={period}") kind=ButtonKind::Secondary>"Report to read or print"</LinkButton></p>
                <p class="muted">"These figures say how you compare with most adults or, where your doctor has set a target, with that. They are no diagnosis: your doctor knows what is right for you. They are in the unit your newest reading came in, or in "<a href="/account/units">"the units you have chosen"</a>"."</p>
            }
            .into_any(),
        };
        view! {
            <PageHeader title="Your readings" lede=LEDE actions=add />
            {tabs(Tab::Overview)}
            {concerns(&open)}
            {body}
        }
    }))
}

/// What needs attention, before everything else.
fn concerns(open: &[Alert]) -> Option<AnyView> {
    let worst = open.iter().map(|alert| alert.severity.max(alert.reading_severity)).max()?;
    let tone = if worst == Severity::Critical { Tone::Critical } else { Tone::Caution };
    let lines: Vec<_> = open.iter().map(|alert| view! { <p>{title(alert)}"."</p> }).collect();
    Some(
        view! {
            <div data-alerts-shown=summary(open)>
                <Notice tone>{lines}<p><a href=ALERTS>"See what to do"</a></p></Notice>
            </div>
        }
        .into_any(),
    )
}

/// The period that is asked for; a month, if none is.
pub fn period(page: &Page) -> Period {
    let asked = Fields::of_query(page.query()).parse("period");
    asked.filter(|period| PERIODS.contains(period)).unwrap_or(Period::Month)
}

pub fn periods(open: Period, reader: &Reader) -> AnyView {
    let path = reader.path();
    let items = PERIODS.map(|period| {
        NavItem::new(format!("{path}?period={period}"), period.label()).current(period == open)
    });
    view! { <Tabs label="How long a time" items=items.to_vec() /> }.into_any()
}

fn none() -> AnyView {
    view! {
        <EmptyState
            icon=IconName::Chart title="No readings yet"
            text="Enter what you have measured, or add a device that sends it by itself."
            action_href="/patient/devices/new" action_label="Add a device"
        />
        <p class="cluster">
            <LinkButton href="/patient/readings/new" kind=ButtonKind::Secondary>"Enter a first reading"</LinkButton>
            <a href=ALL>"What was sent so far"</a>
        </p>
    }
    .into_any()
}

/// A card of each kind.
pub fn cards(page: &Page, courses: &[KindCourse], period: Period, reader: &Reader) -> Vec<AnyView> {
    courses.iter().map(|course| card(page, course, period, reader)).collect()
}

fn card(page: &Page, course: &KindCourse, period: Period, reader: &Reader) -> AnyView {
    let summary = &course.summary;
    let kind = summary.kind;
    let newest = course.newest.as_ref().map(|newest| {
        let when = when(page, newest.recorded_at);
        let value = super::value_in(newest, course.scale);
        view! {
            <p class="stat-value tabular">{value}</p>
            <p class="muted">{when}</p>
        }
    });
    let plot = Plot::of(course);
    let chart = (plot.spots.len() > 1).then(|| small_chart(&plot));
    view! {
        <section class="card card-pressable reading-card">
            <h2 class="h3"><a href=format!("{}?period={period}", reader.path_of(kind))>{kind.label()}</a></h2>
            {newest}
            {chart}
            {facts(course, kind)}
        </section>
    }
    .into_any()
}

/// Each figure with what is behind it.
fn facts(course: &KindCourse, kind: MetricKind) -> AnyView {
    let summary = &course.summary;
    let length = summary.span.period.length();
    let coverage = summary.coverage;
    let average = match summary.average {
        Some(average) => format!("{} (from {})", average.shown(course.scale), coverage.words()),
        None => withheld(coverage),
    };
    let term = if kind.is_total() { "On an average day" } else { "Average" };
    let range = summary.in_range.map(|share| {
        let of = if share.is_of_days { "days" } else { "readings" };
        let words = format!("{} % of {} {of}", share.percent(), share.of);
        let term = range_label(summary);
        view! { <Detail term>{words}</Detail> }
    });
    let so_far = summary.so_far.map(|level| {
        let words = level.shown(course.scale);
        view! { <Detail term="So far today">{words}</Detail> }
    });
    let trend = trend(summary).map(|words| view! { <Detail term="Trend">{words}</Detail> });
    view! {
        <DescriptionList>
            <Detail term=format!("{term}, {length}")>{average}</Detail>
            {so_far}
            {range}
            {trend}
        </DescriptionList>
    }
    .into_any()
}

/// What stands in place of a figure.
fn withheld(coverage: Coverage) -> String {
    match coverage.needed {
        Some(_) => format!("Too few readings: {}", coverage.words()),
        None => format!("Not counted: {}", coverage.words()),
    }
}

/// `Falling, clearly`
pub fn trend(summary: &Summary) -> Option<String> {
    let said = |(part, course): (Part, Course)| match part {
        Part::Upper => way(course),
        Part::Lower => format!("the lower number {}", way(course).to_lowercase()),
    };
    let all: Vec<_> = summary.courses().into_iter().map(said).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn way(course: Course) -> String {
    let direction = match course.direction {
        Direction::Rising => "Rising",
        Direction::Falling => "Falling",
        Direction::Steady => return "Steady".to_owned(),
    };
    match course.certainty {
        Some(certainty) => format!("{direction}, {}", certainty.adverb()),
        None => "No clear direction".to_owned(),
    }
}
