use crate::{Site, audit, booking, devices, family, payments, proxies, readings, waitlist};
use axum::{
    Router,
    routing::{get, post},
};

pub fn router() -> Router<Site> {
    Router::new()
        .route("/patient", get(booking::visits_page::show))
        .route(
            "/patient/waitlist",
            get(waitlist::list_page::show).post(waitlist::list_page::answer),
        )
        .route(
            "/patient/waitlist/new",
            get(waitlist::join_page::show_specialty).post(waitlist::join_page::join_specialty),
        )
        .route(
            "/doctors/{id}/waitlist",
            get(waitlist::join_page::show_doctor).post(waitlist::join_page::join_doctor),
        )
        .route(
            "/offers/{token}",
            get(waitlist::offer_page::show).post(waitlist::offer_page::answer),
        )
        .merge(measured())
        .route("/patient/alerts", get(readings::alerts_page::show))
        .route("/patient/alerts/{id}/seen", post(readings::alerts_page::acknowledge))
        .route("/account/access-log", get(audit::access_log_page::show))
        .route("/account/access-log.csv", get(audit::access_log_page::file))
        .route("/account/family", get(family::family_page::show).post(family::family_page::add))
        .route(
            "/account/family/{id}",
            get(family::person_page::show).post(family::person_page::change),
        )
        .route("/account/family/{id}/remove", post(family::person_page::remove))
        .route("/account/proxies", get(proxies::list_page::show))
        .route(
            "/account/proxies/new",
            get(proxies::grant_page::show).post(proxies::grant_page::grant),
        )
        .route("/account/proxies/{id}", get(proxies::health_page::show))
        .route("/account/proxies/{id}/end", post(proxies::list_page::end))
        .route(
            "/proxies/invitation",
            get(proxies::invitation_page::show).post(proxies::invitation_page::answer),
        )
        .route("/doctors/{id}/book", get(booking::book_page::show).post(booking::book_page::book))
        .route("/doctors/{id}/book/all", post(booking::group_page::book))
        .route("/doctors/{id}/hold", post(booking::hold::renew))
        .route("/doctors/{id}/hold/release", post(booking::hold::release))
        .route("/doctors/{id}/hold/urgent", post(booking::hold::renew_urgent))
        .route("/doctors/{id}/hold/urgent/release", post(booking::hold::release))
        .route("/visits/{id}", get(booking::visit_page::show))
        .route("/visits/{id}/status", post(booking::staff_page::advance))
        .route("/visits/{id}/priority", post(booking::staff_page::triage))
        .route("/visits/{id}/follow-up", post(booking::follow_up::suggest))
        .route("/visits/{id}/calendar.ics", get(booking::visit_page::calendar))
        .route("/visits/{id}/pay", post(payments::pay::begin))
        .route("/visits/{id}/paid", get(payments::pay::come_back))
        .route(
            "/visits/{id}/reschedule",
            get(booking::reschedule_page::show).post(booking::reschedule_page::reschedule),
        )
        .route(
            "/visits/{id}/cancel",
            get(booking::cancel_page::show).post(booking::cancel_page::cancel),
        )
        .route(
            "/visits/{id}/cancel/following",
            get(booking::following::show_cancel).post(booking::following::cancel),
        )
        .route(
            "/visits/{id}/reschedule/following",
            get(booking::following::show_move).post(booking::following::change),
        )
}

/// What was measured, and with what.
fn measured() -> Router<Site> {
    Router::new()
        .route("/patient/readings", get(readings::dashboard_page::show))
        .route("/patient/readings/all", get(readings::list_page::show))
        .route("/patient/readings/milestones", get(readings::milestones_page::show))
        .route("/patient/readings/export", get(readings::export_page::show))
        .route("/patient/readings.csv", get(readings::export_page::file))
        .route("/patient/readings/report", get(readings::report_page::show))
        .route("/patient/readings/{kind}", get(readings::kind_page::show))
        .route("/patient/readings/new", get(readings::add_page::show).post(readings::add_page::add))
        .route(
            "/patient/readings/{id}/edit",
            get(readings::edit_page::show).post(readings::edit_page::change),
        )
        .route("/patient/readings/{id}/remove", post(readings::list_page::remove))
        .route("/patient/devices", get(devices::list_page::show))
        .route(
            "/patient/devices/new",
            get(devices::new_page::show).post(devices::new_page::register),
        )
        .route("/patient/devices/{id}", get(devices::device_page::show))
        .route("/patient/devices/{id}/status", post(devices::device_page::advance))
        .route("/patient/devices/{id}/serviced", post(devices::device_page::serviced))
        .route("/patient/devices/{id}/key", post(devices::device_page::rotate))
        .route(
            "/patient/devices/{id}/change",
            get(devices::change_page::show).post(devices::change_page::change),
        )
        .route(
            "/patient/devices/{id}/clear",
            get(devices::clear_page::show).post(devices::clear_page::clear),
        )
        .route(
            "/patient/devices/{id}/replace",
            get(devices::replace_page::show).post(devices::replace_page::replace),
        )
        .route(
            "/patient/devices/{id}/revoke",
            get(devices::revoke_page::show).post(devices::revoke_page::revoke),
        )
}
