//! The limits that a doctor sets for one patient: their form, and what the pages of a kind say of them.
use super::{Reader, doctor_pages::patient, when};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms, page::see_other};
use axum::{extract::Path, response::Response};
use domain::{
    Problem,
    readings::{LIMIT_FIELDS, Limits, MetricKind, Period, Scale, TypedLimits, numbers_of_most},
};
use leptos::prelude::*;
use services::{
    Error,
    identity::Doctor,
    readings::{self, KindCourse, OfPatient},
};
use ui::{
    Button, ButtonKind, Choice, DescriptionList, Detail, Fieldset, FormMessage, PageHeader,
    Section, SelectField, TextField,
};

/// `/doctor/patients/{id}/readings/{kind}/limits`
pub async fn show(page: Page, Path((id, kind)): Path<(String, String)>) -> PageResult {
    let of = seen(&page, &id, &kind).await?;
    let typed = as_typed(&of.seen);
    Ok(form(page, &of, &typed, None))
}

pub async fn change(
    page: Page,
    Path((id, kind)): Path<(String, String)>,
    fields: Fields,
) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let (patient, kind) = (patient(&id)?, known(&kind)?);
    let typed = match fields.is_on("reset") {
        true => TypedLimits::default(),
        false => typed(&fields),
    };
    let version = fields.parse("version").unwrap_or_default();
    let clinic = page.clinic();
    match readings::set_limits(clinic, &doctor, patient, kind, &typed, version).await {
        Ok(_) => {
            let saved = if fields.is_on("reset") { "reset" } else { "set" };
            Ok(see_other(&format!("/doctor/patients/{patient}/readings/{kind}?limits={saved}")))
        }
        Err(error) => {
            let problem = form_problem(error)?;
            let of = seen(&page, &id, kind.as_str()).await?;
            Ok(form(page, &of, &typed, Some(problem)))
        }
    }
}

fn known(kind: &str) -> PageResult<MetricKind> {
    let kind: Option<MetricKind> = kind.parse().ok();
    Ok(kind.filter(|kind| kind.has_limits()).ok_or(Error::NotFound)?)
}

async fn seen(page: &Page, id: &str, kind: &str) -> PageResult<OfPatient<KindCourse>> {
    let doctor = page.caller::<Doctor>()?;
    let (patient, kind) = (patient(id)?, known(kind)?);
    let (clinic, month) = (page.clinic(), Period::Month);
    Ok(readings::course_of_patient(clinic, &doctor, patient, kind, month, None).await?)
}

fn typed(fields: &Fields) -> TypedLimits {
    TypedLimits { unit: fields.text("unit"), numbers: LIMIT_FIELDS.map(|name| fields.text(name)) }
}

fn as_typed(course: &KindCourse) -> TypedLimits {
    match &course.set {
        Some(set) => TypedLimits::of(&set.limits, course.scale),
        None => TypedLimits { unit: course.scale.unit.to_string(), ..TypedLimits::default() },
    }
}

fn form(
    page: Page,
    of: &OfPatient<KindCourse>,
    typed: &TypedLimits,
    problem: Option<Problem>,
) -> Response {
    let (course, problem) = (&of.seen, problem.as_ref());
    let kind = course.summary.kind;
    let reader = Reader::Doctor { patient: of.patient, name: of.name.clone() };
    let back = reader.path_of(kind);
    let action = format!("{back}/limits");
    let title = format!("Limits of {} for {}", kind.label().to_lowercase(), of.name);
    let heading = title.clone();
    let lede = match course.summary.average {
        Some(average) => format!(
            "In the last 30 days it was {} on average, from {}.",
            average.shown(course.scale),
            course.summary.coverage.words()
        ),
        None => "There are too few readings of the last 30 days to say what they are on average."
            .to_owned(),
    };
    let version = course.set.as_ref().map_or(0, |set| set.version).to_string();
    let reset = course.personal().is_some().then(|| {
        let version = version.clone();
        let action = action.clone();
        view! {
            <form method="post" action=action>
                <input type="hidden" name="version" value=version />
                <input type="hidden" name="reset" value="1" />
                <Button kind=ButtonKind::Secondary>"Go by most adults again"</Button>
            </form>
        }
    });
    let groups = groups(course, typed, problem);
    let unit = unit(kind, typed, problem);
    let summary = forms::summary(problem);
    page.answering(problem).show(forms::title(problem, &title), || {
        view! {
            <PageHeader title=heading lede back_href=back back_label=kind.label() />
            <article class="narrow stack">
                {summary}
                <p>"What you leave empty is as in most adults. The limits hold for what is measured from now on; earlier days stay counted as they were. The patient sees them, and that they are from you."</p>
                <form method="post" novalidate=true action=action class="stack-large">
                    <input type="hidden" name="version" value=version />
                    {unit}
                    {groups}
                    <Button>"Set these limits"</Button>
                </form>
                {reset}
            </article>
        }
    })
}

/// In which unit the numbers are; of most kinds there is but one.
fn unit(kind: MetricKind, typed: &TypedLimits, problem: Option<&Problem>) -> AnyView {
    let scales: Vec<&Scale> = kind.scales().collect();
    let selected = typed.unit.clone();
    if scales.len() < 2 {
        return view! { <input type="hidden" name="unit" value=selected /> }.into_any();
    }
    let options: Vec<_> =
        scales.iter().map(|scale| Choice::new(scale.unit.as_str(), scale.words)).collect();
    let error = forms::at(problem, "unit");
    view! { <SelectField label="Unit" name="unit" options selected error /> }.into_any()
}

/// The parts of the form: which fields, under which words.
const GROUPS: [(&str, &str, [&str; 2], &str); 3] = [
    ("target", "Target range", ["From", "To"], "Where readings should be."),
    (
        "warning",
        "Worth a look",
        ["Below", "Above"],
        "A reading beyond these is worth a look today.",
    ),
    ("critical", "Urgent", ["Below", "Above"], "A reading beyond these cannot wait."),
];

fn groups(course: &KindCourse, typed: &TypedLimits, problem: Option<&Problem>) -> Vec<AnyView> {
    let kind = course.summary.kind;
    let usual = numbers_of_most(kind);
    let fields: Vec<_> = LIMIT_FIELDS
        .into_iter()
        .zip(typed.numbers.clone())
        .zip(usual)
        .filter(|((name, _), usual)| {
            // Above all that is possible there is nothing to tell of.
            kind.has_limit(name) && *usual != Some(*kind.possible().end())
        })
        .collect();
    let field = |name: &'static str, value: &str, usual: Option<f64>, way: &str| {
        let label = match (kind.is_pair(), name.contains("_lower_")) {
            (false, _) => way.to_owned(),
            (true, false) => format!("Upper number: {}", way.to_lowercase()),
            (true, true) => format!("Lower number: {}", way.to_lowercase()),
        };
        let hint = match usual {
            Some(usual) => {
                format!("Most adults: {} {}", course.scale.shown(usual), course.scale.words)
            }
            None => "Most adults: none".to_owned(),
        };
        view! {
            <TextField
                label name inputmode="decimal" short=true autocomplete="off" hint value=value.to_owned()
                error=forms::at(problem, name)
            />
        }
        .into_any()
    };
    // Those of one number stand side by side.
    let row = |prefix: &str, is_lower: bool, [low, high]: [&str; 2]| {
        let of_row = fields.iter().filter(|((name, _), _)| {
            name.starts_with(prefix) && name.contains("_lower_") == is_lower
        });
        let row: Vec<_> = of_row
            .map(|((name, value), usual)| {
                field(name, value, *usual, if name.ends_with("_low") { low } else { high })
            })
            .collect();
        (!row.is_empty())
            .then(|| view! { <div class="field-row field-pair">{row}</div> }.into_any())
    };
    let group = |(prefix, legend, ways, hint): &(&str, &'static str, [&str; 2], &'static str)| {
        let (upper, lower) = (row(prefix, false, *ways)?, row(prefix, true, *ways));
        let (legend, hint) = (*legend, *hint);
        Some(view! { <Fieldset legend hint>{upper}{lower}</Fieldset> }.into_any())
    };
    GROUPS.iter().filter_map(group).collect()
}

/// What became of the form, once it is sent.
pub fn saved(page: &Page, reader: &Reader) -> Option<AnyView> {
    let words = match Fields::of_query(page.query()).get("limits") {
        "set" => "These limits are set.",
        "reset" => "It goes by most adults again.",
        _ => return None,
    };
    let message = || view! { <FormMessage>{words}</FormMessage> }.into_any();
    matches!(reader, Reader::Doctor { .. }).then(message)
}

/// What holds for this patient instead of what is so in most adults, and who says so.
pub fn own_limits(page: &Page, course: &KindCourse, reader: &Reader) -> Option<AnyView> {
    let set = course.personal()?;
    let (scale, kind) = (course.scale, course.summary.kind);
    let at = when(page, set.at);
    let whom = match reader {
        Reader::Patient => "you",
        Reader::Doctor { .. } => "this patient",
    };
    let said = format!("Set for {whom} by {} on ", set.by);
    let target = set.limits.target().map(|target| {
        let words = target.words(scale);
        view! { <Detail term="Target range">{words}</Detail> }
    });
    let beyond = set.limits.thresholds().map(|thresholds| {
        let (look, urgent) =
            (beyond(thresholds.warning, scale, kind), beyond(thresholds.critical, scale, kind));
        view! {
            <Detail term="Worth a look">{look}</Detail>
            <Detail term="Urgent">{urgent}</Detail>
        }
    });
    let title = match reader {
        Reader::Patient => "Set for you",
        Reader::Doctor { .. } => "Set for this patient",
    };
    Some(
        view! {
            <Section title id="limits">
                <p>{said}{at}", in place of what is usual in adults."</p>
                <DescriptionList>{target}{beyond}</DescriptionList>
                <p class="muted">"What was measured before that stays counted by the range that held then."</p>
            </Section>
        }
        .into_any(),
    )
}

/// `Below 91 or above 159 mmHg; lower number below 50 or above 99`
fn beyond(limits: Limits, scale: &Scale, kind: MetricKind) -> String {
    let words = |band: domain::readings::Band| {
        let high = band.high.filter(|high| high < kind.possible().end());
        let ends = [("below", band.low), ("above", high)];
        let ends =
            ends.into_iter().filter_map(|(way, end)| Some(format!("{way} {}", scale.shown(end?))));
        ends.collect::<Vec<_>>().join(" or ")
    };
    let upper = words(limits.upper);
    let lower = limits.lower.map(words).filter(|words| !words.is_empty());
    match (upper.is_empty(), lower) {
        (true, None) => "Nothing".to_owned(),
        (false, None) => format!("{upper} {}", scale.words),
        (true, Some(lower)) => format!("lower number {lower} {}", scale.words),
        (false, Some(lower)) => format!("{upper} {}, lower number {lower}", scale.words),
    }
}
