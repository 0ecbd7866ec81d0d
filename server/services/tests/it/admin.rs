use services::{
    Error,
    admin::{self, EMAIL_IN_USE, HospitalForm, LICENSE_IN_USE, NAME_IN_USE, ProviderForm},
    directory::{self, Page},
};
use testkit::TestDb;

const NOW: &str = "2026-03-02T06:00:00Z";

pub fn doctor() -> ProviderForm {
    let text = str::to_owned;
    ProviderForm {
        first_name: text("Zoë"),
        last_name: text("Nguyễn"),
        email: text("zoe@example.org"),
        specialization: text("urology"),
        license_number: text("LIC-1"),
        gender: text("female"),
        years_of_experience: text("7"),
        consultation_fee_minor: Some(5_000),
        currency: text("EUR"),
        languages: vec![text("en")],
        visit_kinds: vec![text("video")],
        time_zone: text("Europe/Paris"),
        lead_minutes: text("60"),
        horizon_days: text("30"),
        free_until_minutes: text("1440"),
        late_percent: text("50"),
        accepting_new_patients: true,
        is_active: true,
        ..ProviderForm::default()
    }
}

pub fn hospital() -> HospitalForm {
    let text = str::to_owned;
    HospitalForm {
        name: text("Harbour Hospital"),
        hospital_type: text("general"),
        address: text("1 Quay"),
        city: text("Dublin"),
        country: text("Ireland"),
        time_zone: text("Europe/Dublin"),
        is_active: true,
        ..HospitalForm::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_is_added_linked_changed_and_put_to_rest() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let admin = db.admin(&clinic).await;
    let place = admin::create_hospital(&clinic, &admin, &hospital()).await.unwrap();
    let form = ProviderForm { hospitals: vec![place], ..doctor() };

    let id = admin::create_provider(&clinic, &admin, &form).await.unwrap();
    let found = directory::provider(&clinic, id).await.unwrap();
    assert_eq!(found.provider.full_name(), "Dr Zoë Nguyễn");
    assert_eq!(found.hospitals[0].id, place);

    let resting = ProviderForm { is_active: false, hospitals: vec![], ..form };
    admin::change_provider(&clinic, &admin, id, &resting).await.unwrap();
    assert!(matches!(directory::provider(&clinic, id).await, Err(Error::NotFound)));
    let (_, places) = admin::provider(&clinic, &admin, id).await.unwrap();
    assert!(places.is_empty());
    let listed = admin::providers(&clinic, &admin, Some("nguyen"), Page::first()).await.unwrap();
    assert_eq!(listed.count, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_unique_is_refused_by_name() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let admin = db.admin(&clinic).await;
    admin::create_provider(&clinic, &admin, &doctor()).await.unwrap();
    admin::create_hospital(&clinic, &admin, &hospital()).await.unwrap();

    let same_email = ProviderForm { license_number: "LIC-2".into(), ..doctor() };
    let same_license = ProviderForm { email: "other@example.org".into(), ..doctor() };
    let refused = admin::create_provider(&clinic, &admin, &same_email).await;
    assert!(matches!(refused, Err(Error::Refused(EMAIL_IN_USE))), "{refused:?}");
    let refused = admin::create_provider(&clinic, &admin, &same_license).await;
    assert!(matches!(refused, Err(Error::Refused(LICENSE_IN_USE))), "{refused:?}");
    let refused = admin::create_hospital(&clinic, &admin, &hospital()).await;
    assert!(matches!(refused, Err(Error::Refused(NAME_IN_USE))), "{refused:?}");
    assert_eq!(db.count("providers").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_named() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let admin = db.admin(&clinic).await;

    let refused = admin::create_provider(&clinic, &admin, &ProviderForm::default()).await;

    let Err(Error::Invalid(problems)) = refused else { panic!("{refused:?}") };
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
    for field in [
        "first_name",
        "last_name",
        "email",
        "specialization",
        "license_number",
        "gender",
        "consultation_fee",
        "currency",
        "languages",
        "visit_kinds",
        "time_zone",
        "horizon_days",
    ] {
        assert!(fields.contains(&field), "{field} is missing from {fields:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wildcards_in_a_search_mean_themselves() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let admin = db.admin(&clinic).await;
    admin::create_provider(&clinic, &admin, &doctor()).await.unwrap();

    for q in ["%", "_", "\\"] {
        let found = admin::providers(&clinic, &admin, Some(q), Page::first()).await.unwrap();
        assert_eq!(found.count, 0, "{q}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_is_somewhere_or_nowhere() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let admin = db.admin(&clinic).await;
    let at = |latitude: &str, longitude: &str| HospitalForm {
        latitude: latitude.into(),
        longitude: longitude.into(),
        ..hospital()
    };
    for (latitude, longitude, field) in [
        ("91", "0", "latitude"),
        ("0", "-180.1", "longitude"),
        ("NaN", "0", "latitude"),
        ("53.3", "", "longitude"),
        ("", "-6.2", "latitude"),
    ] {
        let refused = admin::create_hospital(&clinic, &admin, &at(latitude, longitude)).await;
        let Err(Error::Invalid(problems)) = refused else { panic!("{refused:?}") };
        assert_eq!(problems[0].field, field, "{latitude} {longitude}");
    }
    let id = admin::create_hospital(&clinic, &admin, &at("53,3498", "-6.2603")).await.unwrap();
    let made = admin::hospital(&clinic, &admin, id).await.unwrap();
    assert_eq!((made.latitude, made.longitude), (Some(53.3498), Some(-6.2603)));
}
