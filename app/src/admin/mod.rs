//! Running the clinic.
pub mod hospital_page;
pub mod hospitals_page;
pub mod lost_phones_page;
pub mod people_page;
pub mod person_page;
pub mod provider_page;
pub mod providers_page;
pub mod role_page;
pub mod roles_page;

use crate::{Page, PageResult, page::see_other};
use domain::identity::permission::Permission;
use services::{
    Error,
    identity::{Actor, Person},
};
use ui::{IconName, NavItem};

/// The parts of the admin's portal, and what one needs for each.
#[rustfmt::skip]
const PARTS: [(Permission, &str, &str, IconName); 7] = [
    (Permission::ManageDirectory, "/admin/providers", "Doctors", IconName::Stethoscope),
    (Permission::ManageDirectory, "/admin/hospitals", "Hospitals", IconName::Hospital),
    (Permission::ManageRoles, "/admin/people", "People", IconName::People),
    (Permission::ManageRoles, "/admin/roles", "Roles", IconName::Shield),
    (Permission::ManageRoles, "/admin/lost-phones", "Lost phones", IconName::Phone),
    (Permission::ReviewEmergencies, "/admin/emergencies", "Emergency access", IconName::Warning),
    (Permission::ReadAudit, "/admin/audit", "Audit trail", IconName::Eye),
];

/// The first part that `actor` may see; `None`: there is nothing here for them.
pub fn home(actor: &Actor) -> Option<&'static str> {
    PARTS.into_iter().find(|(permission, ..)| actor.may(*permission)).map(|(_, href, ..)| href)
}

/// The parts that `actor` may see, as seen from `path`.
pub fn parts(actor: Option<&Actor>, path: &str) -> Vec<NavItem> {
    let own = PARTS
        .into_iter()
        .filter(|(permission, ..)| actor.is_some_and(|actor| actor.may(*permission)));
    let item = |(_, href, label, icon): (Permission, &str, &str, IconName)| {
        NavItem::new(href, label).icon(icon).current(path.starts_with(href))
    };
    own.map(item).collect()
}

/// `/admin`
pub async fn index(page: Page) -> PageResult {
    let person = page.caller::<Person>()?;
    Ok(see_other(home(&person).ok_or(Error::Forbidden)?))
}
