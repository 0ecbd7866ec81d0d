use crate::{readings::MetricKind, text_enum};
use jiff::SignedDuration;

text_enum! {
    /// What a device is.
    pub enum DeviceKind {
        BloodPressureMonitor = "blood_pressure_monitor",
        HeartRateMonitor = "heart_rate_monitor",
        PulseOximeter = "pulse_oximeter",
        GlucoseMeter = "glucose_meter",
        Thermometer = "thermometer",
        Scale = "scale",
        Smartwatch = "smartwatch",
        ActivityTracker = "activity_tracker",
        SleepTracker = "sleep_tracker",
        Spirometer = "spirometer",
        Other = "other",
    }
}

impl DeviceKind {
    /// The kind that is sent as `raw`, in upper or lower case.
    #[must_use]
    pub fn read(raw: &str) -> Option<Self> {
        raw.trim().to_ascii_lowercase().parse().ok()
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::BloodPressureMonitor => "Blood pressure monitor",
            Self::HeartRateMonitor => "Heart rate monitor",
            Self::PulseOximeter => "Pulse oximeter",
            Self::GlucoseMeter => "Glucose meter",
            Self::Thermometer => "Thermometer",
            Self::Scale => "Scale",
            Self::Smartwatch => "Smartwatch",
            Self::ActivityTracker => "Activity tracker",
            Self::SleepTracker => "Sleep tracker",
            Self::Spirometer => "Spirometer or peak flow meter",
            Self::Other => "Another device",
        }
    }

    /// What it usually sends. It may send anything else, too.
    #[must_use]
    pub const fn metrics(self) -> &'static [MetricKind] {
        use MetricKind::*;
        match self {
            Self::BloodPressureMonitor => &[BloodPressure, HeartRate],
            Self::HeartRateMonitor => &[HeartRate, HeartRateVariability],
            Self::PulseOximeter => &[OxygenSaturation, HeartRate],
            Self::GlucoseMeter => &[BloodGlucose],
            Self::Thermometer => &[BodyTemperature],
            Self::Scale => &[Weight],
            Self::Smartwatch => {
                &[HeartRate, HeartRateVariability, Steps, SleepDuration, OxygenSaturation]
            }
            Self::ActivityTracker => &[Steps, HeartRate],
            Self::SleepTracker => &[SleepDuration, RespiratoryRate],
            Self::Spirometer => &[PeakFlow],
            Self::Other => &[],
        }
    }

    /// How long it is silent at most while it is in use. Of its first metric, which is what it is for:
    /// a blood pressure monitor tells a pulse, but no more often than the pressure.
    #[must_use]
    pub fn cadence(self) -> SignedDuration {
        self.metrics().first().map_or(SignedDuration::from_hours(24), |metric| metric.cadence())
    }
}

text_enum! {
    /// Where on the body a device measures. It outlives the device: the one that replaces another
    /// takes its position, and the history of the position goes on.
    pub enum BodyPosition {
        LeftWrist = "left_wrist",
        RightWrist = "right_wrist",
        LeftUpperArm = "left_upper_arm",
        RightUpperArm = "right_upper_arm",
        Finger = "finger",
        Chest = "chest",
        Abdomen = "abdomen",
        Forehead = "forehead",
        Ear = "ear",
        Mouth = "mouth",
        Armpit = "armpit",
        Thigh = "thigh",
    }
}

impl BodyPosition {
    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::LeftWrist => "Left wrist",
            Self::RightWrist => "Right wrist",
            Self::LeftUpperArm => "Left upper arm",
            Self::RightUpperArm => "Right upper arm",
            Self::Finger => "Finger",
            Self::Chest => "Chest",
            Self::Abdomen => "Belly",
            Self::Forehead => "Forehead",
            Self::Ear => "Ear",
            Self::Mouth => "Mouth",
            Self::Armpit => "Armpit",
            Self::Thigh => "Thigh",
        }
    }
}
