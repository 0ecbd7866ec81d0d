//! How a device is, by written rules from what it was last heard to say.
//!
//! Silent, low on battery and broken are three things and stay apart. Silence makes nothing better:
//! what was wrong is wrong until the device itself says otherwise.
use super::DeviceStatus;
use crate::{readings::Tally, text_enum};
use jiff::{SignedDuration, Timestamp};

/// At or below so many percent a battery is low.
pub const LOW_BATTERY: u8 = 20;

/// A device is online that was heard within two of its cadences, and no less than 15 minutes...
const ONLINE_CADENCES: i32 = 2;
const ONLINE_AT_LEAST: SignedDuration = SignedDuration::from_mins(15);

/// ... stale until four of them have gone by, and no less than a day; and offline after that.
const OFFLINE_CADENCES: i32 = 4;
const OFFLINE_AT_LEAST: SignedDuration = SignedDuration::from_hours(24);

/// A good battery is known to be good for so long: a watch lasts hardly longer.
const BATTERY_KNOWN: SignedDuration = SignedDuration::from_hours(48);

/// Fewer readings than these in the week say nothing of their quality.
const JUDGED_FROM: u64 = 5;

text_enum! {
    /// Whether a device is heard.
    pub enum Connectivity {
        Online = "online",
        /// Silent for longer than it usually is.
        Stale = "stale",
        /// Silent for so long that it will not come back by itself.
        Offline = "offline",
        NeverSeen = "never_seen",
    }
}

text_enum! {
    pub enum BatteryStatus {
        Good = "good",
        /// As last heard, however long ago that was.
        Low = "low",
        /// Never told, or good too long ago.
        Unknown = "unknown",
    }
}

text_enum! {
    /// Whether something is wrong with a device, as far as it says.
    pub enum ErrorState {
        /// It never reported an error.
        None = "none",
        /// It did, and has measured nothing since.
        Open = "open",
        /// It did, and has measured since.
        Over = "over",
    }
}

text_enum! {
    /// How much of what a device sends is of use.
    pub enum DataQuality {
        High = "high",
        Medium = "medium",
        Low = "low",
        /// Too little to say.
        Unknown = "unknown",
    }
}

text_enum! {
    /// What its owner should look after.
    pub enum Issue {
        NeverSeen = "never_seen",
        Stale = "stale",
        Offline = "offline",
        LowBattery = "low_battery",
        Error = "error",
        LowQuality = "low_quality",
    }
}

impl Issue {
    /// What a person reads, and can do.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::NeverSeen => "It has not sent anything yet. Enter its key in the device.",
            Self::Stale => "We have heard nothing of it for longer than usual.",
            Self::Offline => {
                "We have heard nothing of it for a long time. Check that it is charged, near and connected."
            }
            Self::LowBattery => "Its battery was low when it was last heard. Please charge it.",
            Self::Error => "It reported an error and has measured nothing since.",
            Self::LowQuality => "Many of its readings cannot be used. Check its clock and its fit.",
        }
    }
}

/// Percent of a full battery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatteryLevel(u8);

impl BatteryLevel {
    /// `None`: it is not from 0 to 100.
    #[must_use]
    pub fn new(percent: i64) -> Option<Self> {
        u8::try_from(percent).ok().filter(|percent| *percent <= 100).map(Self)
    }

    #[must_use]
    pub const fn percent(self) -> u8 {
        self.0
    }
}

/// A level, and when the device said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Battery {
    pub level: BatteryLevel,
    pub at: Timestamp,
}

/// All that is known of a device. Its clock may be wrong: but for that of readings, times are those
/// of ours when it was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    pub status: DeviceStatus,
    /// How long it is silent at most while it is in use.
    pub cadence: SignedDuration,
    /// When it last said anything.
    pub last_seen: Option<Timestamp>,
    /// When the newest of its accepted readings was measured: what it still remembers from before an
    /// error does not end it.
    pub last_reading: Option<Timestamp>,
    /// When it last reported an error.
    pub last_error: Option<Timestamp>,
    pub battery: Option<Battery>,
    /// What became of what it sent in the last 7 days.
    pub week: Tally,
}

/// How a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceHealth {
    status: DeviceStatus,
    pub connectivity: Connectivity,
    pub battery: BatteryStatus,
    pub error: ErrorState,
    pub quality: DataQuality,
}

impl Signs {
    #[must_use]
    pub fn health(&self, now: Timestamp) -> DeviceHealth {
        DeviceHealth {
            status: self.status,
            connectivity: self.connectivity(now),
            battery: self.battery(now),
            error: self.error(),
            quality: DataQuality::of(self.week),
        }
    }

    fn connectivity(&self, now: Timestamp) -> Connectivity {
        let Some(seen) = self.last_seen else { return Connectivity::NeverSeen };
        let silent = now.duration_since(seen);
        let cadences = |count| self.cadence.checked_mul(count).unwrap_or(SignedDuration::MAX);
        if silent <= cadences(ONLINE_CADENCES).max(ONLINE_AT_LEAST) {
            Connectivity::Online
        } else if silent <= cadences(OFFLINE_CADENCES).max(OFFLINE_AT_LEAST) {
            Connectivity::Stale
        } else {
            Connectivity::Offline
        }
    }

    fn battery(&self, now: Timestamp) -> BatteryStatus {
        match self.battery {
            None => BatteryStatus::Unknown,
            Some(battery) if battery.level.percent() <= LOW_BATTERY => BatteryStatus::Low,
            Some(battery) if now.duration_since(battery.at) <= BATTERY_KNOWN => BatteryStatus::Good,
            Some(_) => BatteryStatus::Unknown,
        }
    }

    fn error(&self) -> ErrorState {
        match (self.last_error, self.last_reading) {
            (None, _) => ErrorState::None,
            (Some(error), Some(reading)) if reading > error => ErrorState::Over,
            (Some(_), _) => ErrorState::Open,
        }
    }
}

impl DataQuality {
    /// Of what became of the readings of a week. Those that came twice are left out: to send once more
    /// what was not answered is right.
    #[must_use]
    pub const fn of(week: Tally) -> Self {
        let bad = week.quarantined.saturating_add(week.refused);
        let judged = bad.saturating_add(week.accepted);
        if judged < JUDGED_FROM {
            Self::Unknown
        } else if bad <= judged / 100 {
            Self::High
        } else if bad <= judged / 10 {
            Self::Medium
        } else {
            Self::Low
        }
    }
}

impl DeviceHealth {
    #[must_use]
    pub fn is_online(self) -> bool {
        self.connectivity == Connectivity::Online
    }

    /// What its owner should look after. Nothing any more of a device that is revoked or replaced; of
    /// one that is paused its silence is none, but what else was wrong with it still is.
    #[must_use]
    pub fn issues(self) -> Vec<Issue> {
        let is_paused = match self.status {
            DeviceStatus::Unverified | DeviceStatus::Active => false,
            DeviceStatus::Paused => true,
            DeviceStatus::Revoked | DeviceStatus::Replaced => return Vec::new(),
        };
        let silence = match self.connectivity {
            _ if is_paused => None,
            Connectivity::Online => None,
            Connectivity::Stale => Some(Issue::Stale),
            Connectivity::Offline => Some(Issue::Offline),
            Connectivity::NeverSeen => Some(Issue::NeverSeen),
        };
        let battery = (self.battery == BatteryStatus::Low).then_some(Issue::LowBattery);
        let error = (self.error == ErrorState::Open).then_some(Issue::Error);
        let quality = (self.quality == DataQuality::Low).then_some(Issue::LowQuality);
        [silence, battery, error, quality].into_iter().flatten().collect()
    }
}
