//! What runs beside the requests.
use crate::audit_heads::{self, Heads};
use domain::audit::BATCH;
use jiff::SignedDuration;
use secrecy::SecretString;
use services::{
    Clinic, Result, account, admin, audit, booking,
    calendar::busy::Reach,
    devices,
    identity::{factor, passkeys, registration, reset, sessions, signing, throttle, tokens},
    live, mail, outbox, payments, proxies, readings, schedule, sms, waitlist,
};
use std::{future::Future, path::Path, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often each sweep looks for work.
const SWEEP: Duration = Duration::from_secs(30);

/// How long an ended hold may look like a taken time. Nobody who books has to wait for it.
const LETTING_GO: Duration = Duration::from_secs(5);

/// How often to look for payments that wait for the gateway, and for alerts that nobody has seen.
const SETTLING: Duration = Duration::from_secs(5);
/// How often those who wait are thought of whatever happened: time alone opens new days.
const LOOKING_EVERYWHERE: SignedDuration = SignedDuration::from_mins(5);

/// How soon after a change hospitals hear of it.
const TELLING: Duration = Duration::from_secs(3);

/// How soon people do: some wait for a code, with the page open.
const WRITING: Duration = Duration::from_secs(1);

/// How soon after their instant times that were kept for urgent visits are shown to everybody.
const RELEASING: Duration = Duration::from_secs(20);

/// How soon after they happened events are sealed.
const SEALING: Duration = Duration::from_secs(60);

/// How often to look whether the readings of the next months have their place.
const MAKING_PLACE: Duration = Duration::from_secs(3600);

/// How often to look whether somebody has reached something. Nobody waits for it: what is found in between comes at once.
const PRAISING: Duration = Duration::from_secs(5);

/// How soon readings of a device go that are all to go: who has said so looks whether they do.
const CLEARING: Duration = Duration::from_secs(1);

/// How often to look whether somebody has stopped to measure, or is to be reminded of a visit.
const REMINDING: Duration = Duration::from_secs(60);

/// Starts the workers; each ends when `stop` is cancelled.
pub fn start(
    clinic: &Clinic,
    database: &SecretString,
    reach: Reach,
    public_url: &str,
    heads: &Heads,
    stop: &CancellationToken,
) -> TaskTracker {
    let tracker = TaskTracker::new();
    let spawn = |work: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
        let stop = stop.clone();
        tracker.spawn(async move { stop.run_until_cancelled(work).await });
    };
    spawn(Box::pin(live::run(clinic.clone())));
    spawn(Box::pin(gateways::listen::run(clinic.clone(), database.clone())));
    spawn(Box::pin(gateways::calendars::run(clinic.clone(), reach)));
    spawn(Box::pin(sweep(clinic.clone())));
    spawn(Box::pin(let_go(clinic.clone())));
    spawn(Box::pin(settle_payments(clinic.clone())));
    spawn(Box::pin(offer(clinic.clone())));
    spawn(Box::pin(release(clinic.clone())));
    spawn(Box::pin(tell_hospitals(clinic.clone())));
    spawn(Box::pin(tell_people(clinic.clone(), public_url.to_owned())));
    spawn(Box::pin(text_people(clinic.clone())));
    spawn(Box::pin(make_place(clinic.clone())));
    spawn(Box::pin(escalate(clinic.clone())));
    spawn(Box::pin(praise(clinic.clone())));
    spawn(Box::pin(remind(clinic.clone())));
    spawn(Box::pin(clear(clinic.clone())));
    spawn(Box::pin(remind_of_visits(clinic.clone())));
    spawn(Box::pin(seal(clinic.clone(), heads.clone())));
    tracker
}

/// Looks again at doctors whose next free time has passed, and now and then tidies up.
async fn sweep(clinic: Clinic) {
    let mut swept = clinic.now();
    loop {
        if let Err(error) = booking::follow_rules(&clinic).await {
            error.report();
        }
        match schedule::refresh_passed(&clinic).await {
            // A full batch: there is more.
            Ok(100..) => continue,
            Ok(_) => {}
            Err(error) => error.report(),
        }
        if clinic.now().duration_since(swept) > SignedDuration::from_mins(10) {
            swept = clinic.now();
            if let Err(error) = tidy(&clinic).await {
                error.report();
            }
            if let Err(error) = schedule::refresh_full(&clinic).await {
                error.report();
            }
        }
        tokio::time::sleep(SWEEP).await;
    }
}

/// Lets go of times that are kept no longer, so that open pages show them as free again.
async fn let_go(clinic: Clinic) {
    loop {
        if let Err(error) = booking::expire_holds(&clinic).await {
            error.report();
        }
        tokio::time::sleep(LETTING_GO).await;
    }
}

/// Hears what became of payments, and gives back what is to go back.
async fn settle_payments(clinic: Clinic) {
    loop {
        match payments::follow_up(&clinic).await {
            // There may be more.
            Ok(1..) => continue,
            Ok(0) => {}
            Err(error) => error.report(),
        }
        tokio::time::sleep(SETTLING).await;
    }
}

/// Offers what has become free to those who wait for it.
async fn offer(clinic: Clinic) {
    let mut looked = None;
    loop {
        let now = clinic.now();
        if looked.is_none_or(|looked| now.duration_since(looked) > LOOKING_EVERYWHERE) {
            looked = Some(now);
            if let Err(error) = waitlist::look_everywhere(&clinic).await {
                error.report();
            }
        }
        if let Err(error) = waitlist::offer_openings(&clinic).await {
            error.report();
        }
        tokio::time::sleep(LETTING_GO).await;
    }
}

/// Shows to everybody what was kept for urgent visits until now.
async fn release(clinic: Clinic) {
    // What was released while no server ran is among the first: none is kept for longer than a day.
    let mut since = clinic.now() - SignedDuration::from_hours(24);
    loop {
        let now = clinic.now();
        match schedule::release_kept(&clinic, since).await {
            Ok(()) => since = now,
            Err(error) => error.report(),
        }
        tokio::time::sleep(RELEASING).await;
    }
}

/// Tells hospitals who works there.
async fn tell_hospitals(clinic: Clinic) {
    loop {
        match admin::sync::tell_waiting(&clinic).await {
            // There may be more.
            Ok(1..) => continue,
            Ok(0) => {}
            Err(error) => error.report(),
        }
        tokio::time::sleep(TELLING).await;
    }
}

/// Tells people by mail what concerns them.
async fn tell_people(clinic: Clinic, public_url: String) {
    loop {
        let handed_out = mail::hand_out(&clinic).await;
        let sent = mail::send_waiting(&clinic, &public_url).await;
        let mut rests = true;
        for done in [handed_out, sent] {
            match done {
                // There may be more.
                Ok(1..) => rests = false,
                Ok(0) => {}
                Err(error) => {
                    error.report();
                    rests = true;
                    break;
                }
            }
        }
        if rests {
            tokio::time::sleep(WRITING).await;
        }
    }
}

/// Sends the text messages that people wait for.
async fn text_people(clinic: Clinic) {
    loop {
        match sms::send_waiting(&clinic).await {
            // There may be more.
            Ok(1..) => continue,
            Ok(0) => {}
            Err(error) => error.report(),
        }
        tokio::time::sleep(WRITING).await;
    }
}

/// Makes the partitions of readings ahead of time, and drops those that are kept no longer: at once, as the server may have
/// stood still for long.
async fn make_place(clinic: Clinic) {
    loop {
        if let Err(error) = readings::make_partitions(&clinic).await {
            error.report();
        }
        match readings::retention::drop_month(&clinic).await {
            // There may be more.
            Ok(Some(_)) => continue,
            Ok(None) => {}
            Err(error) => error.report(),
        }
        tokio::time::sleep(MAKING_PLACE).await;
    }
}

/// Tells somebody else of what cannot wait and nobody has seen.
async fn escalate(clinic: Clinic) {
    loop {
        match readings::alerts::escalate(&clinic).await {
            // There may be more.
            Ok(1..) => continue,
            Ok(0) => {}
            Err(error) => error.report(),
        }
        tokio::time::sleep(SETTLING).await;
    }
}

/// Looks what people have reached with their readings. Even when there is more it rests: who sends readings goes first.
async fn praise(clinic: Clinic) {
    loop {
        if let Err(error) = readings::milestones::look(&clinic).await {
            error.report();
        }
        tokio::time::sleep(PRAISING).await;
    }
}

/// Reminds those who have stopped to measure.
async fn remind(clinic: Clinic) {
    loop {
        if let Err(error) = readings::reminders::remind(&clinic).await {
            error.report();
        }
        tokio::time::sleep(REMINDING).await;
    }
}

/// Takes away all readings of devices whose owners have said so.
async fn clear(clinic: Clinic) {
    loop {
        match readings::clear_some(&clinic).await {
            // There may be more.
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => error.report(),
        }
        tokio::time::sleep(CLEARING).await;
    }
}

/// Reminds people of their visits.
async fn remind_of_visits(clinic: Clinic) {
    loop {
        match booking::reminders::remind(&clinic).await {
            // There may be more.
            Ok(booking::reminders::AT_ONCE) => continue,
            Ok(_) => {}
            Err(error) => error.report(),
        }
        tokio::time::sleep(REMINDING).await;
    }
}

/// Seals the trail of events, and once a day notes its head where `heads` says.
async fn seal(clinic: Clinic, heads: Heads) {
    let (mut told, mut mailed) = (false, None);
    loop {
        match audit::seal::seal(&clinic).await {
            // A full batch: there is more.
            Ok(BATCH) => continue,
            Ok(_) => {}
            Err(error) => error.report(),
        }
        if let Some(file) = &heads.file {
            match note_head(&clinic, file).await {
                Ok(()) => told = false,
                // Said once: it is tried every minute.
                Err(error) if !told => {
                    tracing::error!("the head of the audit trail is not noted: {error:#}");
                    told = true;
                }
                Err(_) => {}
            }
        }
        let today = Some(audit_heads::day(clinic.now()));
        if let Some(keeper) = heads.keeper.as_ref().filter(|_| mailed != today) {
            match audit::seal::mail_head(&clinic, keeper).await {
                Ok(true) => mailed = today,
                Ok(false) => {}
                Err(error) => error.report(),
            }
        }
        tokio::time::sleep(SEALING).await;
    }
}

async fn note_head(clinic: &Clinic, file: &Path) -> anyhow::Result<()> {
    let now = clinic.now();
    if audit_heads::is_due(file, now)
        && let Some(head) = audit::seal::head(clinic).await?
    {
        audit_heads::note(file, now, head)?;
    }
    Ok(())
}

/// Removes ended sessions, registrations and links, and keys of commands that nobody will send again.
async fn tidy(clinic: &Clinic) -> Result<()> {
    signing::follow_up(clinic).await?;
    sessions::sweep(clinic).await?;
    while tokens::sweep(clinic).await? == tokens::SWEPT {}
    while throttle::sweep(clinic).await? == throttle::SWEPT {}
    while reset::sweep(clinic).await? == reset::SWEPT {}
    while factor::sweep(clinic).await? == factor::SWEPT {}
    while passkeys::sweep(clinic).await? == passkeys::SWEPT {}
    while registration::sweep(clinic).await? == registration::SWEPT {}
    while devices::sweep_keys(clinic).await? == devices::KEYS_SWEPT {}
    while readings::retention::sweep_quarantined(clinic).await? == readings::retention::SWEPT {}
    account::closing::sweep(clinic).await?;
    while account::address::sweep(clinic).await? == account::address::SWEPT {}
    while proxies::sweep(clinic).await? == proxies::SWEPT {}
    while account::phone::sweep(clinic).await? == account::phone::SWEPT {}
    // A full batch: there is more.
    while booking::forget_old_keys(clinic).await? == booking::KEY_BATCH {}
    while outbox::sweep(clinic).await? == outbox::SWEPT {}
    Ok(())
}
