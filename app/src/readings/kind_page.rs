use super::{
    ALL, PATH, Reader,
    chart::extent,
    chart_svg::chart,
    dashboard_page::trend,
    edit_path,
    limits_page::{own_limits, saved},
    range_label,
    spots::Plot,
    time::Times,
    value_in, when,
    words::{figures_table, insight_list},
};
use crate::{Page, PageResult, document::Waking, fields::Fields};
use axum::{extract::Path, response::Response};
use domain::readings::{
    Change, Insight, MetricKind, Mood, Period, Share, Span, Summary, insights, next_step,
};
use islands::Charts;
use jiff::civil::Date;
use leptos::prelude::*;
use services::{
    Error,
    identity::Patient,
    readings::{self, KindCourse},
};
use ui::{ButtonKind, EmptyState, IconName, LinkButton, Notice, PageHeader, Section, Stat, Tone};

/// `/patient/readings/{kind}?period=&on=`; `on` is the last day of the period.
pub async fn show(page: Page, Path(kind): Path<String>) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let kind: MetricKind = kind.parse().map_err(|_| Error::NotFound)?;
    let (period, last) = asked(&page);
    let course = readings::course_of(page.clinic(), &patient, kind, period, last).await?;
    Ok(kind_page(page, &course, &Reader::Patient))
}

/// The period that is asked for, and its last day, if it is not today.
pub fn asked(page: &Page) -> (Period, Option<Date>) {
    let query = Fields::of_query(page.query());
    (query.parse("period").unwrap_or(Period::Month), query.parse("on"))
}

pub fn kind_page(page: Page, course: &KindCourse, reader: &Reader) -> Response {
    let (summary, plot) = (&course.summary, Plot::of(course));
    let kind = summary.kind;
    let newest = newest(&page, course, reader);
    let here = reader.path_of(kind);
    let times = Times { here: here.clone(), today: course.today };
    let body = match plot.spots.is_empty() {
        true => none(summary),
        false => view! {
            {chart(&plot, summary, Some(&times))}
            {key(course, &plot)}
            {figures(course)}
            {figures_table(course, &plot, Some(&times))}
        }
        .into_any(),
    };
    let (said, own) = (said(course, reader), own_limits(&page, course, reader));
    let saved = saved(&page, reader);
    let (periods, moves) = (times.periods(summary.span), times.moves(summary.span));
    let has_chart = !plot.spots.is_empty();
    let (back_href, back_label) = (reader.path(), reader.title());
    let (action, links) = match reader {
        Reader::Patient => (
            Some((format!("{PATH}/new?kind={kind}"), "Enter a reading", IconName::Plus)),
            Some(own_links(kind, summary.span)),
        ),
        Reader::Doctor { .. } if kind.has_limits() => {
            (Some((format!("{here}/limits"), "Set limits", IconName::Edit)), None)
        }
        Reader::Doctor { .. } => (None, None),
    };
    let title = match reader {
        Reader::Patient => kind.label().to_owned(),
        Reader::Doctor { name, .. } => format!("{} of {name}", kind.label()),
    };
    let page = if has_chart { page.with_islands(Waking::OnUse) } else { page };
    page.show(title, move || {
        let action = move || action.map(|(href, words, icon)| view! { <LinkButton href=href icon=icon>{words}</LinkButton> });
        view! {
            <PageHeader title=kind.label() back_href back_label actions=action />
            {saved}
            {newest}
            {periods}
            {moves}
            {body}
            {own}
            {said}
            {links}
            {has_chart.then(|| view! { <Charts /> })}
        }
    })
}

/// Where the same time is read otherwise.
fn own_links(kind: MetricKind, span: Span) -> AnyView {
    let (first, last) = (span.first(), span.last);
    // A day is too short for a report.
    let report = (span.period != Period::Day).then(|| {
        let href = format!("{PATH}/report?period={}&last={last}", span.period);
        let words = format!("Report of these {}", span.period.length());
        view! { <a href=href>{words}</a> }
    });
    let all = format!("{ALL}?kind={kind}");
    let file = format!("{PATH}/export?kind={kind}&from={first}&to={last}");
    view! {
        <p class="cluster">
            {report}
            <a href=file>"Download these readings"</a>
            <a href=all>"All readings of this kind"</a>
        </p>
    }
    .into_any()
}

fn newest(page: &Page, course: &KindCourse, reader: &Reader) -> AnyView {
    let Some(newest) = &course.newest else {
        let who = match reader {
            Reader::Patient => "You have",
            Reader::Doctor { .. } => "The patient has",
        };
        let text = format!(
            "{who} entered or sent no readings of this kind: {}.",
            course.summary.kind.label().to_lowercase()
        );
        return view! { <p class="lede">{text}</p> }.into_any();
    };
    let (value, when) = (value_in(newest, course.scale), when(page, newest.recorded_at));
    let change = matches!(reader, Reader::Patient).then(|| {
        let what = if newest.device.is_some() { "Add a note" } else { "Change it" };
        view! { " "<a href=edit_path(newest.id)>{what}</a> }
    });
    view! {
        <p class="lede">"Newest: "<strong class="tabular">{value}</strong>", "{when}{change}</p>
    }
    .into_any()
}

fn none(summary: &Summary) -> AnyView {
    let text = match summary.span.period {
        Period::Day => "Nothing of this kind was measured on this day.".to_owned(),
        period => format!("Nothing of this kind was measured in these {}.", period.length()),
    };
    view! { <EmptyState icon=IconName::Chart title="Nothing measured" text=text /> }.into_any()
}

/// What the colours of the chart mean, and who says what is usual.
pub fn key(course: &KindCourse, plot: &Plot) -> AnyView {
    let target = course.summary.target.filter(|_| !plot.bands.is_empty()).map(|target| {
        let range = target.words(course.scale);
        let words = match course.personal() {
            Some(set) if target.is_personal => format!("Target range: {range} (set by {})", set.by),
            _ => format!("Usual range in adults: {range} ({})", target.source),
        };
        view! { <span><i></i>{words}</span> }
    });
    let spread = (!plot.is_total && plot.spots.iter().any(|spot| spot.readings > 1)).then(
        || view! { <span><i class="chart-key-spread"></i>"From the lowest to the highest"</span> },
    );
    // It is that of now.
    let is_now = course.summary.span.last == course.today;
    let usual = course.usual.filter(|_| is_now).map(|usual| {
        let words =
            format!("Usual for you: {} (most of your last 28 days)", usual.words(course.scale));
        view! { <span>{words}</span> }
    });
    let unit = format!("In {}", course.scale.words);
    view! { <p class="chart-key"><span>{unit}</span>{target}{usual}{spread}</p> }.into_any()
}

/// Each figure with what is behind it; those that too little is behind are not there.
pub fn figures(course: &KindCourse) -> AnyView {
    let summary = &course.summary;
    let coverage = summary.coverage;
    let readings = if coverage.readings == 1 { "reading" } else { "readings" };
    let of = format!("From {} {readings}, {}", coverage.readings, coverage.words());
    let label = match (summary.kind.is_total(), summary.span.period) {
        (true, Period::Day) => "In all",
        (true, _) => "On an average day",
        (false, _) => "Average",
    };
    let average = summary.average.map(|average| {
        let value = average.number(course.scale);
        view! { <Stat label=label value unit=course.scale.words note=of.clone() /> }
    });
    let is_missing = summary.average.is_none() && !summary.is_running();
    let missing = is_missing.then(|| {
        view! { <Stat label=label value="–" note=format!("Too few to say: {}", coverage.words()) /> }
    });
    let so_far = summary.so_far.map(|level| {
        let value = level.number(course.scale);
        view! { <Stat label="So far today" value unit=course.scale.words note="Counted when the day is over" /> }
    });
    let extremes = summary.extremes.map(|ends| {
        let value = extent(ends, course.scale);
        let label = match (summary.kind.is_total(), summary.span.period) {
            (true, Period::Day) => "Lowest and highest hour",
            (true, _) => "Lowest and highest day",
            (false, _) => "Lowest and highest",
        };
        view! { <Stat label value unit=course.scale.words note=of.clone() /> }
    });
    let share = summary.in_range.map(|share: Share| {
        let of = if share.is_of_days { "days" } else { "readings" };
        let note = format!("{} of {} {of}", share.within, share.of);
        view! { <Stat label=range_label(summary) value=share.percent().to_string() unit="%" note /> }
    });
    let trend = trend(summary).map(|words| {
        let note = format!("From {}", coverage.words());
        view! { <Stat label="Trend" value=words note /> }
    });
    let change = summary.change.map(|change| changed(course, change));
    view! { <div class="grid">{average}{missing}{so_far}{extremes}{share}{trend}{change}</div> }
        .into_any()
}

fn changed(course: &KindCourse, change: Change) -> AnyView {
    let label = format!("In the {} before", course.summary.span.period.length());
    let note = if change.is_clear() { "Clearly different" } else { "About the same" };
    let value = change.before.number(course.scale);
    view! { <Stat label value unit=course.scale.words note /> }.into_any()
}

/// What the figures say, and what to do next.
fn said(course: &KindCourse, reader: &Reader) -> Option<AnyView> {
    let newest = course.newest.as_ref()?;
    let summary = &course.summary;
    let all: Vec<Insight> = insights(summary, course.scale);
    let is_now = summary.span.last == course.today;
    let step = is_now.then(|| {
        let step = next_step(summary, Some(newest.reading.into()));
        let text = step.text(summary.kind);
        let is_own = matches!(reader, Reader::Patient);
        let see = (is_own && step == domain::readings::Step::ShowToDoctor).then(|| {
            view! { <p><LinkButton href="/doctors" kind=ButtonKind::Secondary>"Find a doctor"</LinkButton></p> }
        });
        let title = if is_own { "What to do next" } else { "What the patient reads here" };
        view! { <Notice tone=Tone::Information title><p>{text}</p>{see}</Notice> }
    });
    let list = (!all.is_empty()).then(|| {
        view! { <Section title="What this says" id="insights">{insight_list(&all)}</Section> }
    });
    Some(view! { {list}{step} }.into_any())
}

/// The icon that goes with a sentence.
pub const fn mark(mood: Mood) -> (&'static str, IconName) {
    match mood {
        Mood::Good => ("insight insight-good", IconName::Done),
        Mood::Neutral => ("insight insight-neutral", IconName::Info),
        Mood::Notice => ("insight insight-notice", IconName::Warning),
    }
}
