//! Accounts, as people see them.
pub mod code_page;
pub mod confirm_page;
pub mod login_page;
pub mod passkey_form;
pub mod passkeys_page;
pub mod password_page;
mod qr;
mod recovery_codes;
pub mod register_page;
pub mod reset_page;
pub mod security_page;
pub mod sessions_page;
pub mod set_up_page;
pub mod staying;
pub mod verify_page;

use crate::Page;
use leptos::prelude::*;
use ui::Notice;

/// Where the mail of a demo is read.
pub fn demo_mailbox(page: &Page) -> Option<AnyView> {
    page.site().is_demo().then(|| {
        view! {
            <Notice title="This is a demo">
                <p>"Its mail goes to nobody: it is in "<a href="/dev/mail">"the mailbox"</a>" some seconds later."</p>
            </Notice>
        }
        .into_any()
    })
}
