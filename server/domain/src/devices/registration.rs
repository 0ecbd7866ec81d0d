use super::{BodyPosition, DeviceKind};
use crate::{
    FieldProblem,
    account::{kept, some},
    text,
};
use std::{fmt, ops::RangeInclusive};

/// How many characters each text about a device has.
const NAME: RangeInclusive<usize> = 1..=80;
const DETAIL: RangeInclusive<usize> = 0..=80;
const MESSAGE: RangeInclusive<usize> = 0..=500;

/// A device as somebody describes it. All but its name and kind may be empty.
#[derive(Debug, Clone, Default)]
pub struct NewDevice {
    pub name: String,
    /// A word of [`DeviceKind`].
    pub device_type: String,
    pub manufacturer: String,
    pub model: String,
    pub firmware_version: String,
    /// A word of [`BodyPosition`].
    pub position: String,
}

/// A device whose every field is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedDevice {
    pub name: String,
    pub kind: DeviceKind,
    pub manufacturer: Option<String>,
    pub model: Option<String>,
    pub firmware_version: Option<String>,
    pub position: Option<BodyPosition>,
}

impl NewDevice {
    /// The same, called by its maker and model, or by what it is, where nobody has named it.
    #[must_use]
    pub fn named(self) -> Self {
        if !self.name.trim().is_empty() {
            return self;
        }
        let made = format!("{} {}", self.manufacturer.trim(), self.model.trim());
        let kind = DeviceKind::read(&self.device_type).map(DeviceKind::label);
        let name = match made.trim() {
            "" => kind.unwrap_or_default().to_owned(),
            made => made.chars().take(*NAME.end()).collect(),
        };
        Self { name, ..self }
    }

    /// All that is wrong with it, field by field.
    pub fn check(&self) -> Result<CheckedDevice, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let name = kept(device_name(&self.name), &mut problems);
        let kind = DeviceKind::read(&self.device_type).ok_or_else(|| {
            let known: Vec<_> = DeviceKind::ALL.iter().map(|kind| kind.as_str()).collect();
            FieldProblem::new(
                "device_type",
                format!("Choose what kind of device it is: {}.", known.join(", ")),
            )
        });
        let kind = kept(kind, &mut problems);
        let mut detail = |field, label, raw: &str| {
            kept(line(field, label, raw, DETAIL), &mut problems).and_then(some)
        };
        let manufacturer = detail("manufacturer", "The maker", &self.manufacturer);
        let model = detail("model", "The model", &self.model);
        let firmware_version =
            kept(firmware_version(&self.firmware_version), &mut problems).flatten();
        let position = match self.position.trim() {
            "" => None,
            word => {
                let problem = |_| FieldProblem::new("position", "Choose a place from the list.");
                kept(word.parse().map_err(problem), &mut problems)
            }
        };
        match (name, kind) {
            (Some(name), Some(kind)) if problems.is_empty() => {
                Ok(CheckedDevice { name, kind, manufacturer, model, firmware_version, position })
            }
            _ => Err(problems),
        }
    }
}

/// What its owner calls a device.
pub fn device_name(raw: &str) -> Result<String, FieldProblem> {
    line("name", "The name of the device", raw, NAME)
}

/// The version of its software, if it says one.
pub fn firmware_version(raw: &str) -> Result<Option<String>, FieldProblem> {
    line("firmware_version", "The version of its software", raw, DETAIL).map(some)
}

/// A text of one line.
fn line(
    field: &'static str,
    label: &'static str,
    raw: &str,
    length: RangeInclusive<usize>,
) -> Result<String, FieldProblem> {
    match text::checked(field, label, raw, length) {
        Ok(text) if text.contains(char::is_control) => {
            Err(FieldProblem::new(field, format!("{label} must be one line.")))
        }
        checked => checked,
    }
}

/// What a device says beside the code of an error, if it does.
pub fn error_message(field: &'static str, raw: &str) -> Result<Option<String>, FieldProblem> {
    text::checked(field, "The message", raw, MESSAGE).map(some)
}

/// What a device calls something that went wrong with it, such as `SENSOR_FAIL`: up to 50 letters,
/// digits, dashes and underscores of ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorCode(String);

impl ErrorCode {
    pub fn checked(field: &'static str, raw: &str) -> Result<Self, FieldProblem> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
        let right = (1..=50).contains(&raw.len()) && raw.bytes().all(plain);
        right.then(|| Self(raw.to_owned())).ok_or_else(|| {
            FieldProblem::new(
                field,
                "Send a code of 1 to 50 letters, digits, dashes or underscores, such as SENSOR_FAIL.",
            )
        })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
