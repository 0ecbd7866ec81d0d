//! The operations of the waitlist.
use super::{ID, List, Operation, PAGED, Who, named, schema};
use crate::api::waitlist::{JoinWaitlistBody, OfferedTimeBody, WaitlistEntryBody};
use domain::waitlist::EntryStatus;
use serde_json::Value;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        method: "get",
        path: "/api/waitlist",
        id: "list_waitlist",
        summary: "What the calling patient waits for, with times that are kept for them",
        who: Who::Patient,
        parameters: &PAGED,
        body: None,
        success: (200, "WaitlistEntryList"),
        failures: &[400, 401, 403],
    },
    Operation {
        method: "post",
        path: "/api/waitlist",
        id: "join_waitlist",
        summary: "Wait for a time with a doctor, or with any of a specialty",
        who: Who::Patient,
        parameters: &[],
        body: Some("JoinWaitlistBody"),
        success: (201, "WaitlistEntryBody"),
        failures: &[400, 401, 403, 404, 409, 415],
    },
    Operation {
        method: "delete",
        path: "/api/waitlist/{id}",
        id: "leave_waitlist",
        summary: "Wait no more",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (200, "WaitlistEntryBody"),
        failures: &[401, 403, 404],
    },
    Operation {
        method: "post",
        path: "/api/waitlist/offers/{id}/accept",
        id: "accept_waitlist_offer",
        summary: "Book a time that is kept; accepted twice it is the same visit",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (200, "AppointmentBody"),
        failures: &[401, 403, 404, 409],
    },
    Operation {
        method: "post",
        path: "/api/waitlist/offers/{id}/decline",
        id: "decline_waitlist_offer",
        summary: "Give a time that is kept to the next person, and wait on",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (200, "WaitlistEntryBody"),
        failures: &[401, 403, 404, 409],
    },
];

pub fn schemas() -> Vec<(String, Value)> {
    vec![
        named::<EntryStatus>(),
        named::<JoinWaitlistBody>(),
        named::<OfferedTimeBody>(),
        named::<WaitlistEntryBody>(),
        ("WaitlistEntryList".to_owned(), schema::<List<WaitlistEntryBody>>()),
    ]
}
