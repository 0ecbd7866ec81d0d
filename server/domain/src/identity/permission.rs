//! What roles let their people do. The words are code; which role has which of them is for admins to say.
use crate::{FieldProblem, Id, Refusal, text, text_enum};

/// A row of `roles`.
#[derive(Debug)]
pub enum RoleRow {}
pub type RoleId = Id<RoleRow>;

text_enum! {
    /// One thing that a role lets its people do; the words stand in `roles.permissions`.
    pub enum Permission {
        BookVisits = "visits.book",
        RunVisits = "visits.run",
        ManageDirectory = "directory.manage",
        ManageRoles = "roles.manage",
        ReadAudit = "audit.read",
        ReviewEmergencies = "emergencies.review",
    }
}

impl Permission {
    /// What it is called on a page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::BookVisits => "Book visits",
            Self::RunVisits => "Run visits",
            Self::ManageDirectory => "Run doctors and hospitals",
            Self::ManageRoles => "Run roles",
            Self::ReadAudit => "Read the audit trail",
            Self::ReviewEmergencies => "Review emergency access",
        }
    }

    /// What those who have it can do.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::BookVisits => {
                "Find doctors, book for themselves and their family, join waitlists."
            }
            Self::RunVisits => {
                "See their own patients, in an emergency anybody’s record, and set their own hours. Only doctors in the directory can use it."
            }
            Self::ManageDirectory => "Add and change doctors and hospitals, and doctors’ hours.",
            Self::ManageRoles => {
                "Change roles, and say who has which. Whoever has this can give themselves all the rest."
            }
            Self::ReadAudit => "Search and download who did what to whose record.",
            Self::ReviewEmergencies => {
                "Hear of each record that a doctor opens in an emergency, and say whether there was reason for it."
            }
        }
    }

    /// Those of `words` that are permissions; what nobody knows permits nothing.
    pub fn known<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<Self> {
        let mut known: Vec<_> = words.into_iter().filter_map(|word| word.parse().ok()).collect();
        known.sort_unstable();
        known.dedup();
        known
    }
}

/// Nobody could undo it.
pub const LAST_MANAGER: Refusal = Refusal::new(
    "identity.last_manager",
    "Nobody would be left who can run roles, so nothing was changed. Give that to somebody else first.",
);
pub const NOT_ONESELF: Refusal = Refusal::new(
    "identity.not_oneself",
    "This is your own account. Ask another admin to block it.",
);
pub const ROLE_NAME_IN_USE: Refusal =
    Refusal::new("identity.role_name_in_use", "Another role already has that name.");
/// Patient, doctor and admin are part of how the clinic works.
pub const BUILT_IN_ROLE: Refusal = Refusal::new(
    "identity.built_in_role",
    "This role is part of how the clinic works: it keeps its name and stays in use.",
);
pub const ROLE_NOT_IN_USE: Refusal = Refusal::new(
    "identity.role_not_in_use",
    "That role is not in use at the moment, so nobody can be given it.",
);

/// Anybody could have made it, under any name.
pub const ADDRESS_NOT_PROVEN: Refusal = Refusal::new(
    "identity.address_not_proven",
    "This person has not confirmed their email address, so it may be somebody else’s account. Ask them to confirm it first.",
);

/// A role as somebody fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleForm {
    pub name: String,
    pub description: String,
    pub permissions: Vec<String>,
    pub is_active: bool,
}

/// A role whose every field is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedRole {
    pub name: String,
    pub description: String,
    pub permissions: Vec<Permission>,
    pub is_active: bool,
}

impl RoleForm {
    /// All that is wrong with it, field by field.
    pub fn check(&self) -> Result<CheckedRole, Vec<FieldProblem>> {
        let name = text::checked("name", "The name", &self.name, 2..=60);
        let description =
            text::checked("description", "The description", &self.description, 2..=200);
        let permissions: Result<Vec<Permission>, FieldProblem> = self
            .permissions
            .iter()
            .map(|word| {
                word.parse().map_err(|_| {
                    FieldProblem::new(
                        "permissions",
                        "One of these is not known. Reload the page and choose again.",
                    )
                })
            })
            .collect();
        match (name, description, permissions) {
            (Ok(name), Ok(description), Ok(mut permissions)) => {
                permissions.sort_unstable();
                permissions.dedup();
                let name = name.to_lowercase();
                Ok(CheckedRole { name, description, permissions, is_active: self.is_active })
            }
            (name, description, permissions) => {
                Err([name.err(), description.err(), permissions.err()]
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission, RoleForm};

    fn form(name: &str, permissions: &[&str]) -> RoleForm {
        RoleForm {
            name: name.into(),
            description: "Looks after records.".into(),
            permissions: permissions.iter().map(|&word| word.to_owned()).collect(),
            is_active: true,
        }
    }

    #[test]
    fn a_role_has_each_permission_once_and_a_name_in_lower_case() {
        let role =
            form("Privacy Officer", &["audit.read", "visits.book", "audit.read"]).check().unwrap();
        assert_eq!(role.name, "privacy officer");
        assert_eq!(role.permissions, [Permission::BookVisits, Permission::ReadAudit]);
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        let wrong = RoleForm { description: String::new(), ..form("x", &["everything"]) };
        let problems = wrong.check().unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
        assert_eq!(fields, ["name", "description", "permissions"]);
    }

    #[test]
    fn a_word_that_nobody_knows_permits_nothing() {
        assert_eq!(
            Permission::known(["roles.manage", "everything", ""]),
            [Permission::ManageRoles]
        );
    }

    #[test]
    fn every_permission_is_explained() {
        for permission in Permission::ALL {
            assert!(
                permission.label().len() > 3 && permission.meaning().ends_with('.'),
                "{permission}"
            );
        }
    }
}
