//! The key of a device, as it is shown once.
use super::path_of;
use crate::Page;
use axum::response::Response;
use domain::devices::{ApiKey, DeviceId};
use leptos::prelude::*;
use ui::{FormMessage, LinkButton, Notice, PageHeader, TextField, Tone};

/// The key, and what it came with. Part of this answer alone: nobody can look it up again, not even we.
pub fn show(page: Page, id: DeviceId, key: &ApiKey, news: &'static str) -> Response {
    let key = key.reveal().to_owned();
    let address = format!("{}/api/iot/data/stream", page.site().public_url());
    page.show("The key of your device", || {
        view! {
            <PageHeader title="The key of your device" lede="With it the device sends your readings. It opens nothing else." />
            <article class="narrow stack">
                <FormMessage>{news}</FormMessage>
                <section class="card stack" aria-label="The key">
                    <TextField label="Key" name="key" value=key readonly=true hint="We show it only now. Copy it before you leave this page." />
                    <p class="cluster">
                        <button type="button" class="button button-secondary" data-copies="key" aria-live="polite" hidden=true>
                            "Copy the key"
                        </button>
                    </p>
                    <TextField label="Where to send" name="address" value=address readonly=true hint="If the device or its app asks for an address." />
                    <TextField label="Number of the device" name="device_id" value=id.to_string() readonly=true hint="If it asks for that, too." />
                </section>
                <Notice tone=Tone::Caution title="Give it to nobody else">
                    <p>"Who has the key can send readings in your name. If somebody has it who should not, remove the device and add it anew."</p>
                </Notice>
                <h2 class="h3">"What to do now"</h2>
                <ol>
                    <li>"Enter the key in the device, or in the app that belongs to it."</li>
                    <li>"Once the device has shown it to us, you see “Active” on its page, and its readings arrive."</li>
                </ol>
                <p><LinkButton href=path_of(id)>"I have kept it"</LinkButton></p>
            </article>
        }
    })
}
