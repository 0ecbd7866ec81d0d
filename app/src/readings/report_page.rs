//! The report of a period: to read, to print, and to give to a doctor.
use super::{
    ALL, PATH,
    chart_svg::chart,
    dashboard_page::trend,
    kind_page::{figures, key},
    spots::Plot,
    words::{daily_table, figures_table, insight_list},
};
use crate::{Page, PageResult, document::Waking, fields::Fields, times::Moment};
use axum::response::Response;
use domain::{
    readings::{MetricKind, Period, Span, Step, improvements, insights, next_step},
    zone::Zone,
};
use islands::Charts;
use jiff::civil::Date;
use leptos::prelude::*;
use services::{
    identity::Patient,
    readings::{self, KindCourse, Report, ReportPart},
};
use ui::{
    Button, ButtonKind, Cell, Choice, Column, DateField, EmptyState, Icon, IconName, LinkButton,
    PageHeader, RowHead, Section, SelectField, Table,
};

const HERE: &str = "/patient/readings/report";

/// A day is too short for one.
const PERIODS: [Period; 3] = [Period::Week, Period::Month, Period::Quarter];

/// `/patient/readings/report?period=&last=`; `last` is the last day of the period.
pub async fn show(page: Page) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let query = Fields::of_query(page.query());
    let period = Period::read(query.get("period")).filter(|period| PERIODS.contains(period));
    let period = period.unwrap_or(Period::Month);
    let report = readings::report(page.clinic(), &patient, period, query.parse("last")).await?;
    Ok(report_page(page, &report))
}

fn report_page(page: Page, report: &Report) -> Response {
    let (span, whose) = (report.span, whose(&page));
    let body = match report.parts.is_empty() {
        true => none(),
        false => view! {
            {better(report)}
            {glance(report)}
            {next(report)}
            {report.parts.iter().map(part).collect::<Vec<_>>()}
        }
        .into_any(),
    };
    let (choice, moves) = (choice(report), moves(report));
    let (missing, export) = (missing(report), export(span));
    let has_parts = !report.parts.is_empty();
    let page = if has_parts { page.with_islands(Waking::OnUse) } else { page };
    page.show("Report of your readings", move || {
        let print = move || {
            has_parts.then(|| {
                view! {
                    <button type="button" class="button button-secondary" data-prints="page" hidden=true>"Print"</button>
                }
            })
        };
        view! {
            <PageHeader title="Report of your readings" lede=span.words() back_href=PATH back_label="Your readings" actions=print />
            {whose}
            <div class="screen-only stack">
                <p>"To keep it or to give it to your doctor, choose Print in your browser: on paper, or “Save as PDF” in the place of a printer."</p>
                {choice}
                {moves}
            </div>
            {body}
            {missing}
            {export}
            <p class="muted">"These figures say how the person compares with most adults or, where a doctor has set a target, with that. They are no diagnosis. Figures for which there are too few readings are left out."</p>
            {has_parts.then(|| view! { <Charts /> })}
        }
    })
}

/// On paper nobody sees who was signed in.
fn whose(page: &Page) -> AnyView {
    let name = page.actor().map(|actor| format!("{} {}", actor.first_name, actor.last_name));
    let made = Moment::new(page.clinic().now(), page.zone().as_ref(), Zone::UTC).dated();
    view! {
        <p class="print-only">"Of "<strong>{name}</strong>". Made with MedConnect on "{made}"."</p>
    }
    .into_any()
}

fn address(span: Span, today: Date) -> String {
    let period = span.period;
    match span.last == today {
        true => format!("{HERE}?period={period}"),
        false => format!("{HERE}?period={period}&last={}", span.last),
    }
}

/// Which time it is about.
fn choice(report: &Report) -> AnyView {
    let name = |period: Period| match period {
        Period::Day => "A day",
        Period::Week => "7 days",
        Period::Month => "30 days",
        Period::Quarter => "13 weeks",
    };
    let options: Vec<_> =
        PERIODS.iter().map(|period| Choice::new(period.as_str(), name(*period))).collect();
    let (selected, last) = (report.span.period.to_string(), report.span.last.to_string());
    view! {
        <form method="get" class="cluster search-line" action=HERE>
            <SelectField label="How long" name="period" options selected />
            <DateField label="Last day" name="last" max=report.today.to_string() value=last />
            <Button kind=ButtonKind::Secondary>"Show"</Button>
        </form>
    }
    .into_any()
}

fn moves(report: &Report) -> AnyView {
    let (span, today) = (report.span, report.today);
    let later = span.after(today).map(|later| {
        let href = address(later, today);
        view! { <a class="button button-quiet button-small" rel="next" href=href>"Later"<Icon name=IconName::ChevronRight /></a> }
    });
    let earlier = address(span.before(), today);
    view! {
        <nav class="period-line" aria-label="Earlier and later">
            <a class="button button-quiet button-small" rel="prev" href=earlier><Icon name=IconName::ChevronLeft />"Earlier"</a>
            {later.map_or_else(|| view! { <span class="muted">"Until today"</span> }.into_any(), IntoAny::into_any)}
        </nav>
    }
    .into_any()
}

fn none() -> AnyView {
    view! {
        <EmptyState
            icon=IconName::Chart title="Nothing measured"
            text="Nothing was measured in this time, so there is nothing to report. Choose another time, or enter what you have measured."
            action_href="/patient/readings/new" action_label="Enter a reading"
        />
    }
    .into_any()
}

/// What has improved, kind by kind.
fn better(report: &Report) -> AnyView {
    let lines: Vec<_> = report
        .parts
        .iter()
        .flat_map(|part| {
            let course = &part.course;
            let label = course.summary.kind.label();
            improvements(&course.summary, &part.before, course.scale).into_iter().map(move |said| {
                view! { <li class="insight insight-good"><Icon name=IconName::Done /><span><strong>{label}</strong>": "{said}</span></li> }
            })
        })
        .collect();
    let length = report.span.period.length();
    let body = match lines.is_empty() {
        true => {
            let text = format!("Nothing stands out against the {length} before.");
            view! { <p>{text}</p> }.into_any()
        }
        false => view! { <ul class="plain-list" role="list">{lines}</ul> }.into_any(),
    };
    view! { <Section title="What improved" id="improved">{body}</Section> }.into_any()
}

/// All kinds in one table, each figure with what is behind it.
fn glance(report: &Report) -> AnyView {
    let before = format!("In the {} before", report.span.period.length());
    let columns = ["What", "On average", "Measured on", "In range", "Trend"];
    let columns =
        columns.into_iter().map(str::to_owned).chain([before.clone()]).map(Column::new).collect();
    let rows: Vec<_> = report
        .parts
        .iter()
        .map(|part| {
            let (course, summary) = (&part.course, &part.course.summary);
            let average = summary.average.map(|level| level.shown(course.scale));
            let average = average.unwrap_or_else(|| "Too few to say".to_owned());
            let share = summary.in_range.zip(summary.target).map(|(share, target)| {
                let of = if share.is_of_days { "days" } else { "readings" };
                format!("{} % of {} {of} in {}", share.percent(), share.of, target.name())
            });
            let (label, covered) = (summary.kind.label(), summary.coverage.words());
            let (share, trend) = (or_dash(share), or_dash(trend(summary)));
            let earlier = earlier(part);
            view! {
                <tr>
                    <RowHead>{label}</RowHead>
                    <Cell label="On average"><strong class="tabular">{average}</strong></Cell>
                    <Cell label="Measured on">{covered}</Cell>
                    <Cell label="In range">{share}</Cell>
                    <Cell label="Trend">{trend}</Cell>
                    <Cell label=before.clone()>{earlier}</Cell>
                </tr>
            }
        })
        .collect();
    view! {
        <Section title="At a glance" id="glance">
            <Table caption="All that was measured, at a glance" hidden_caption=true columns>{rows}</Table>
        </Section>
    }
    .into_any()
}

fn or_dash(words: Option<String>) -> String {
    words.unwrap_or_else(|| "–".to_owned())
}

/// `124/81 mmHg (18 of 30 days)`
fn earlier(part: &ReportPart) -> String {
    let before = &part.before;
    match before.average {
        Some(average) => {
            format!("{} ({})", average.shown(part.course.scale), before.coverage.words())
        }
        None if before.coverage.with == 0 => "Not measured".to_owned(),
        None => format!("Too few to say ({})", before.coverage.words()),
    }
}

/// What to do after the period; of one that is over the newest reading says nothing.
fn step(course: &KindCourse) -> Step {
    let is_now = course.summary.span.last == course.today;
    let newest = course.newest.as_ref().filter(|_| is_now);
    next_step(&course.summary, newest.map(|newest| newest.reading.into()))
}

fn next(report: &Report) -> AnyView {
    let lines: Vec<_> = report
        .parts
        .iter()
        .map(|part| {
            let kind = part.course.summary.kind;
            let text = step(&part.course).text(kind);
            view! { <li><strong>{kind.label()}</strong>": "{text}</li> }
        })
        .collect();
    view! { <Section title="What to do next" id="next"><ul>{lines}</ul></Section> }.into_any()
}

/// Chart, figures and days of one kind.
fn part(part: &ReportPart) -> AnyView {
    let course = &part.course;
    let (kind, plot) = (course.summary.kind, Plot::of(course));
    let said = insights(&course.summary, course.scale);
    let said = (!said.is_empty()).then(|| insight_list(&said));
    view! {
        <section class="section stack report-part" aria-labelledby=kind.as_str()>
            <div class="stack report-whole">
                <h2 id=kind.as_str()>{kind.label()}</h2>
                {chart(&plot, &course.summary, None)}
                {key(course, &plot)}
            </div>
            {figures(course)}
            {said}
            <div class="screen-only">{figures_table(course, &plot, None)}</div>
            // What is folded away is not on paper.
            <div class="print-only">
                <h3>{format!("{}, day by day", kind.label())}</h3>
                {daily_table(course, &plot, None)}
            </div>
        </section>
    }
    .into_any()
}

fn missing(report: &Report) -> Option<AnyView> {
    let names: Vec<_> = report.not_measured.iter().map(|kind: &MetricKind| kind.label()).collect();
    (!names.is_empty()).then(|| {
        let text = format!("Not measured in this time: {}.", names.join(", ").to_lowercase());
        view! { <p class="muted">{text}</p> }.into_any()
    })
}

fn export(span: Span) -> AnyView {
    let file = format!("{PATH}/export?from={}&to={}", span.first(), span.last);
    view! {
        <p class="cluster screen-only">
            <LinkButton href=file kind=ButtonKind::Secondary>"Download these readings"</LinkButton>
            <a href=ALL>"All your readings"</a>
        </p>
    }
    .into_any()
}
