use crate::{Site, admin, audit, emergency, schedule, waitlist};
use axum::{Router, routing::get};

pub fn router() -> Router<Site> {
    Router::new()
        .route("/admin", get(admin::index))
        .route("/admin/providers", get(admin::providers_page::show))
        .route(
            "/admin/providers/new",
            get(admin::provider_page::blank).post(admin::provider_page::create),
        )
        .route(
            "/admin/providers/{id}",
            get(admin::provider_page::show).post(admin::provider_page::change),
        )
        .route("/admin/providers/{id}/times", get(schedule::times_page::show_to_admin))
        .route("/admin/providers/{id}/waitlist", get(waitlist::doctor_page::show_to_admin))
        .route("/admin/hospitals", get(admin::hospitals_page::show))
        .route(
            "/admin/hospitals/new",
            get(admin::hospital_page::blank).post(admin::hospital_page::create),
        )
        .route(
            "/admin/hospitals/{id}",
            get(admin::hospital_page::show).post(admin::hospital_page::change),
        )
        .route("/admin/people", get(admin::people_page::show))
        .route("/admin/people/{id}", get(admin::person_page::show).post(admin::person_page::change))
        .route("/admin/roles", get(admin::roles_page::show))
        .route("/admin/roles/new", get(admin::role_page::blank).post(admin::role_page::create))
        .route("/admin/roles/{id}", get(admin::role_page::show).post(admin::role_page::change))
        .route("/admin/audit", get(audit::trail_page::show))
        .route("/admin/audit.csv", get(audit::trail_page::file))
        .route("/admin/emergencies", get(emergency::queue_page::show))
        .route(
            "/admin/emergencies/{id}",
            get(emergency::review_page::show).post(emergency::review_page::decide),
        )
        .route(
            "/admin/lost-phones",
            get(admin::lost_phones_page::show).post(admin::lost_phones_page::change),
        )
}
