//! What is not PostgreSQL, as use cases see it. Asked before a transaction or after it, never inside; but [`Counts`],
//! which answer in a moment or not at all.
use crate::{
    Pool,
    identity::throttle::{Key, Then},
    mail::demo::DemoMail,
    payments::demo::DemoPayments,
};
use domain::{
    account::phone::PhoneNumber,
    directory::{HospitalId, LicenseStanding, ProviderId, Specialty, license::demo_standing},
    money::Money,
    payments::AttemptId,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::{fmt::Debug, future::ready, pin::Pin, sync::Arc};
use uuid::Uuid;

/// What another system says, or that it does not.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Silence>> + Send + 'a>>;

/// Another system gave no answer that can be used; later it may. The words are for the log and for admins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Silence(pub String);

/// Whose licence it is said to be.
#[derive(Debug, Clone, Serialize)]
pub struct License {
    pub license_number: String,
    pub first_name: String,
    pub last_name: String,
    pub specialization: Specialty,
}

/// A register of doctors.
pub trait LicenseRegister: Debug + Send + Sync {
    /// What it is called where its answers are kept.
    fn name(&self) -> &str;

    fn standing<'a>(&'a self, license: &'a License) -> Answer<'a, LicenseStanding>;
}

/// What a hospital is told of a doctor. It may come twice, and late: the one with the highest version holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Affiliation {
    pub hospital_id: HospitalId,
    pub hospital_name: String,
    pub provider_id: ProviderId,
    pub version: i32,
    pub works_there: bool,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub specialization: Specialty,
    pub license_number: String,
}

/// The systems of the hospitals.
pub trait HospitalSystem: Debug + Send + Sync {
    fn name(&self) -> &str;

    fn tell<'a>(&'a self, affiliation: &'a Affiliation) -> Answer<'a, ()>;
}

/// What somebody is asked to pay.
#[derive(Debug, Clone)]
pub struct Checkout {
    pub attempt: AttemptId,
    pub amount: Money,
    /// The path of ours to which the gateway leads the person afterwards, whatever became of it.
    pub back_to: String,
}

/// What the gateway knows of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    /// Nobody has paid yet, and somebody still may.
    Open,
    Paid,
    Declined,
    /// Nobody can pay any more.
    Closed,
}

/// Who takes the money. Everything goes by the id of the attempt: asked twice, it is done once.
pub trait PaymentGateway: Debug + Send + Sync {
    /// The page on which the person pays: an address, or a path of our own.
    fn begin<'a>(&'a self, checkout: &'a Checkout) -> Answer<'a, String>;

    /// What became of a charge.
    fn look_up<'a>(&'a self, charge: AttemptId) -> Answer<'a, Paid>;

    /// Lets nobody pay any more; [`Paid::Paid`] when somebody was faster.
    fn close<'a>(&'a self, charge: AttemptId) -> Answer<'a, Paid>;

    /// Gives `amount` of a paid charge back.
    fn refund<'a>(&'a self, refund: AttemptId, charge: AttemptId, amount: Money) -> Answer<'a, ()>;
}

/// One mail to one person. No field that becomes a header has a line break in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The same each time it is sent, so that a reader's program knows the second as the first.
    pub id: Uuid,
    /// Empty where nobody's name is known.
    pub to_name: String,
    pub to_address: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// One for each visit it is about.
    ///
    /// A REQUEST or CANCEL may hold several components only if all have one UID (RFC 5546, 3.2.2 and 3.2.5: one
    /// meeting that recurs), and each visit has its own, since each is moved and cancelled alone later. A PUBLISH
    /// may mix UIDs, but its entries must not have an attendee (3.2.1): later requests and cancellations, which
    /// are addressed to one, would be of entries that nobody was invited to. So each visit has an object of its
    /// own; a series has no more than a dozen.
    pub calendars: Vec<CalendarFile>,
}

/// A calendar object for the reader's calendar (RFC 6047).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarFile {
    /// `REQUEST` or `CANCEL`, as the object itself says.
    pub method: &'static str,
    pub content: String,
}

/// What became of a mail or a text message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    Accepted,
    /// It will never be accepted, such as for want of such an address. The words name nobody.
    Refused(String),
}

/// Who carries mail.
pub trait Mail: Debug + Send + Sync {
    /// The clinic's own address.
    fn sender(&self) -> &str;

    fn send<'a>(&'a self, mail: &'a OutgoingMail) -> Answer<'a, Posted>;
}

/// One text message to one phone.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingText {
    /// The same each time it is sent.
    pub id: Uuid,
    pub to: PhoneNumber,
    pub text: String,
}

/// Without what it says, which opens something.
impl Debug for OutgoingText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutgoingText").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Who carries text messages.
pub trait Sms: Debug + Send + Sync {
    fn send<'a>(&'a self, text: &'a OutgoingText) -> Answer<'a, Posted>;
}

/// What failed, counted for all servers together outside of the database.
pub trait Counts: Debug + Send + Sync {
    /// How long whoever is counted under `keys` has to wait; zero: not at all, and `then` is done with their counts,
    /// in the same step. Of many at once, each sees those before it.
    fn settle<'a>(
        &'a self,
        keys: &'a [Key],
        then: Then,
        now: Timestamp,
    ) -> Answer<'a, SignedDuration>;

    /// Whether they answer.
    fn ping(&self) -> Answer<'_, ()>;
}

/// Who brings what devices publish.
pub trait Broker: Debug + Send + Sync {
    /// Whether we hear devices through it at the moment.
    fn is_there(&self) -> bool;
}

/// What a clinic is connected to.
#[derive(Debug, Clone)]
pub struct Gateways {
    pub licenses: Arc<dyn LicenseRegister>,
    pub hospitals: Arc<dyn HospitalSystem>,
    /// `None`: visits are paid at the clinic.
    pub payments: Option<Arc<dyn PaymentGateway>>,
    /// `None`: what people are to be told waits.
    pub mail: Option<Arc<dyn Mail>>,
    /// `None`: nobody can show that a phone number is theirs.
    pub sms: Option<Arc<dyn Sms>>,
    /// `None`: the database counts.
    pub counts: Option<Arc<dyn Counts>>,
    /// `None`: devices are heard over HTTP alone.
    pub broker: Option<Arc<dyn Broker>>,
}

impl Default for Gateways {
    /// Connected to nothing: licences cannot be checked, and what hospitals are told stays with us.
    fn default() -> Self {
        Self {
            licenses: Arc::new(NoRegister),
            hospitals: Arc::new(OurRecords),
            payments: None,
            mail: None,
            sms: None,
            counts: None,
            broker: None,
        }
    }
}

impl Gateways {
    /// A demo goes by rules instead of asking anybody.
    pub fn of_demo(pool: &Pool) -> Self {
        Self {
            licenses: Arc::new(DemoRegister),
            payments: Some(Arc::new(DemoPayments::new(pool.clone()))),
            mail: Some(Arc::new(DemoMail::new(pool.clone()))),
            sms: Some(Arc::new(DemoMail::new(pool.clone()))),
            ..Self::default()
        }
    }
}

#[derive(Debug)]
struct NoRegister;

impl LicenseRegister for NoRegister {
    fn name(&self) -> &str {
        "no register"
    }

    fn standing<'a>(&'a self, _: &'a License) -> Answer<'a, LicenseStanding> {
        Box::pin(ready(Err(Silence("no register is set up: LICENCE_CHECK_URL is missing".into()))))
    }
}

/// See [`demo_standing`].
#[derive(Debug)]
struct DemoRegister;

impl LicenseRegister for DemoRegister {
    fn name(&self) -> &str {
        "Demo register"
    }

    fn standing<'a>(&'a self, license: &'a License) -> Answer<'a, LicenseStanding> {
        let standing = demo_standing(&license.license_number);
        let silent = || Silence("the demo register plays dead for this number".into());
        Box::pin(ready(standing.ok_or_else(silent)))
    }
}

/// Without a system to tell, the row that says what would be told is all.
#[derive(Debug)]
struct OurRecords;

impl HospitalSystem for OurRecords {
    fn name(&self) -> &str {
        "Our own records"
    }

    fn tell<'a>(&'a self, _: &'a Affiliation) -> Answer<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}
