//! Roles, and who may say who has which.
use crate::schema::lines;
use diesel_async::SimpleAsyncConnection;
use domain::identity::{
    UserId,
    permission::{
        ADDRESS_NOT_PROVEN, BUILT_IN_ROLE, LAST_MANAGER, Permission, ROLE_NAME_IN_USE,
        ROLE_NOT_IN_USE, RoleForm, RoleId,
    },
};
use services::{
    Clinic, Error, Result,
    directory::Page,
    identity::{
        self, Admin, Auditor, Caller, Patient, RoleManager,
        roles::{self, PeopleSearch},
    },
};
use testkit::TestDb;

const NOW: &str = "2026-03-02T06:00:00Z";

async fn role_called(clinic: &Clinic, manager: &Caller<RoleManager>, name: &str) -> RoleId {
    let all = roles::roles(clinic, manager, Page::first()).await.unwrap();
    all.items.into_iter().find(|role| role.name == name).unwrap().id
}

async fn may(clinic: &Clinic, user: UserId, permission: Permission) -> bool {
    identity::actor(clinic, user).await.unwrap().unwrap().may(permission)
}

fn form(name: &str, permissions: &[Permission]) -> RoleForm {
    RoleForm {
        name: name.into(),
        description: "Looks after records.".into(),
        permissions: permissions.iter().map(ToString::to_string).collect(),
        is_active: true,
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T>, refusal: domain::Refusal) {
    assert!(matches!(&result, Err(Error::Refused(found)) if *found == refusal), "{result:?}");
}

#[tokio::test]
async fn a_role_counts_from_the_next_request_on_and_says_who_gave_it() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let manager = db.role_manager(&clinic).await;
    let ana = db.person(&clinic).await.user;
    let form = form("Privacy officer", &[Permission::ReadAudit]);
    let officer = roles::create_role(&clinic, &manager, &form).await.unwrap();
    refused(roles::create_role(&clinic, &manager, &form).await, ROLE_NAME_IN_USE);

    roles::assign(&clinic, &manager, ana, officer).await.unwrap();
    roles::assign(&clinic, &manager, ana, officer).await.unwrap();

    let actor = identity::actor(&clinic, ana).await.unwrap();
    identity::require::<Auditor>(actor.clone()).unwrap();
    assert!(matches!(identity::require::<Admin>(actor.clone()), Err(Error::Forbidden)));
    assert!(matches!(identity::require::<RoleManager>(actor), Err(Error::Forbidden)));
    let account = roles::account(&clinic, &manager, ana).await.unwrap();
    let held: Vec<_> = account.roles.iter().map(|held| held.name.as_str()).collect();
    assert_eq!(held, ["patient", "privacy officer"]);
    assert_eq!(account.roles[0].assigned_by, None);
    assert_eq!(account.roles[1].assigned_by, Some(manager.full_name()));

    // One that is not in use lets nobody do anything, and is given to nobody.
    let resting = RoleForm { is_active: false, ..form };
    roles::change_role(&clinic, &manager, officer, &resting).await.unwrap();
    assert!(!may(&clinic, ana, Permission::ReadAudit).await);
    refused(roles::assign(&clinic, &manager, manager.user, officer).await, ROLE_NOT_IN_USE);

    roles::revoke(&clinic, &manager, ana, officer).await.unwrap();
    let again = roles::revoke(&clinic, &manager, ana, officer).await;
    assert!(matches!(again, Err(Error::NotFound)));
    let events = "SELECT action AS line FROM audit_events WHERE action LIKE 'role.%' ORDER BY id";
    assert_eq!(
        lines(&db, events).await,
        ["role.create", "role.assign", "role.change", "role.revoke"]
    );
}

#[tokio::test]
async fn what_a_role_permits_is_what_its_row_says() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let manager = db.role_manager(&clinic).await;
    let ana = db.person(&clinic).await.user;
    let patient = role_called(&clinic, &manager, "patient").await;

    roles::change_role(&clinic, &manager, patient, &form("patient", &[])).await.unwrap();
    let actor = identity::actor(&clinic, ana).await.unwrap();
    assert!(matches!(identity::require::<Patient>(actor), Err(Error::Forbidden)));

    // What nobody knows permits nothing.
    db.execute("UPDATE roles SET permissions = '[\"everything\", 7]' WHERE name = 'patient'").await;
    assert_eq!(identity::actor(&clinic, ana).await.unwrap().unwrap().permissions, []);
}

#[tokio::test]
async fn built_in_roles_keep_their_name_and_stay_in_use() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let manager = db.role_manager(&clinic).await;
    let doctor = role_called(&clinic, &manager, "doctor").await;
    let renamed = form("medic", &[Permission::RunVisits]);
    refused(roles::change_role(&clinic, &manager, doctor, &renamed).await, BUILT_IN_ROLE);
    let resting = RoleForm { is_active: false, ..form("doctor", &[Permission::RunVisits]) };
    refused(roles::change_role(&clinic, &manager, doctor, &resting).await, BUILT_IN_ROLE);
    // Anybody could have made an account with such an address.
    let ana = db.person(&clinic).await.user;
    db.execute(&format!("UPDATE users SET is_email_verified = false WHERE id = '{ana}'")).await;
    refused(roles::assign(&clinic, &manager, ana, doctor).await, ADDRESS_NOT_PROVEN);
    let nobody = roles::assign(&clinic, &manager, UserId::generate(), doctor).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
}

#[tokio::test]
async fn the_last_who_runs_roles_stays() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let manager = db.role_manager(&clinic).await;
    let admin = role_called(&clinic, &manager, "admin").await;
    refused(roles::revoke(&clinic, &manager, manager.user, admin).await, LAST_MANAGER);
    let weaker = form("admin", &[Permission::ManageDirectory]);
    refused(roles::change_role(&clinic, &manager, admin, &weaker).await, LAST_MANAGER);
    let closed = format!("UPDATE users SET is_active = false WHERE id = '{}'", manager.user);
    let error = db.owner().await.batch_execute(&closed).await.unwrap_err().to_string();
    assert!(error.contains("nobody would be left"), "{error}");

    // With another role that lets somebody run roles, admins need not.
    let ana = db.person(&clinic).await.user;
    let keeper = form("keeper of roles", &[Permission::ManageRoles]);
    let keeper = roles::create_role(&clinic, &manager, &keeper).await.unwrap();
    roles::assign(&clinic, &manager, ana, keeper).await.unwrap();
    roles::revoke(&clinic, &manager, manager.user, admin).await.unwrap();
    assert!(!may(&clinic, manager.user, Permission::ManageRoles).await);
}

#[tokio::test]
async fn two_managers_cannot_take_the_role_from_each_other() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (one, other) = (db.role_manager(&clinic).await, db.role_manager(&clinic).await);
    let admin = role_called(&clinic, &one, "admin").await;

    let contenders = vec![
        roles::revoke(&clinic, &one, other.user, admin),
        roles::revoke(&clinic, &other, one.user, admin),
    ];
    let mut outcomes = db.race("user_roles", contenders).await;

    outcomes.sort_by_key(Result::is_err);
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    refused(outcomes.pop().unwrap(), LAST_MANAGER);
}

#[tokio::test]
async fn people_are_found_by_a_part_of_name_or_address_and_each_look_is_on_record() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let manager = db.role_manager(&clinic).await;
    let ana = db.person(&clinic).await;
    let find = async |q: Option<&str>, role| {
        let search = PeopleSearch { q: q.map(str::to_owned), role };
        roles::people(&clinic, &manager, &search, Page::first()).await
    };

    let staff = find(None, None).await.unwrap();
    assert_eq!((staff.count, staff.items[0].id), (1, manager.user));
    assert_eq!(staff.items[0].roles, ["admin", "patient"]);
    let found = find(Some(&ana.email[..20].to_uppercase()), None).await.unwrap();
    assert_eq!(found.items.iter().map(|line| line.id).collect::<Vec<_>>(), [ana.user]);
    assert_eq!(find(Some("ana sil"), None).await.unwrap().count, 2);
    // A wildcard of SQL is a letter like others.
    assert_eq!(find(Some("a%a"), None).await.unwrap().count, 0);
    let admin = role_called(&clinic, &manager, "admin").await;
    assert_eq!(find(Some("ana sil"), Some(admin)).await.unwrap().count, 1);
    let short = find(Some("an"), None).await.unwrap_err();
    assert!(matches!(&short, Error::Invalid(problems) if problems[0].field == "q"), "{short:?}");

    let seen = format!(
        "SELECT action AS line FROM audit_events WHERE patient_id = '{}' AND actor_id = '{}'",
        ana.user, manager.user
    );
    assert_eq!(lines(&db, &seen).await, ["account.list", "account.list"]);
}
