use super::Specimen;
use crate::{ProgressSteps, Section, TimeChoice, TimeList, TimeOption, WeekDay, WeekStrip};
use leptos::prelude::*;

/// Weekday, date, free times.
const WEEK: [(&str, &str, usize); 7] = [
    ("Mon", "2 Mar", 0),
    ("Tue", "3 Mar", 4),
    ("Wed", "4 Mar", 12),
    ("Thu", "5 Mar", 1),
    ("Fri", "6 Mar", 8),
    ("Sat", "7 Mar", 0),
    ("Sun", "8 Mar", 0),
];

fn week() -> Vec<WeekDay> {
    WEEK.map(|(weekday, date, count)| WeekDay {
        weekday: weekday.to_owned(),
        date: date.to_owned(),
        count,
        href: "#gallery-times".to_owned(),
    })
    .to_vec()
}

fn times() -> Vec<TimeOption> {
    ["09:00", "09:20", "09:40", "10:00", "10:20", "10:40"]
        .map(|clock| {
            TimeOption::new(format!("2026-03-03T{clock}:00Z"), clock)
                .href("#gallery-times")
                .taken(clock == "09:40")
        })
        .to_vec()
}

fn far_times() -> Vec<TimeOption> {
    [("09:00", "14:30"), ("09:20", "14:50"), ("09:40", "15:10"), ("10:00", "15:30")]
        .map(|(here, there)| {
            TimeOption::new(format!("2026-03-04T{here}:00Z"), here)
                .note(format!("{there} in Kolkata"))
                .taken(here == "10:00")
        })
        .to_vec()
}

#[component]
pub fn Times() -> impl IntoView {
    let steps = ["Time", "Reason", "Payment"].map(str::to_owned).to_vec();
    view! {
        <Section title="Choosing a time" id="gallery-times">
            <Specimen name="Where we are"><ProgressSteps steps current=2 label="Booking" /></Specimen>
            <Specimen name="Week"><WeekStrip days=week() label="Days of this week" selected=1 /></Specimen>
            <div class="gallery-columns">
                <Specimen name="Times as links">
                    <TimeList times=times() label="Tuesday 3 March" />
                </Specimen>
                <Specimen name="Times in a form">
                    <form action="#gallery-times">
                        <TimeChoice
                            legend="Wednesday 4 March" name="start" times=far_times()
                            selected="2026-03-04T09:20:00Z" hint="Your time first, the doctor's below it."
                        />
                    </form>
                </Specimen>
            </div>
        </Section>
    }
}
