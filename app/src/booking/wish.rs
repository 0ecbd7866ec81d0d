//! What is wanted beside one visit: the following times for others, or the same again.
use crate::{Page, family::who, fields::Fields, forms};
use domain::{
    FieldProblem, Problem,
    booking::{EVERY_WEEKS, MOST_PEOPLE, MOST_VISITS},
    identity::UserId,
};
use leptos::prelude::*;
use services::{
    family::BookedFor,
    identity::{Caller, Patient},
};
use ui::{CheckboxGroup, Choice, Fold, SelectField, TextField};

/// What is wanted beside the one visit.
pub enum Wish {
    Nothing,
    /// Visits of several people, one after another; the one chosen first comes first.
    Together(Vec<(UserId, String)>),
    /// Visits of one person that come again.
    Series {
        every_weeks: u8,
        times: usize,
    },
}

/// What the form says is wanted, or what is wrong with it.
pub fn wish(
    fields: &Fields,
    person: UserId,
    caller: &Caller<Patient>,
    people: &[BookedFor],
) -> Result<Wish, Vec<FieldProblem>> {
    let problem = |field, message| Err(vec![FieldProblem::new(field, message)]);
    let known = who::names(caller, people);
    let others: Vec<_> = known
        .iter()
        .filter(|(id, _)| *id != person && fields.all("also").any(|word| word == id.to_string()))
        .cloned()
        .collect();
    let Some(repeat) = fields.some("repeat") else {
        let first = known.into_iter().find(|(id, _)| *id == person);
        return match (first, others.len()) {
            (_, 0) | (None, _) => Ok(Wish::Nothing),
            (_, MOST_PEOPLE..) => {
                problem("also", "Choose three others or fewer: four people come at once.")
            }
            (Some(first), _) => Ok(Wish::Together(std::iter::once(first).chain(others).collect())),
        };
    };
    if !others.is_empty() {
        return problem("repeat", "Repeat the visit of one person, or book for several. Not both.");
    }
    let every_weeks = repeat.parse().ok().filter(|weeks| EVERY_WEEKS.contains(weeks));
    let times = fields.parse("times").filter(|times| (2..=MOST_VISITS).contains(times));
    match (every_weeks, times) {
        (None, _) => problem("repeat", "Choose one of the list."),
        (_, None) => problem("times", "Enter a whole number from 2 to 12."),
        (Some(every_weeks), Some(times)) => Ok(Wish::Series { every_weeks, times }),
    }
}

/// The fields for more than one visit, folded away as long as nobody wants them.
pub fn inputs(
    page: &Page,
    fields: &Fields,
    beside: &[BookedFor],
    problem: Option<&Problem>,
) -> AnyView {
    let caller = page.caller::<Patient>().ok();
    let people: Vec<_> = caller
        .filter(|_| !beside.is_empty())
        .map(|caller| who::names(&caller, beside))
        .unwrap_or_default()
        .into_iter()
        .map(|(id, name)| Choice::new(id.to_string(), name))
        .collect();
    let several = !people.is_empty();
    let also: Vec<_> = fields.all("also").map(str::to_owned).collect();
    let also_open = !also.is_empty();
    let repeats =
        [("", "Only once"), ("1", "Every week"), ("2", "Every 2 weeks"), ("4", "Every 4 weeks")];
    let repeats: Vec<_> =
        repeats.into_iter().map(|(value, label)| Choice::new(value, label)).collect();
    let [also_wrong, repeat_wrong, times_wrong] =
        ["also", "repeat", "times"].map(|name| forms::at(problem, name));
    let repeat = fields.text("repeat");
    let repeat_open = !repeat.is_empty();
    let times = fields.some("times").unwrap_or("6").to_owned();
    view! {
        {several.then(|| view! {
            <Fold title="Book the following times for others" open=also_open>
                <CheckboxGroup
                    legend="Who comes along?" name="also" options=people selected=also
                    hint="Each gets the next free time after the one before. You see the times before anything is booked."
                    error=also_wrong
                />
            </Fold>
        })}
        <Fold title="Repeat this visit" open=repeat_open>
            <SelectField label="How often" name="repeat" options=repeats selected=repeat error=repeat_wrong />
            <TextField
                label="Visits in all" name="times" inputmode="numeric" value=times
                hint="From 2 to 12, this one included. You see each date before anything is booked."
                error=times_wrong
            />
        </Fold>
    }
    .into_any()
}
