use crate::{admin::doctor, schema::lines};
use domain::directory::LicenseStanding;
use services::{
    Error,
    admin::{self, LICENSE_NOT_CHECKED, ProviderForm},
    gateways::Gateways,
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";

fn with_license(number: &str) -> ProviderForm {
    ProviderForm { license_number: number.into(), ..doctor() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_valid_licence_is_kept_with_what_the_register_said() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let admin = db.admin(&clinic).await;

    let id = admin::create_provider(&clinic, &admin, &with_license("PT-100003")).await.unwrap();

    let check = admin::license_check(&clinic, &admin, id).await.unwrap().unwrap();
    assert_eq!((check.standing, check.checked_at), (LicenseStanding::Valid, at(NOW)));
    assert_eq!(
        (check.register.as_str(), check.license_number.as_str()),
        ("Demo register", "PT-100003")
    );
    let told = "SELECT topic || ' ' || payload::text AS line FROM outbox";
    assert_eq!(lines(&db, told).await, [format!("provider.welcome {{\"provider_id\": \"{id}\"}}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_added_whose_licence_is_refused() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let admin = db.admin(&clinic).await;
    for (number, said) in
        [("PT-100003-0", "does not know"), ("SUSPENDED-12", "suspended"), ("EXPIRED-12", "expired")]
    {
        let refused = admin::create_provider(&clinic, &admin, &with_license(number)).await;
        let Err(Error::Invalid(problems)) = refused else { panic!("{refused:?}") };
        assert_eq!(problems[0].field, "license_number");
        assert!(problems[0].message.contains(said), "{problems:?}");
    }
    assert_eq!((db.count("providers").await, db.count("outbox").await), (0, 0));
    assert_eq!(db.count("license_checks WHERE provider_id IS NULL").await, 3);
    assert_eq!(db.count("audit_events WHERE action = 'provider.refuse_license'").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_nothing_is_done() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let admin = db.admin(&clinic).await;
    let alone = clinic.clone().with_gateways(Gateways::default());

    for (clinic, number) in [(&clinic, "OFFLINE-1"), (&alone, "PT-100003")] {
        let unanswered = admin::create_provider(clinic, &admin, &with_license(number)).await;
        assert!(matches!(unanswered, Err(Error::Silent(LICENSE_NOT_CHECKED))), "{unanswered:?}");
    }
    for table in ["providers", "license_checks", "outbox"] {
        assert_eq!(db.count(table).await, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_another_number_is_checked_again() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let admin = db.admin(&clinic).await;
    let id = admin::create_provider(&clinic, &admin, &doctor()).await.unwrap();
    let alone = clinic.clone().with_gateways(Gateways::default());

    let renamed = ProviderForm { last_name: "Costa".into(), ..doctor() };
    admin::change_provider(&alone, &admin, id, &renamed).await.unwrap();
    let unanswered = admin::change_provider(&alone, &admin, id, &with_license("LIC-2")).await;
    assert!(matches!(unanswered, Err(Error::Silent(_))), "{unanswered:?}");
    let refused = admin::change_provider(&clinic, &admin, id, &with_license("EXPIRED-2")).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    assert_eq!(db.count("providers WHERE license_number = 'LIC-1'").await, 1);
    admin::change_provider(&clinic, &admin, id, &with_license("LIC-2")).await.unwrap();
    let check = admin::license_check(&clinic, &admin, id).await.unwrap().unwrap();
    assert_eq!(check.license_number, "LIC-2");
}
