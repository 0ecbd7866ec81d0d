//! Adults who act for a patient: who may do what, until when, and who hears of it.
mod ends;
mod health;
mod invitations;
mod visits;

use crate::{
    address::{mail_to, token_in},
    schema::lines,
};
use domain::{
    booking::{AppointmentId, BookingRequest, VisitKind},
    directory::ProviderId,
    proxies::{GrantForm, ProxyGrantId},
};
use services::{
    Clinic, Error, Result,
    booking::{self, Booked, IdempotencyKey},
    identity::{Caller, Patient, Person},
    proxies,
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const TEN: &str = "2026-03-03T10:00:00Z";
const LATER: &str = "2026-03-05T09:00:00Z";

/// Ana, who grants, and Ben, who acts.
struct World {
    db: TestDb,
    clinic: Clinic,
    provider: ProviderId,
    ana: Caller<Patient>,
    ben: Caller<Patient>,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let provider = db.provider().await;
        let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
        db.execute(&format!("UPDATE users SET first_name = 'Ben' WHERE id = '{}'", ben.user)).await;
        Self { db, clinic, provider, ana, ben }
    }

    async fn person(&self, caller: &Caller<Patient>) -> Caller<Person> {
        self.db.caller(&self.clinic, caller.user).await
    }

    async fn invite(&self, email: &str, scopes: &[&str]) -> Result<ProxyGrantId> {
        proxies::grant(&self.clinic, &self.ana, &form(email, scopes)).await
    }

    /// The token of the newest invitation to `email`.
    async fn token(&self, email: &str) -> String {
        token_in(&mail_to(&self.db, &self.clinic, email).await.unwrap())
    }

    /// Ben acts for Ana.
    async fn entrust(&self, scopes: &[&str]) -> ProxyGrantId {
        let id = self.invite(&self.ben.email, scopes).await.unwrap();
        let token = self.token(&self.ben.email).await;
        proxies::accept(&self.clinic, &self.ben, &token).await.unwrap();
        id
    }

    async fn book(&self, by: &Caller<Patient>, start: &str) -> Result<Booked> {
        let key = IdempotencyKey::fresh();
        booking::book_for(&self.clinic, by, self.ana.user, &key, self.visit_at(start)).await
    }

    fn visit_at(&self, start: &str) -> BookingRequest {
        BookingRequest {
            provider: self.provider,
            start: at(start),
            kind: VisitKind::Video,
            reason: "A secret rash".into(),
            place: None,
        }
    }

    /// A visit that Ana has booked herself.
    async fn visit(&self, start: &str) -> AppointmentId {
        self.book(&self.ana, start).await.unwrap().appointment
    }

    /// What Ben has done to or seen of Ana, in order.
    async fn deeds(&self) -> Vec<String> {
        let sql = format!(
            "SELECT action AS line FROM audit_events WHERE actor_id = '{}' AND patient_id = '{}' ORDER BY occurred_at, id",
            self.ben.user, self.ana.user
        );
        lines(&self.db, &sql).await
    }

    /// Lets the time of every grant pass, on the clock of the database.
    async fn let_time_pass(&self) {
        self.db
            .execute(
                "UPDATE proxy_grants SET granted_at = granted_at - interval '300 days', \
                 accepted_at = accepted_at - interval '300 days', ends_at = clock_timestamp() - interval '1 second'",
            )
            .await;
    }

    async fn sees(&self, id: AppointmentId) -> bool {
        let ben = self.person(&self.ben).await;
        booking::visit(&self.clinic, &ben, id).await.is_ok()
    }
}

fn form(email: &str, scopes: &[&str]) -> GrantForm {
    let scopes = scopes.iter().map(|&word| word.to_owned()).collect();
    GrantForm { email: email.into(), scopes, lifetime: "6_months".into() }
}

fn is_not_found<T>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::NotFound))
}
