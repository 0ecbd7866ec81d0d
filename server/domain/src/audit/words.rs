//! What happened, in words that the person whose record it is understands.

/// What somebody did, as it stands behind their name: `Opened a visit`. `None`: an action that no record knows.
#[must_use]
pub fn sentence(action: &str) -> Option<&'static str> {
    Some(match action {
        "account.change_profile" => "Changed the profile",
        "account.register" => "Made the account",
        "account.reset_password" => "Chose a new password",
        "account.sign_in" => "Signed in",
        "account.sign_in_failed" => "Turned away somebody who had a wrong password",
        "account.verify_email" => "Confirmed the email address",
        "access_log.export" => "Downloaded this list",
        "appointment.cancel" | "appointment.cancel_as_doctor" => "Cancelled a visit",
        "appointment.change_reason" => "Changed what a visit is about",
        "appointment.change_status" => "Changed the state of a visit",
        "appointment.check_in" => "Noted that the patient has arrived",
        "appointment.complete" => "Ended a visit",
        "appointment.confirm" => "Confirmed a visit",
        "appointment.create" => "Booked a visit",
        "appointment.list" => "Saw a visit in a list",
        "appointment.no_show" => "Noted that the patient did not come",
        "appointment.read" => "Opened a visit",
        "appointment.reschedule" | "appointment.reschedule_as_doctor" => "Moved a visit",
        "appointment.set_priority" => "Said how urgent a visit is",
        "appointment.start" => "Began a visit",
        "appointment.suggest_follow_up" => "Suggested another visit",
        "calendar_feed.create" => "Made the calendar address",
        "calendar_feed.remove" => "Removed the calendar address",
        "calendar_feed.rotate" => "Changed the calendar address",
        "family.add" => "Added the person to their family",
        "family.change" => "Changed the person in their family",
        "family.remove" => "Took the person off their family",
        "payment.begin" => "Began to pay for a visit",
        "payment.paid" => "Paid for a visit",
        "payment.refunded" => "Gave back what was paid for a visit",
        "waitlist.decline" => "Declined a time that was offered",
        "waitlist.join" => "Joined the waitlist",
        "waitlist.leave" => "Left the waitlist",
        "waitlist.offer" => "Offered a time to somebody who waits",
        _ => return None,
    })
}
