//! What mail there is in the end, against what there is in the tables.
use crate::running::pairs;
use mail_parser::{Message, MessageParser, MimeHeaders};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Received, TestDb};

/// What is still to be told.
pub const UNTOLD: &str = "outbox WHERE done_at IS NULL AND dead_at IS NULL";

/// What servers that are gone had taken to work on is there for others: as if a minute had passed. To be
/// called while none of them runs.
pub async fn forget_leases(db: &TestDb) {
    db.execute(
        "UPDATE outbox SET leased_until = NULL, available_at = least(available_at, now()) \
         WHERE done_at IS NULL AND dead_at IS NULL",
    )
    .await;
}

/// A visit in somebody's calendar file: its id, and the sequence and whether it is to be taken out.
type Filed = (String, (String, bool));

/// What the calendar files of a mail say.
fn files(message: &Message<'_>) -> Vec<Filed> {
    let read = |file: &str| {
        let value = |name: &str| {
            let line = file.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} {file}")).trim_end().to_owned()
        };
        let id = value("UID:").trim_end_matches("@medconnect").to_owned();
        (id, (value("SEQUENCE:"), value("METHOD:") == "CANCEL"))
    };
    message
        .attachments()
        .filter(|part| part.attachment_name().is_some_and(|name| name.ends_with(".ics")))
        .map(|part| read(std::str::from_utf8(part.contents()).unwrap()))
        .collect()
}

/// The visits that a mail leads to.
fn named(message: &Message<'_>) -> Vec<String> {
    let text = message.body_text(0).unwrap();
    let pages = text.split("/visits/").skip(1);
    pages.map(|rest| rest.chars().take(36).collect()).collect()
}

/// Every visit is told as it is to whoever is its patient, and none that is not there to anybody; no mail is
/// written that is not to be, and no more than `twice` have come once more than they should.
pub async fn check_mails(db: &TestDb, mails: &[Received], twice: usize) {
    let visits =
        "FROM appointments a JOIN users p ON p.id = a.patient_id WHERE a.held_until IS NULL";
    let stand =
        format!("SELECT a.id::text, a.sequence || ' ' || (a.status = 'cancelled') {visits}");
    let stand = pairs(db, &stand).await;
    let patients = pairs(db, &format!("SELECT a.id::text, p.email {visits}")).await;
    let tries = "SELECT id::text, attempts::text FROM outbox WHERE topic = 'mail'";
    let tries = pairs(db, tries).await;
    assert_eq!(db.count("outbox WHERE dead_at IS NOT NULL").await, 0, "something was given up");

    let mut filed: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for mail in mails {
        let message = MessageParser::default().parse(mail.data.as_bytes()).unwrap();
        let id = message.message_id().unwrap().split('@').next().unwrap().to_owned();
        assert!(tries.contains_key(&id), "nobody was to get this: {}", mail.data);
        *copies.entry(id.clone()).or_default() += 1;
        for visit in named(&message) {
            assert!(stand.contains_key(&visit), "there is no visit {visit}: {}", mail.data);
        }
        for (visit, (sequence, is_cancelled)) in files(&message) {
            assert_eq!(
                patients.get(&visit).map(|patient| vec![patient.clone()]),
                Some(mail.to.clone())
            );
            let state = format!("{sequence} {is_cancelled}");
            filed.entry((visit, state)).or_default().insert(id.clone());
        }
    }

    let untold: Vec<_> = stand
        .iter()
        .filter(|(id, state)| !filed.contains_key(&((*id).clone(), (*state).clone())))
        .collect();
    assert!(untold.is_empty(), "nobody was told that these are so: {untold:?}");
    let twice_told: Vec<_> = filed.iter().filter(|(_, ids)| ids.len() > 1).collect();
    assert!(twice_told.is_empty(), "told by several mails: {twice_told:?}");
    let more: Vec<_> =
        copies.iter().filter(|(id, count)| **count > tries[*id].parse().unwrap()).collect();
    assert!(more.is_empty(), "sent more often than tried: {more:?}");
    let again: usize = copies.values().map(|count| count - 1).sum();
    assert!(again <= twice, "{again} mails came twice");
}
