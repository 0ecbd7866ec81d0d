use crate::{Site, booking, calendar, directory, emergency, readings, record, schedule, waitlist};
use axum::{
    Router,
    routing::{get, post},
};

pub fn router() -> Router<Site> {
    Router::new()
        .route("/doctor", get(booking::day_page::show))
        .route("/doctor/week", get(booking::week_page::show))
        .route(
            "/doctor/visits/{id}/cancel",
            get(booking::staff_page::show_cancel).post(booking::staff_page::cancel),
        )
        .route("/doctor/terms", get(booking::terms_page::show).post(booking::terms_page::change))
        .route(
            "/doctor/profile",
            get(directory::own_profile_page::show).post(directory::own_profile_page::change),
        )
        .route("/doctor/hours", get(schedule::hours_page::show).post(schedule::hours_page::change))
        .route("/doctor/rules", get(schedule::rules_page::show).post(schedule::rules_page::change))
        .route("/doctor/calendar", get(calendar::busy_page::show).post(calendar::busy_page::change))
        .route("/doctor/times", get(schedule::times_page::show))
        .route("/doctor/waitlist", get(waitlist::doctor_page::show))
        .route(
            "/doctor/emergency",
            get(emergency::open_page::show).post(emergency::open_page::open),
        )
        .route("/doctor/patients/{id}", get(record::record_page::show))
        .route("/doctor/patients/{id}/end", post(record::record_page::end))
        .route("/doctor/patients/{id}/readings", get(readings::doctor_pages::dashboard))
        .route("/doctor/patients/{id}/readings/{kind}", get(readings::doctor_pages::kind))
        .route(
            "/doctor/patients/{id}/readings/{kind}/limits",
            get(readings::limits_page::show).post(readings::limits_page::change),
        )
        .route("/doctor/readings", get(readings::attention_page::show))
        .route("/doctor/days", get(schedule::days_page::show))
        .route("/doctor/days/close", post(schedule::days_page::close))
        .route("/doctor/days/extra", post(schedule::days_page::add))
        .route("/doctor/days/remove", post(schedule::days_page::remove))
}
