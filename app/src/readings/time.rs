//! The way through time on the page of a kind: how long a time is shown, the one before, the one after, and back to today.
use domain::readings::{Period, Span};
use jiff::civil::Date;
use leptos::prelude::*;
use ui::{Icon, IconName, NavItem, Tabs};

/// Where the page begins to be about another time: whoever goes through time stays at the chart.
const TIME: &str = "time";

/// Where the other times of a page are.
#[derive(Debug, Clone)]
pub struct Times {
    /// The path of the page.
    pub here: String,
    pub today: Date,
}

impl Times {
    pub fn address(&self, span: Span) -> String {
        let (here, period) = (&self.here, span.period);
        match span.last == self.today {
            true => format!("{here}?period={period}#{TIME}"),
            false => format!("{here}?period={period}&on={}#{TIME}", span.last),
        }
    }

    pub fn periods(&self, open: Span) -> AnyView {
        let item = |period: &Period| {
            let href = self.address(Span::new(*period, open.last));
            NavItem::new(href, period.label()).current(*period == open.period)
        };
        let items: Vec<_> = Period::ALL.iter().map(item).collect();
        view! { <Tabs label="How long a time" items /> }.into_any()
    }

    /// Back and forward in time, with where one is between.
    pub fn moves(&self, span: Span) -> AnyView {
        let earlier = span.earlier(self.today).map(|earlier| {
            let href = self.address(earlier);
            view! { <a class="button button-quiet button-small" rel="prev" href=href><Icon name=IconName::ChevronLeft />"Earlier"</a> }
        });
        let later = span.after(self.today).map(|later| {
            let (href, today) = (self.address(later), self.address(Span::new(span.period, self.today)));
            view! {
                <span class="period-later">
                    <a class="button button-quiet button-small" rel="next" href=href>"Later"<Icon name=IconName::ChevronRight /></a>
                    <a class="button button-quiet button-small" href=today>"Today"</a>
                </span>
            }
        });
        let until = || view! { <span class="muted">"Until today"</span> }.into_any();
        view! {
            <nav class="period-line" id=TIME aria-label="Earlier and later">
                {earlier.map_or_else(|| view! { <span></span> }.into_any(), IntoAny::into_any)}
                <h2 class="h4">{span.words()}</h2>
                {later.map_or_else(until, IntoAny::into_any)}
            </nav>
        }
        .into_any()
    }
}
