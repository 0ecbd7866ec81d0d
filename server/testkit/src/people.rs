//! People and rows that a test starts from.
use crate::TestDb;
use diesel::{ExpressionMethods, sql_query, sql_types};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use domain::{
    directory::{HospitalId, ProviderId},
    identity::{Registration, UserId},
};
use jiff::Timestamp;
use schema::{hospitals, provider_hospitals, providers};
use services::{
    Clinic,
    identity::{self, ActsAs, Caller, SignedIn},
};

/// The fee of every test's doctor, in cents.
pub const FEE: i64 = 4_500;

/// The hours of every test's doctor: each day, on the clock of their zone.
pub const HOURS: (&str, &str) = ("09:00", "12:00");

/// A person with an account and the password it opens with.
#[derive(Debug, Clone)]
pub struct Person {
    pub user: UserId,
    pub email: String,
    pub password: &'static str,
}

impl Person {
    /// As they are who have just signed in for the first time.
    pub fn signed_in(&self) -> SignedIn {
        SignedIn { user: self.user, version: 0 }
    }
}

const PASSWORD: &str = "purple tractor sings quietly";

/// An instant, for tests that know it is one.
pub fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

impl TestDb {
    /// Someone who has registered, with the role of a patient.
    pub async fn person(&self, clinic: &Clinic) -> Person {
        let email = format!("{}@example.org", uuid::Uuid::now_v7().simple());
        let registration = Registration {
            first_name: "Ana".into(),
            last_name: "Silva".into(),
            email: email.clone(),
            password: PASSWORD.into(),
            time_zone: "Europe/Lisbon".into(),
        };
        let user = identity::register(clinic, registration).await.unwrap().user;
        // Their address is proven, and no mail of that waits.
        let proven = format!(
            "UPDATE users SET is_email_verified = true WHERE id = '{user}'; \
             DELETE FROM outbox WHERE topic = 'account.confirm_address' AND payload ->> 'registration_id' IN \
                 (SELECT id::text FROM registrations WHERE user_id = '{user}'); \
             DELETE FROM registrations WHERE user_id = '{user}'"
        );
        clinic.db().await.unwrap().batch_execute(&proven).await.unwrap();
        Person { user, email, password: PASSWORD }
    }

    /// Someone who has registered, in the role `R`.
    pub async fn caller<R: ActsAs>(&self, clinic: &Clinic, user: UserId) -> Caller<R> {
        identity::require(identity::actor(clinic, user).await.unwrap()).unwrap()
    }

    /// A signed-in patient.
    pub async fn patient(&self, clinic: &Clinic) -> Caller<identity::Patient> {
        let person = self.person(clinic).await;
        self.caller(clinic, person.user).await
    }

    /// A signed-in admin.
    pub async fn admin(&self, clinic: &Clinic) -> Caller<identity::Admin> {
        let person = self.person(clinic).await;
        self.give_role(person.user, "admin").await;
        self.caller(clinic, person.user).await
    }

    /// A signed-in admin, as the one who runs roles.
    pub async fn role_manager(&self, clinic: &Clinic) -> Caller<identity::RoleManager> {
        let admin = self.admin(clinic).await;
        self.caller(clinic, admin.user).await
    }

    /// A signed-in doctor, who is `provider`.
    pub async fn doctor(&self, clinic: &Clinic, provider: ProviderId) -> Caller<identity::Doctor> {
        let person = self.person(clinic).await;
        self.make_doctor(person.user, provider).await;
        self.caller(clinic, person.user).await
    }

    /// Makes `user` the doctor that `provider` is.
    pub async fn make_doctor(&self, user: UserId, provider: ProviderId) {
        self.give_role(user, "doctor").await;
        diesel::update(diesel::QueryDsl::find(providers::table, provider))
            .set(providers::user_id.eq(user))
            .execute(&mut self.owner().await)
            .await
            .unwrap();
    }

    /// Gives `user` the role called `role`.
    pub async fn give_role(&self, user: UserId, role: &str) {
        sql_query(
            "INSERT INTO user_roles (user_id, role_id) SELECT $1, id FROM roles WHERE name = $2",
        )
        .bind::<sql_types::Uuid, _>(user)
        .bind::<sql_types::Text, _>(role)
        .execute(&mut self.owner().await)
        .await
        .unwrap();
    }

    /// A hospital in Lisbon.
    pub async fn hospital(&self) -> HospitalId {
        let id = HospitalId::generate();
        diesel::insert_into(hospitals::table)
            .values((
                hospitals::id.eq(id),
                hospitals::name.eq(format!("Hospital {id}")),
                hospitals::address.eq("Rua Um 1"),
                hospitals::city.eq("Lisbon"),
                hospitals::country.eq("Portugal"),
                hospitals::time_zone.eq("Europe/Lisbon"),
            ))
            .execute(&mut self.owner().await)
            .await
            .unwrap();
        id
    }

    /// A doctor in Lisbon who works by video from nine to noon every day, in visits of 30 minutes.
    pub async fn provider(&self) -> ProviderId {
        self.provider_named("José", "Muñoz", "cardiology").await
    }

    /// The same under a name and with a specialty of the test's choice.
    pub async fn provider_named(&self, first: &str, last: &str, specialty: &str) -> ProviderId {
        let id = ProviderId::generate();
        let conn = &mut self.owner().await;
        diesel::insert_into(providers::table)
            .values((
                providers::id.eq(id),
                providers::first_name.eq(first),
                providers::last_name.eq(last),
                providers::email.eq(format!("{id}@example.org")),
                providers::specialization.eq(specialty),
                providers::license_number.eq(id.to_string()),
                providers::gender.eq("male"),
                providers::consultation_fee_minor.eq(FEE),
                providers::currency.eq("EUR"),
                providers::languages.eq(vec!["pt", "en"]),
                providers::visit_kinds.eq(vec!["video", "phone"]),
                providers::time_zone.eq("Europe/Lisbon"),
            ))
            .execute(conn)
            .await
            .unwrap();
        sql_query(
            "INSERT INTO availability_rules (id, provider_id, weekday, starts, ends, slot_minutes, kinds, time_zone) \
             SELECT gen_random_uuid(), $1, day, $2::time, $3::time, 30, ARRAY['video', 'phone'], 'Europe/Lisbon' \
             FROM generate_series(1, 7) AS day",
        )
        .bind::<sql_types::Uuid, _>(id)
        .bind::<sql_types::Text, _>(HOURS.0)
        .bind::<sql_types::Text, _>(HOURS.1)
        .execute(conn)
        .await
        .unwrap();
        id
    }

    /// Lets `provider` work at `hospital`.
    pub async fn link(&self, provider: ProviderId, hospital: HospitalId) {
        diesel::insert_into(provider_hospitals::table)
            .values((
                provider_hospitals::provider_id.eq(provider),
                provider_hospitals::hospital_id.eq(hospital),
            ))
            .execute(&mut self.owner().await)
            .await
            .unwrap();
    }
}
