use crate::{Site, calendar, dev, directory, identity, payments};
use axum::{
    Router,
    routing::{get, post},
};

pub fn router() -> Router<Site> {
    Router::new()
        .route("/", get(directory::home_page::show))
        .route("/doctors", get(directory::doctors_page::show))
        .route("/doctors/{id}", get(directory::doctor_page::show))
        .route("/hospitals", get(directory::hospitals_page::show))
        .route("/portraits/{file}", get(directory::portrait_file::show))
        .route("/login", get(identity::login_page::show).post(identity::login_page::sign_in))
        .route("/login/passkey", post(identity::login_page::ask_passkey))
        .route("/login/code/passkey", post(identity::code_page::ask_passkey))
        .route("/login/code", get(identity::code_page::show).post(identity::code_page::enter))
        .route(
            "/register",
            get(identity::register_page::show).post(identity::register_page::register),
        )
        .route("/verify", get(identity::verify_page::show).post(identity::verify_page::confirm))
        .route("/reset", get(identity::reset_page::show).post(identity::reset_page::change))
        .route("/logout", post(identity::login_page::sign_out))
        .route("/session", post(identity::staying::stay))
        .merge(super::account::router())
        .route(
            "/account/sessions",
            get(identity::sessions_page::show).post(identity::sessions_page::end),
        )
        .route(
            "/account/confirm",
            get(identity::confirm_page::show).post(identity::confirm_page::confirm),
        )
        .route("/account/confirm/passkey", post(identity::confirm_page::ask_passkey))
        .route(
            "/account/security/passkeys/new",
            get(identity::passkeys_page::show_new).post(identity::passkeys_page::add),
        )
        .route("/account/security/passkeys/ask", post(identity::passkeys_page::ask_new))
        .route(
            "/account/security/passkeys/{id}",
            get(identity::passkeys_page::show_removal).post(identity::passkeys_page::remove),
        )
        .route(
            "/account/security",
            get(identity::security_page::show).post(identity::security_page::begin),
        )
        .route(
            "/account/security/password",
            get(identity::password_page::show).post(identity::password_page::change),
        )
        .route(
            "/account/security/set-up",
            get(identity::set_up_page::show).post(identity::set_up_page::turn_on),
        )
        .route(
            "/account/security/codes",
            get(identity::security_page::show_renew).post(identity::security_page::renew),
        )
        .route(
            "/account/security/off",
            get(identity::security_page::show_off).post(identity::security_page::turn_off),
        )
        .route(
            "/account/calendar",
            get(calendar::feed_page::show).post(calendar::feed_page::change),
        )
        .route("/calendar/{file}", get(calendar::feed_file::show))
        .route("/dev/ui", get(dev::gallery))
        .route("/dev/mail", get(dev::mail_page::list))
        .route("/dev/mail/{id}", get(dev::mail_page::show))
        .route("/dev/mail/{id}/{file}", get(dev::mail_page::file))
        .route("/dev/pay/{id}", get(payments::demo_page::show).post(payments::demo_page::answer))
}
