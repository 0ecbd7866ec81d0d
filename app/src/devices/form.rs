//! The fields in which a device is described.
use crate::{fields::Fields, forms};
use domain::{
    Problem,
    devices::{BodyPosition, DeviceKind, NewDevice},
};
use leptos::prelude::*;
use services::devices::Device;
use ui::{Choice, Fold, SelectField, TextField};

/// What the form says of a device.
pub fn described(fields: &Fields) -> NewDevice {
    NewDevice {
        name: fields.text("name"),
        device_type: fields.text("device_type"),
        manufacturer: fields.text("manufacturer"),
        model: fields.text("model"),
        firmware_version: fields.text("firmware_version"),
        position: fields.text("position"),
    }
}

/// What is known of `device`, to be changed.
pub fn as_fields(device: &Device) -> Fields {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Fields::from_pairs([
        ("name", device.name.clone()),
        ("device_type", device.kind.to_string()),
        ("manufacturer", text(&device.manufacturer)),
        ("model", text(&device.model)),
        ("firmware_version", text(&device.firmware_version)),
        ("position", position_of(device)),
    ])
}

/// The word for where it measures; empty where that is not known.
pub fn position_of(device: &Device) -> String {
    device.position.map_or_else(String::new, |position| position.to_string())
}

pub fn inputs(fields: &Fields, problem: Option<&Problem>) -> AnyView {
    let kinds = std::iter::once(Choice::new("", "Choose what it is"))
        .chain(DeviceKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label())))
        .collect::<Vec<_>>();
    let places = std::iter::once(Choice::new("", "Not on the body, or not always the same"))
        .chain(BodyPosition::ALL.iter().map(|place| Choice::new(place.as_str(), place.label())))
        .collect::<Vec<_>>();
    let value = |name: &str| fields.text(name);
    let error = |name: &str| forms::at(problem, name);
    let names = ["manufacturer", "model", "firmware_version"];
    let is_open = names.iter().any(|name| fields.is_on(name) || error(name).is_some());
    let [maker, model, version] = names.map(value);
    let [maker_wrong, model_wrong, version_wrong] = names.map(error);
    view! {
        <SelectField label="What is it?" name="device_type" required=true options=kinds selected=value("device_type") error=error("device_type") />
        <TextField label="Name" name="name" required=true maxlength=80 hint="Yours for it, such as “My watch”." value=value("name") error=error("name") />
        <SelectField label="Where does it measure?" name="position" optional=true options=places selected=value("position") error=error("position") />
        <Fold title="Maker, model and version" open=is_open>
            <TextField label="Maker" name="manufacturer" optional=true maxlength=80 value=maker error=maker_wrong />
            <TextField label="Model" name="model" optional=true maxlength=80 value=model error=model_wrong />
            <TextField label="Version of its software" name="firmware_version" optional=true maxlength=80 value=version error=version_wrong />
        </Fold>
    }
    .into_any()
}
