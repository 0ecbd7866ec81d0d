//! Our calendar files, read by a library that is not ours.
use crate::mail::{NOW, SENDER, SITE, World};
use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::{Value, json};
use services::{
    booking::{self, Change},
    calendar::{self, Reader},
    identity::{Caller, Person},
};
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};
use testkit::{Smtp, at};

const NINE: &str = "2026-03-04T09:00:00Z";
const TEN: &str = "2026-03-05T10:00:00Z";

/// What the library understands of a calendar object.
fn read(file: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut reader = Command::new("python3")
        .arg(root.join("tools/read-calendar"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(file.as_bytes()).unwrap();
    let said = reader.wait_with_output().unwrap();
    assert!(said.status.success(), "see above; `tools/setup --tests` installs the library");
    serde_json::from_slice(&said.stdout).unwrap()
}

/// The one entry of a file; and that its times are right by the zone the file describes itself.
fn entry(read: &Value, start: &str, zone: &str) -> Value {
    assert!(read["longest_line"].as_u64().unwrap() <= 75, "{read}");
    let entries = read["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{read}");
    let entry = entries[0].clone();
    assert_eq!(entry["zone"], zone, "{read}");
    assert_eq!(read["zones"], json!([zone]));
    for by in ["start", "start_by_own_zone"] {
        let instant: Timestamp = entry[by].as_str().unwrap().parse().unwrap();
        assert_eq!(instant, at(start), "{by}: {read}");
    }
    entry
}

#[tokio::test(flavor = "multi_thread")]
async fn feed_file_and_mails_are_read_as_they_are_meant() {
    let smtp = Smtp::new().await;
    let world = World::new(smtp.addr()).await;
    let id = world.book().await;
    world.send().await;
    let person: Caller<Person> = world.db.caller(&world.clinic, world.person.user).await;

    let visit = booking::visit(&world.clinic, &person, id).await.unwrap();
    let file = calendar::file(&visit, Reader::Patient, SITE, at(NOW));
    let token = calendar::issue_feed(&world.clinic, &person).await.unwrap();
    let feed = calendar::read_feed(&world.clinic, &token, SITE).await.unwrap();
    let (file, feed) = (read(&file), read(&feed));
    assert_eq!((&file["method"], &feed["method"]), (&json!("PUBLISH"), &Value::Null));
    let uid = entry(&file, NINE, "Europe/Lisbon")["uid"].clone();
    assert_eq!(entry(&feed, NINE, "Europe/Lisbon")["uid"], uid);

    let change = Change { start: Some(at(TEN)), reason: None };
    booking::change(&world.clinic, &world.patient, id, &change, None).await.unwrap();
    world.send().await;
    booking::cancel(&world.clinic, &world.patient, id, None, None).await.unwrap();
    world.send().await;
    let mails = smtp.mails();
    let to_patient = mails.iter().filter(|mail| mail.to == [world.person.email.clone()]);
    let mut seen = Vec::new();
    for mail in to_patient {
        let message = MessageParser::default().parse(mail.data.as_bytes()).unwrap();
        let file = message.attachments().find(|part| part.attachment_name() == Some("visit.ics"));
        let read = read(std::str::from_utf8(file.unwrap().contents()).unwrap());
        let start = if seen.is_empty() { NINE } else { TEN };
        let entry = entry(&read, start, "Europe/Lisbon");
        assert_eq!(entry["uid"], uid);
        assert_eq!(entry["organizer"], json!(["Dr José Muñoz", format!("mailto:{SENDER}")]));
        let attendee = format!("mailto:{}", world.person.email);
        assert_eq!(entry["attendee"], json!(["Ana Silva", attendee]));
        seen.push(json!([read["method"], entry["sequence"], entry["status"]]));
    }
    assert_eq!(
        seen,
        [
            json!(["REQUEST", 0, "CONFIRMED"]),
            json!(["REQUEST", 1, "CONFIRMED"]),
            json!(["CANCEL", 2, "CANCELLED"])
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_visit_of_a_series_comes_in_a_file_of_its_own_that_is_a_request() {
    let smtp = Smtp::new().await;
    let world = World::new(smtp.addr()).await;
    let ids = world.book_series().await;
    world.send().await;
    let mails = smtp.mails();
    let mut to_patient = mails.iter().filter(|mail| mail.to == [world.person.email.clone()]);
    let (mail, None) = (to_patient.next().unwrap(), to_patient.next()) else {
        panic!("more than one mail");
    };
    let message = MessageParser::default().parse(mail.data.as_bytes()).unwrap();
    // None of them says what the text does, so none is another form of it.
    assert_eq!(message.parts.iter().filter(|part| part.is_multipart()).count(), 2);
    let files: Vec<_> = message.attachments().collect();
    assert_eq!(files.len(), ids.len());
    for (number, (part, id)) in (0..).zip(files.iter().zip(&ids)) {
        assert_eq!(part.attachment_name(), Some(format!("visit-{}.ics", number + 1).as_str()));
        assert_eq!(part.content_type().unwrap().attribute("method"), Some("REQUEST"));
        let read = read(std::str::from_utf8(part.contents()).unwrap());
        let start = at(NINE) + jiff::SignedDuration::from_hours(7 * 24 * number);
        let entry = entry(&read, &start.to_string(), "Europe/Lisbon");
        assert_eq!((&read["method"], &entry["sequence"]), (&json!("REQUEST"), &json!(0)));
        assert_eq!(entry["uid"], json!(format!("{id}@medconnect")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_zone_is_described_as_it_is() {
    let smtp = Smtp::new().await;
    let world = World::new(smtp.addr()).await;
    let id = world.book().await;
    let person: Caller<Person> = world.db.caller(&world.clinic, world.person.user).await;
    // Half hours, clocks the other way round, none that change, and a day that is another one there.
    for zone in [
        "Australia/Lord_Howe",
        "Europe/Dublin",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Pacific/Auckland",
    ] {
        world.db.execute(&format!("UPDATE appointments SET time_zone = '{zone}'")).await;
        let visit = booking::visit(&world.clinic, &person, id).await.unwrap();
        let file = calendar::file(&visit, Reader::Patient, SITE, at(NOW));
        entry(&read(&file), NINE, zone);
    }
}
