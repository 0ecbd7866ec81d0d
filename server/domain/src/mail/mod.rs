//! Mail: of what people are told, who is told it, and in which words.
//!
//! Nothing of why somebody sees a doctor is ever in a mail: it passes through the hands of others.
mod account;
mod audit;
mod emergency;
mod letter;
mod proxies;
mod several;
#[cfg(test)]
mod tests;
mod words;

pub use account::{
    SignInWords, account_blocked, account_closed, account_exists, account_unblocked,
    address_changed, address_has_account, alert, confirm_address, confirm_new_address, device,
    factor_changed, measure_reminder, milestone_reached, new_sign_in, password_changed,
    reset_password, token_reused,
};
pub use audit::audit_head;
pub use emergency::{EmergencyWords, emergency};
pub use letter::{Item, Letter, one_line};
pub use proxies::{proxy_accepted, proxy_invited};
pub use several::visits;
pub use words::{OfferWords, Pronoun, VisitWords, offer, payment, visit, waiting_over, welcome};

use crate::{
    booking::{AppointmentStatus, ReminderKind},
    text_enum,
};

text_enum! {
    /// What has happened that people are told of; the words are topics of the outbox.
    pub enum Topic {
        Booked = "booking.booked",
        Requested = "booking.requested",
        Confirmed = "booking.confirmed",
        Moved = "booking.rescheduled",
        MovedByDoctor = "booking.moved_by_doctor",
        Cancelled = "booking.cancelled",
        CancelledByDoctor = "booking.cancelled_by_doctor",
        /// Nobody said yes before the time came.
        NotAnswered = "booking.not_answered",
        FollowUp = "booking.follow_up_suggested",
        /// A visit is a day ahead.
        VisitReminder = "booking.reminder",
        /// It is hours ahead.
        VisitSoon = "booking.reminder_soon",
        Paid = "payment.paid",
        Refunded = "payment.refunded",
        Offered = "waitlist.offered",
        /// Several offers went unanswered.
        Paused = "waitlist.paused",
        /// The days that somebody would have come on have passed.
        Over = "waitlist.over",
        Welcome = "provider.welcome",
        /// Somebody says that an address is theirs.
        ConfirmAddress = "account.confirm_address",
        /// Somebody has forgotten the password of an address.
        ResetPassword = "account.reset_password",
        PasswordChanged = "account.password_changed",
        /// Somebody has signed in from where the account was not opened before.
        NewSignIn = "account.new_sign_in",
        /// Somebody used a token that was used up: a copy of it is in other hands.
        TokenReused = "account.token_reused",
        FactorOn = "account.factor_on",
        FactorOff = "account.factor_off",
        RecoveryCodesRenewed = "account.recovery_codes_renewed",
        RecoveryCodeUsed = "account.recovery_code_used",
        FactorRemovalAsked = "account.factor_removal_asked",
        FactorRemoved = "account.factor_removed",
        PasskeyAdded = "account.passkey_added",
        PasskeyRemoved = "account.passkey_removed",
        /// Somebody was turned away who showed what looked like a copy of a passkey.
        PasskeyCopied = "account.passkey_copied",
        /// It sends readings with a key of its own from now on.
        DeviceAdded = "device.added",
        DeviceKeyMade = "device.key_made",
        /// It says that something is wrong with it.
        DeviceFailed = "device.failed",
        /// Readings are beyond their limits.
        AlertOpened = "alert.opened",
        /// They cannot wait.
        AlertCritical = "alert.critical",
        /// Somebody has reached something with their readings.
        MilestoneReached = "reading.milestone_reached",
        /// They have not measured for days what they measured regularly.
        MeasureReminder = "reading.reminder",
        /// Admins keep everybody out of it.
        AccountBlocked = "account.blocked",
        AccountUnblocked = "account.unblocked",
        AccountClosed = "account.closed",
        /// Somebody wants another address for their account: told to that one.
        ConfirmNewAddress = "account.confirm_new_address",
        /// Told to the old one.
        AddressChanged = "account.address_changed",
        /// A doctor has opened somebody's record in an emergency: told to that person.
        EmergencyOpened = "emergency.opened",
        /// Told to those who look after that.
        EmergencyToReview = "emergency.to_review",
        EmergencyReviewed = "emergency.reviewed",
        /// Somebody is to act for a patient: told to the address of that person.
        ProxyInvited = "proxy.invited",
        /// Told to the patient.
        ProxyAccepted = "proxy.accepted",
        /// The head of the audit trail, for whoever keeps it.
        AuditHead = "audit.head",
    }
}

/// Mail that people may decline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// And congratulations.
    Suggestions,
    Reminders,
    /// Reminders of visits.
    Visits,
}

/// Who reads a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Or whoever acts for them.
    Patient,
    Doctor,
    /// Who has an account, asks for one, or keeps what has to do with no visit.
    Owner,
}

impl Topic {
    /// Who is told. Doctors hear what others do, not what they do themselves.
    #[must_use]
    pub const fn readers(self) -> &'static [Reader] {
        match self {
            Self::Booked | Self::Requested | Self::Moved | Self::Cancelled => {
                &[Reader::Patient, Reader::Doctor]
            }
            Self::Welcome => &[Reader::Doctor],
            Self::ConfirmAddress
            | Self::ResetPassword
            | Self::PasswordChanged
            | Self::NewSignIn
            | Self::TokenReused
            | Self::FactorOn
            | Self::FactorOff
            | Self::RecoveryCodesRenewed
            | Self::RecoveryCodeUsed
            | Self::FactorRemovalAsked
            | Self::FactorRemoved
            | Self::PasskeyAdded
            | Self::PasskeyRemoved
            | Self::PasskeyCopied
            | Self::DeviceAdded
            | Self::DeviceKeyMade
            | Self::DeviceFailed
            | Self::AlertOpened
            | Self::AlertCritical
            | Self::MilestoneReached
            | Self::MeasureReminder
            | Self::AccountBlocked
            | Self::AccountUnblocked
            | Self::AccountClosed
            | Self::ConfirmNewAddress
            | Self::AddressChanged
            | Self::EmergencyOpened
            | Self::EmergencyToReview
            | Self::EmergencyReviewed
            | Self::ProxyInvited
            | Self::ProxyAccepted
            | Self::AuditHead => &[Reader::Owner],
            _ => &[Reader::Patient],
        }
    }

    /// Whether it is still so of a visit that is `status` now, and whose end has or has not passed. What is
    /// not is told by the message of what happened since.
    #[must_use]
    pub const fn holds(self, reader: Reader, status: AppointmentStatus, is_over: bool) -> bool {
        use AppointmentStatus as S;
        match self {
            Self::Requested => matches!(status, S::Requested) && !is_over,
            // Whoever is told that it is confirmed need not hear that it is booked.
            Self::Booked => match reader {
                Reader::Patient => matches!(status, S::Scheduled) && !is_over,
                _ => matches!(status, S::Scheduled | S::Confirmed) && !is_over,
            },
            Self::Confirmed => matches!(status, S::Confirmed) && !is_over,
            Self::Moved | Self::MovedByDoctor => {
                matches!(status, S::Requested | S::Scheduled | S::Confirmed | S::Rescheduled)
                    && !is_over
            }
            Self::Cancelled | Self::CancelledByDoctor => matches!(status, S::Cancelled) && !is_over,
            Self::NotAnswered => matches!(status, S::Expired),
            _ => true,
        }
    }

    /// What reminds people of their visits.
    #[must_use]
    pub const fn of_reminder(kind: ReminderKind) -> Self {
        match kind {
            ReminderKind::DayBefore => Self::VisitReminder,
            ReminderKind::HoursBefore => Self::VisitSoon,
        }
    }

    /// Which of the reminders of a visit it is, if it is one.
    #[must_use]
    pub const fn reminder(self) -> Option<ReminderKind> {
        match self {
            Self::VisitReminder => Some(ReminderKind::DayBefore),
            Self::VisitSoon => Some(ReminderKind::HoursBefore),
            _ => None,
        }
    }

    /// What people may say that they do not want, if this is of that. What happens to visits and to the account they are always
    /// told.
    #[must_use]
    pub const fn choice(self) -> Option<Choice> {
        match self {
            Self::FollowUp | Self::MilestoneReached => Some(Choice::Suggestions),
            Self::MeasureReminder => Some(Choice::Reminders),
            Self::VisitReminder | Self::VisitSoon => Some(Choice::Visits),
            _ => None,
        }
    }

    /// Whether the patient's calendar is told, too. Doctors follow their visits by an address of their own,
    /// where what they change themselves is changed as well.
    #[must_use]
    pub const fn is_for_calendars(self, reader: Reader) -> bool {
        matches!(reader, Reader::Patient)
            && matches!(
                self,
                Self::Booked
                    | Self::Confirmed
                    | Self::Moved
                    | Self::MovedByDoctor
                    | Self::Cancelled
                    | Self::CancelledByDoctor
            )
    }
}
