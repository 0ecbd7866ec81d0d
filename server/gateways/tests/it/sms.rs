//! Text messages as they go over the wire, to a server that answers as Twilio does.
use crate::support::serve;
use gateways::sms::{TWILIO, TwilioSms};
use services::gateways::{OutgoingText, Posted, Silence, Sms};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

const SID: &str = "AC00000000000000000000000000000001";

/// What Twilio answers when it has taken a message over.
const TAKEN: &str =
    r#"201 Created|{"sid":"SM1","status":"queued","error_code":null,"error_message":null}"#;

fn twilio(url: &str) -> TwilioSms {
    TwilioSms::new(url, SID, "a token".to_owned().into(), "+15005550006").unwrap()
}

fn text() -> OutgoingText {
    OutgoingText {
        id: domain::Id::<()>::generate().as_uuid(),
        to: "+351 912 345 678".parse().unwrap(),
        text: "123456 is your code & more.\nNobody asks: 1+1=2".into(),
    }
}

async fn send(url: &str) -> Result<Posted, Silence> {
    twilio(url).send(&text()).await
}

#[tokio::test]
async fn a_message_is_a_form_with_the_name_and_password_of_the_account() {
    let (url, asked) = serve(&[TAKEN]).await;

    assert_eq!(send(&url).await, Ok(Posted::Accepted));

    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    let (head, body) = asked[0].split_once("\r\n\r\n").unwrap();
    let path = format!("POST /2010-04-01/Accounts/{SID}/Messages.json HTTP/1.1\r\n");
    assert!(head.starts_with(&path), "{head}");
    // The base64 of "SID:a token".
    let password = "authorization: Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTphIHRva2Vu";
    assert!(head.contains(password), "{head}");
    assert!(head.contains("content-type: application/x-www-form-urlencoded"), "{head}");
    assert_eq!(
        body,
        "To=%2B351912345678&From=%2B15005550006&Body=123456+is+your+code+%26+more.%0ANobody+asks%3A+1%2B1%3D2"
    );
}

#[tokio::test]
async fn a_number_that_will_never_get_one_is_given_up_and_not_named() {
    for (answer, code) in [
        (
            r#"400 Bad Request|{"code":21211,"message":"The 'To' number +351912345678 is not a valid phone number.","status":400}"#,
            21211,
        ),
        (
            r#"400 Bad Request|{"code":21610,"message":"unsubscribed recipient","status":400}"#,
            21610,
        ),
    ] {
        let (url, _) = serve(&[answer]).await;
        let refused = Posted::Refused(format!("Twilio refused it with {code}"));
        assert_eq!(send(&url).await, Ok(refused));
    }
}

#[tokio::test]
async fn what_is_wrong_with_us_is_tried_again_later_and_once_a_try() {
    for (answer, said) in [
        (
            r#"401 Unauthorized|{"code":20003,"message":"Authenticate"}"#,
            "Twilio answered 401 with 20003",
        ),
        (
            r#"400 Bad Request|{"code":21606,"message":"not yours"}"#,
            "Twilio answered 400 with 21606",
        ),
        ("200 OK|<html>", "Twilio answered 200"),
        ("302 Found|", "Twilio answered 302"),
        (r#"429 Too Many Requests|{"code":20429}"#, "it answered 429"),
        ("503 Busy|", "it answered 503"),
    ] {
        let (url, asked) = serve(&[answer]).await;
        assert_eq!(send(&url).await, Err(Silence(said.into())), "{answer}");
        assert_eq!(asked.lock().unwrap().len(), 1, "{answer}");
    }
    let nobody = send("http://127.0.0.1:9").await;
    assert_eq!(nobody, Err(Silence("it cannot be reached".into())));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let began = Instant::now();

    let said = send(&format!("http://{}", silent.local_addr().unwrap())).await;

    assert_eq!(said, Err(Silence("it took too long".into())));
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

#[test]
fn the_token_travels_over_https_alone_and_to_no_other_path() {
    let new = |url: &str, sid: &str, from: &str| {
        TwilioSms::new(url, sid, "a token".to_owned().into(), from).is_ok()
    };
    assert!(new(TWILIO, SID, "+15005550006") && new(TWILIO, SID, "MedConnect"));
    assert!(!new("http://api.twilio.com", SID, "+15005550006"));
    for sid in ["", "SK1", "AC1/../x", "AC1?x"] {
        assert!(!new(TWILIO, sid, "+15005550006"), "{sid}");
    }
    for from in ["", "912 345 678", "A name that is long", "x&To=1"] {
        assert!(!new(TWILIO, SID, from), "{from}");
    }
    let shown = format!("{:?} {:?}", twilio(TWILIO), text());
    assert!(
        !shown.contains("a token") && !shown.contains("912") && !shown.contains("123456"),
        "{shown}"
    );
}
