use crate::support;
use domain::{
    Id,
    directory::{LicenseStanding, Specialty},
};
use gateways::{hospitals::HttpHospitals, licenses::HttpRegister};
use services::gateways::{Affiliation, HospitalSystem, License, LicenseRegister, Silence};
use std::sync::{Arc, Mutex};

/// A server under the path `/check` that gives `answers` in turn.
async fn serve(answers: &[&'static str]) -> (String, Arc<Mutex<Vec<String>>>) {
    let (url, asked) = support::serve(answers).await;
    (format!("{url}/check"), asked)
}

fn license() -> License {
    License {
        license_number: "Ł-1".into(),
        first_name: "Zoë".into(),
        last_name: "Nguyễn".into(),
        specialization: Specialty::Urology,
    }
}

async fn standing(url: &str) -> Result<LicenseStanding, Silence> {
    let register = HttpRegister::new(url, Some("a token".to_owned().into())).unwrap();
    register.standing(&license()).await
}

#[tokio::test]
async fn a_register_says_how_a_licence_stands() {
    for (answer, expected) in [
        (r#"200 OK|{"standing":"valid"}"#, LicenseStanding::Valid),
        (r#"200 OK|{"standing":"suspended","more":1}"#, LicenseStanding::Suspended),
        ("404 Not Found|", LicenseStanding::Unknown),
    ] {
        let (url, asked) = serve(&[answer]).await;
        assert_eq!(standing(&url).await, Ok(expected), "{answer}");
        let asked = asked.lock().unwrap().clone();
        assert_eq!(asked.len(), 1);
        assert!(asked[0].starts_with("POST /check HTTP/1.1\r\n"), "{asked:?}");
        assert!(asked[0].to_lowercase().contains("authorization: bearer a token\r\n"));
        assert!(asked[0].contains(r#""license_number":"Ł-1""#), "{asked:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_no_answer() {
    for answer in
        ["200 OK|valid", r#"200 OK|{"standing":"yes"}"#, "302 Found|", "401 Unauthorized|"]
    {
        let (url, asked) = serve(&[answer]).await;
        assert!(standing(&url).await.is_err(), "{answer}");
        assert_eq!(asked.lock().unwrap().len(), 1, "{answer}");
    }
    // Nobody listens.
    assert_eq!(standing("http://127.0.0.1:9/").await, Err(Silence("it cannot be reached".into())));
}

#[tokio::test]
async fn a_register_that_stumbles_is_asked_once_more() {
    let (url, asked) = serve(&["503 Busy|", r#"200 OK|{"standing":"valid"}"#]).await;
    assert_eq!(standing(&url).await, Ok(LicenseStanding::Valid));
    assert_eq!(asked.lock().unwrap().len(), 2);
    let (url, asked) = serve(&["500 Oh|"]).await;
    assert_eq!(standing(&url).await, Err(Silence("it answered 500".into())));
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_hospital_is_told_with_a_key_that_stays_the_same() {
    let (url, asked) = serve(&["503 Busy|", "204 No Content|"]).await;
    let news = Affiliation {
        hospital_id: Id::generate(),
        hospital_name: "Harbour".into(),
        provider_id: Id::generate(),
        version: 7,
        works_there: true,
        first_name: "Zoë".into(),
        last_name: "Nguyễn".into(),
        email: "zoe@example.org".into(),
        specialization: Specialty::Urology,
        license_number: "LIC-1".into(),
    };
    HttpHospitals::new(&url, None).unwrap().tell(&news).await.unwrap();
    let asked = asked.lock().unwrap().clone();
    let key = format!("idempotency-key: {}/{}/7\r\n", news.hospital_id, news.provider_id);
    assert!(asked.len() == 2 && asked.iter().all(|asked| asked.contains(&key)), "{asked:?}");
    assert!(asked[0].starts_with("PUT /check") && asked[0].contains(r#""works_there":true"#));
}

#[test]
fn tokens_travel_over_https_alone() {
    for url in ["http://register.example/", "ftp://localhost/", "register"] {
        assert!(HttpRegister::new(url, None).is_err(), "{url}");
    }
    assert!(HttpRegister::new("https://register.example/check", None).is_ok());
}
