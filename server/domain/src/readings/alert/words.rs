use super::{Concern, Severity, Side};
use crate::readings::MetricKind;

/// What an alert is about: `Your blood pressure is very high`. `reading`: how much its last reading asks for by itself.
#[must_use]
pub fn headline(
    kind: MetricKind,
    concern: Concern,
    severity: Severity,
    side: Side,
    reading: Severity,
) -> String {
    let what = kind.label().to_lowercase();
    match (concern, severity.max(reading), side) {
        (Concern::Change, _, Side::High) => format!("Your {what} has gone up fast"),
        (Concern::Change, _, Side::Low) => format!("Your {what} is falling fast"),
        (Concern::Unusual, _, Side::High) => format!("Your {what} is higher than usual for you"),
        (Concern::Unusual, _, Side::Low) => format!("Your {what} is lower than usual for you"),
        (_, Severity::Critical, Side::High) => format!("Your {what} is very high"),
        (_, Severity::Critical, Side::Low) => format!("Your {what} is very low"),
        (_, Severity::Warning, Side::High) => format!("Your {what} is high"),
        (_, Severity::Warning, Side::Low) => format!("Your {what} is low"),
    }
}

/// What a text message says to whom `name` has named for an emergency. Nothing of what was measured is in it: it passes
/// through the hands of others.
#[must_use]
pub fn alert_text(name: &str) -> String {
    // As long as what is carried as one message.
    let name: String = name.chars().take(60).collect();
    format!(
        "MedConnect: {name} has named you for an emergency. A reading of theirs needs attention now, and they have not seen our message. Please call or visit them. If they are very ill, call 112 or 911."
    )
}

/// What to do, the most important first. `reading`: how much the last reading asks for by itself; that it is confirmed is
/// not waited for.
#[must_use]
pub fn advice(
    kind: MetricKind,
    concern: Concern,
    severity: Severity,
    side: Side,
    reading: Severity,
) -> Vec<&'static str> {
    let is_unconfirmed = reading > severity;
    let mut all = Vec::new();
    if is_unconfirmed {
        all.push("Measure again now: one reading may be wrong, a second one like it cannot wait.");
    }
    if severity.max(reading) == Severity::Critical {
        all.push(danger(kind));
    }
    all.extend(at_once(kind, side));
    all.push(match (severity, concern) {
        _ if is_unconfirmed => {
            "If the second one is like it, call your doctor or an out-of-hours line now, even if you feel well."
        }
        (Severity::Critical, _) => {
            "If you feel well, call your doctor or an out-of-hours line today all the same."
        }
        (Severity::Warning, Concern::Change) => {
            "Tell your doctor today, above all if your heart or your sugar is being treated."
        }
        (Severity::Warning, _) => {
            "If it stays so, tell your doctor within a day or two. If you feel unwell, do not wait for that."
        }
    });
    all.push("Change no medicine by yourself, unless your doctor has told you how.");
    all
}

/// What helps while somebody reads this.
const fn at_once(kind: MetricKind, side: Side) -> Option<&'static str> {
    Some(match (kind, side) {
        (MetricKind::BloodGlucose, Side::Low) => {
            "Take 15 g of fast sugar now, such as a glass of juice, if you can swallow safely. Measure again after 15 minutes."
        }
        (MetricKind::BloodGlucose, Side::High) => {
            "Drink water, and test for ketones if you have been told to. Measure again."
        }
        (MetricKind::BloodPressure, _) => "Sit, rest for five minutes, and measure again.",
        (MetricKind::OxygenSaturation, _) => {
            "Sit up, warm your hand, keep it still, and measure again."
        }
        (MetricKind::HeartRate, Side::High) => {
            "If you have just been active, this is expected: rest and see whether it goes down."
        }
        (MetricKind::HeartRate | MetricKind::RespiratoryRate, _) => "Sit, rest, and measure again.",
        (MetricKind::BodyTemperature, Side::High) => {
            "Drink enough, rest, and measure again in an hour."
        }
        (MetricKind::BodyTemperature, Side::Low) => "Get warm, and measure again.",
        (MetricKind::PeakFlow, _) => "Follow your asthma plan, and blow again after your reliever.",
        (MetricKind::Weight, _) => "Measure again tomorrow morning, before breakfast.",
        _ => return None,
    })
}

/// When somebody is to call for help at once.
const fn danger(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::BloodPressure => {
            "Call your emergency number now (112 in Europe, 911 in North America) if you have chest pain, trouble breathing, a bad headache, trouble speaking or seeing, or are weak on one side."
        }
        MetricKind::BloodGlucose => {
            "Call your emergency number now (112 in Europe, 911 in North America) if you are confused, very sleepy, keep being sick, or cannot swallow."
        }
        MetricKind::OxygenSaturation | MetricKind::RespiratoryRate | MetricKind::PeakFlow => {
            "Call your emergency number now (112 in Europe, 911 in North America) if you are short of breath, your lips are blue, or you cannot finish a sentence."
        }
        _ => {
            "Call your emergency number now (112 in Europe, 911 in North America) if you have chest pain, trouble breathing, faint, are confused, or feel very ill."
        }
    }
}
