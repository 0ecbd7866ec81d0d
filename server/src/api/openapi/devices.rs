//! The operations of devices, and of the readings they and people send.
use super::{ID, List, Operation, PAGED, Who, named, schema, schema_ref};
use crate::api::{
    devices::{
        DeviceBody, DeviceDetailsBody, DeviceHealthBody, DeviceKeyBody, IssueBody,
        RegisteredDeviceBody, RotatedKeyBody, TallyBody,
    },
    ingest::{IngestedBody, ReadingResultBody, ReasonBody, RecordedBody, VerifiedBody},
    readings::{CreateReadingBody, CreatedReadingBody, ReadingBody, ValuesBody},
};
use domain::{
    devices::{
        BatteryStatus, BodyPosition, Connectivity, DataQuality, DeviceKind, DeviceStatus,
        ErrorState, Issue,
    },
    readings::{BATCH_AT_MOST, MetricKind, Outcome, Unit},
};
use serde_json::{Value, json};

const OF_A_KIND: [(&str, &str, &str); 3] =
    [("query", "type", "Only readings of a kind, e.g. `heart_rate`."), PAGED[0], PAGED[1]];

/// How devices speak MQTT 5, for people: OpenAPI has no words for it.
pub const MQTT: [&str; 7] = [
    "Where the clinic has a broker, devices may publish what they would post, with QoS 1, below medconnect/devices/ and \
     the id of the device: at …/data what /api/iot/data takes, at …/verify and …/error the same as over HTTP. The \
     JSON, its limits and what is said of it are the same; it is not packed.",
    "Each message carries the key of the device, in the user property x-api-key or as api_key in the JSON. The key must be \
     that of the device in the topic: how somebody signs in at the broker says nothing to the clinic.",
    "A PUBACK says that the broker has the message. With reason 16 nobody listens at the moment: send it again.",
    "Whoever wants to know that it is kept names a response topic, medconnect/devices/{id}/answers or one below it, and \
     subscribes to it. There comes the answer of HTTP as JSON, with its status in the user property status and the \
     correlation data of the message, once all is committed. A response topic elsewhere is not answered.",
    "An answer comes at most once. Whoever has heard none sends the same again: what is kept already is a duplicate.",
    "What cannot be kept at the moment stays with the broker until it can. What can never be taken, such as half a JSON or \
     an unknown key, is answered and forgotten; so is what is larger than 256 KiB, and more than 512 KiB reach nobody.",
    "A device may send as often as over HTTP, and what it sends is dealt with in order. Two messages more wait for their \
     time; further ones are answered with 429 and forgotten, so a device that catches up waits for its answers.",
];

pub const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post",
        path: "/api/iot/devices/register",
        id: "register_device",
        summary: "Register a device of the calling patient, twenty at most. The answer has its key, once; with it the device sends, and nothing else can be done",
        who: Who::Patient,
        parameters: &[],
        body: Some("DeviceDetailsBody"),
        success: (201, "RegisteredDeviceBody"),
        failures: &[400, 401, 403, 409, 415, 429],
    },
    Operation {
        method: "get",
        path: "/api/iot/devices",
        id: "list_devices",
        summary: "The devices of the calling patient, those in use first",
        who: Who::Patient,
        parameters: &PAGED,
        body: None,
        success: (200, "DeviceList"),
        failures: &[400, 401, 403],
    },
    Operation {
        method: "post",
        path: "/api/iot/devices",
        id: "create_device",
        summary: "Another name of /api/iot/devices/register",
        who: Who::Patient,
        parameters: &[],
        body: Some("DeviceDetailsBody"),
        success: (201, "RegisteredDeviceBody"),
        failures: &[400, 401, 403, 409, 415, 429],
    },
    Operation {
        method: "get",
        path: "/api/iot/devices/{id}",
        id: "get_device",
        summary: "A device of the calling patient",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (200, "DeviceBody"),
        failures: &[401, 403, 404],
    },
    Operation {
        method: "put",
        path: "/api/iot/devices/{id}",
        id: "update_device",
        summary: "Rename a device, or change what is known of it: what is left out stays",
        who: Who::Patient,
        parameters: &[ID],
        body: Some("DeviceDetailsBody"),
        success: (200, "DeviceBody"),
        failures: &[400, 401, 403, 404, 409, 415],
    },
    Operation {
        method: "delete",
        path: "/api/iot/devices/{id}",
        id: "revoke_device",
        summary: "Let a device send no more, for good. Its readings stay",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (204, ""),
        failures: &[401, 403, 404, 409],
    },
    Operation {
        method: "delete",
        path: "/api/iot/devices/{id}/data",
        id: "remove_device_data",
        summary: "Remove all readings that a device has sent so far. With many of them it takes a while: until then the device says `is_clearing`. What it sends later is kept",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (202, ""),
        failures: &[401, 403, 404],
    },
    Operation {
        method: "get",
        path: "/api/iot/devices/{id}/health",
        id: "get_device_health",
        summary: "How a device is: whether it is heard, its battery, its errors, and how much of what it sends is of use",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (200, "DeviceHealthBody"),
        failures: &[401, 403, 404],
    },
    Operation {
        method: "post",
        path: "/api/iot/devices/{id}/rotate-key",
        id: "rotate_device_key",
        summary: "Another key for a device; the one before works for 24 hours beside it, and those before that end",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (201, "RotatedKeyBody"),
        failures: &[401, 403, 404, 409, 429],
    },
    Operation {
        method: "post",
        path: "/api/iot/devices/{id}/pause",
        id: "pause_device",
        summary: "Take nothing from a device for a while",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (200, "DeviceBody"),
        failures: &[401, 403, 404, 409],
    },
    Operation {
        method: "post",
        path: "/api/iot/devices/{id}/resume",
        id: "resume_device",
        summary: "Take readings again from a device that is paused",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (200, "DeviceBody"),
        failures: &[401, 403, 404, 409],
    },
    Operation {
        method: "post",
        path: "/api/iot/devices/{id}/replace",
        id: "replace_device",
        summary: "Register a device in the place of another one, which sends no more; it takes its position on the body, whose history goes on",
        who: Who::Patient,
        parameters: &[ID],
        body: Some("DeviceDetailsBody"),
        success: (201, "RegisteredDeviceBody"),
        failures: &[400, 401, 403, 404, 409, 415, 429],
    },
    Operation {
        method: "post",
        path: "/api/iot/devices/verify",
        id: "verify_device",
        summary: "Show that the device has its key: from then on it may send. Safe to repeat",
        who: Who::Device,
        parameters: &[],
        body: Some("DeviceCallBody"),
        success: (200, "VerifiedBody"),
        failures: &[400, 401, 408, 413, 415, 429],
    },
    Operation {
        method: "post",
        path: "/api/iot/devices/error",
        id: "report_device_error",
        summary: "Say that something is wrong with the device; it stays so until it measures again",
        who: Who::Device,
        parameters: &[],
        body: Some("DeviceErrorBody"),
        success: (200, "RecordedBody"),
        failures: &[400, 401, 408, 413, 415, 429],
    },
    Operation {
        method: "post",
        path: "/api/iot/data",
        id: "send_reading",
        summary: "Send a reading, as it is or as a batch. Answered once it is kept; sent again it is kept once",
        who: Who::Device,
        parameters: &[],
        body: Some("BatchBody"),
        success: (200, "IngestedBody"),
        failures: &[400, 401, 408, 413, 415, 429],
    },
    Operation {
        method: "post",
        path: "/api/iot/data/stream",
        id: "send_readings",
        summary: "Send 1 to 500 readings, in up to 256 KiB of JSON, which may be packed with gzip. Each is answered for itself: one that is wrong costs no other",
        who: Who::Device,
        parameters: &[],
        body: Some("BatchBody"),
        success: (200, "IngestedBody"),
        failures: &[400, 401, 408, 413, 415, 429],
    },
    Operation {
        method: "get",
        path: "/api/health-metrics",
        id: "list_readings",
        summary: "The readings of the calling patient, the newest first. Those whose time cannot be right are not among them, and `count` goes up to 10,000",
        who: Who::Patient,
        parameters: &OF_A_KIND,
        body: None,
        success: (200, "ReadingList"),
        failures: &[400, 401, 403],
    },
    Operation {
        method: "post",
        path: "/api/health-metrics",
        id: "create_reading",
        summary: "Enter a reading of the calling patient; the same sent twice is kept once. 60 at once are taken, and then one a second",
        who: Who::Patient,
        parameters: &[],
        body: Some("CreateReadingBody"),
        success: (201, "CreatedReadingBody"),
        failures: &[400, 401, 403, 409, 415, 429],
    },
    Operation {
        method: "delete",
        path: "/api/health-metrics/{id}",
        id: "remove_reading",
        summary: "Remove a reading of the calling patient",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (204, ""),
        failures: &[401, 403, 404],
    },
];

pub fn schemas() -> Vec<(String, Value)> {
    let bodies = vec![
        named::<CreateReadingBody>(),
        named::<CreatedReadingBody>(),
        named::<DeviceBody>(),
        named::<DeviceDetailsBody>(),
        named::<DeviceHealthBody>(),
        named::<DeviceKeyBody>(),
        named::<IngestedBody>(),
        named::<IssueBody>(),
        named::<ReadingBody>(),
        named::<ReadingResultBody>(),
        named::<ReasonBody>(),
        named::<RecordedBody>(),
        named::<RegisteredDeviceBody>(),
        named::<RotatedKeyBody>(),
        named::<TallyBody>(),
        named::<ValuesBody>(),
        named::<VerifiedBody>(),
        ("DeviceList".to_owned(), schema::<List<DeviceBody>>()),
        ("ReadingList".to_owned(), schema::<List<ReadingBody>>()),
    ];
    let words = vec![
        named::<BatteryStatus>(),
        named::<BodyPosition>(),
        named::<Connectivity>(),
        named::<DataQuality>(),
        named::<DeviceKind>(),
        named::<DeviceStatus>(),
        named::<ErrorState>(),
        named::<Issue>(),
        named::<MetricKind>(),
        named::<Outcome>(),
        named::<Unit>(),
    ];
    bodies.into_iter().chain(words).chain(sent()).collect()
}

/// What devices send. Each part is read for itself, so that no type of ours has them as a whole.
fn sent() -> Vec<(String, Value)> {
    let text = |about: &str| json!({ "type": "string", "description": about });
    let number = |about: &str| json!({ "type": "number", "description": about });
    let call = json!({
        "device_id": { "type": "string", "format": "uuid", "description": "May be left out: the key says it, too." },
        "api_key": text("For devices that cannot send the header `X-API-Key`."),
    });
    let of = |about: &str, fields: Value| {
        let mut properties = call.clone();
        if let (Some(all), Value::Object(fields)) = (properties.as_object_mut(), fields) {
            all.extend(fields);
        }
        json!({ "type": "object", "description": about, "properties": properties })
    };
    let verify = json!({ "firmware_version": text("Of the software on the device.") });
    let error = json!({
        "error_code": text("1 to 50 letters, digits, dashes or underscores, e.g. `SENSOR_FAIL`."),
        "message": text("What else there is to say."),
    });
    let batch = json!({
        "battery_level": number("A whole percentage."),
        "metrics": {
            "type": "array", "items": schema_ref("SentReadingBody"),
            "minItems": 1, "maxItems": BATCH_AT_MOST,
            "description": "Without it the object itself is the one reading.",
        },
    });
    let reading = json!({
        "type": "object",
        "description": "A reading. In the place of `type` and `timestamp`, `metric_type` and `recorded_at` will do.",
        "required": ["type", "timestamp"],
        "properties": {
            "type": text("E.g. `heart_rate`; see MetricKind."),
            "value": number("Of a blood pressure, the upper number."),
            "systolic": number("Of a blood pressure, in the place of `value`."),
            "diastolic": number("Of a blood pressure, the lower number."),
            "unit": text("UCUM, or as people write it. May be left out where there is but one."),
            "timestamp": text("When it was measured, with its offset from UTC, e.g. `2026-03-02T08:30:00Z`."),
            "id": text("What the device calls it, 1 to 100 visible ASCII characters: the same when it is sent once more."),
        },
    });
    vec![
        ("DeviceCallBody".to_owned(), of("That a device has its key.", verify)),
        ("DeviceErrorBody".to_owned(), of("What is wrong with a device.", error)),
        ("BatchBody".to_owned(), of("What a device has measured.", batch)),
        ("SentReadingBody".to_owned(), reading),
    ]
}
