use super::Specimen;
use crate::{
    Badge, Dialog, EmptyState, ErrorLink, ErrorSummary, FormMessage, IconName, Section, Skeleton,
    Tag, TextField, Toast, Tone,
};
use crate::{Button, ButtonKind, LinkButton, Menu, Notice};
use leptos::prelude::*;

/// `toast` shows one that is alive.
#[component]
pub fn Messages(toast: Option<Children>) -> impl IntoView {
    let toast = toast.map(|toast| toast());
    let errors = vec![
        ErrorLink::to("phone", "Enter a phone number with its country code."),
        ErrorLink::to("place", "Choose a place."),
        ErrorLink::plain("This page was open for too long. Please press the button again."),
    ];
    view! {
        <Section title="Messages" id="gallery-messages">
            <Specimen name="Error summary"><ErrorSummary errors /></Specimen>
            <Specimen name="Notices">
                <div class="stack">
                    <FormMessage>"Saved. Patients see the new times already."</FormMessage>
                    <Notice tone=Tone::Information title="Your visit is on Tuesday 3 March, 09:20">
                        <p>"14:20 in Kolkata. "<a href="#gallery-messages">"Choose another time"</a></p>
                    </Notice>
                    <Notice tone=Tone::Caution><p>"This visit is soon: cancelling it costs € 20.00."</p></Notice>
                    <Notice tone=Tone::Critical title="In an emergency, call your local emergency number.">
                        <p>"MedConnect is not for emergencies."</p>
                    </Notice>
                    <Notice><p>"Not checked: whether the licence is still valid."</p></Notice>
                </div>
            </Specimen>
            <Specimen name="Badges, tags">
                <p class="cluster">
                    <Badge tone=Tone::Positive>"Confirmed"</Badge>
                    <Badge tone=Tone::Information>"In progress"</Badge>
                    <Badge tone=Tone::Caution>"Cancelled"</Badge>
                    <Badge tone=Tone::Critical>"Did not come"</Badge>
                    <Badge>"Completed"</Badge>
                    <Tag label="Cardiology" />
                    <Tag label="Lisbon" remove="#gallery-messages" />
                </p>
            </Specimen>
            <Specimen name="Toasts, menu">
                <div class="cluster gallery-tall">
                    <Toast tone=Tone::Positive>"Copied to the clipboard"</Toast>
                    <Menu label="More actions" icon=IconName::Settings>
                        <a href="#gallery-messages">"Print"</a>
                        <a href="#gallery-messages">"Export as CSV"</a>
                    </Menu>
                    {toast}
                </div>
            </Specimen>
            <Specimen name="Dialogs"><Dialogs /></Specimen>
            <div class="gallery-columns">
                <Specimen name="Nothing yet">
                    <EmptyState
                        icon=IconName::Calendar title="No coming visits"
                        text="Find a doctor and choose one of their free times."
                        action_href="#gallery-messages" action_label="Find a doctor"
                    />
                </Specimen>
                <Specimen name="On its way"><Skeleton portrait=true lines=4 /></Specimen>
            </div>
        </Section>
    }
}

#[component]
fn Dialogs() -> impl IntoView {
    view! {
        <div class="cluster">
            <LinkButton href="#gallery-dialog" kind=ButtonKind::Secondary attr:data-opens="gallery-dialog">
                "Ask before an act"
            </LinkButton>
            <Dialog
                id="gallery-dialog" title="Cancel this visit?"
                text="Cancelling costs nothing until Monday 2 March, 09:20."
            >
                <div class="cluster">
                    <Button submits=false kind=ButtonKind::Danger>"Cancel this visit"</Button>
                    <LinkButton href="#" kind=ButtonKind::Secondary attr:data-dialog-close="" attr:autofocus="">
                        "Keep it"
                    </LinkButton>
                </div>
            </Dialog>
            <LinkButton href="#gallery-form" kind=ButtonKind::Secondary attr:data-opens="gallery-form">
                "Ask for words"
            </LinkButton>
            <Dialog id="gallery-form" title="Close this day?" fields=true>
                <form class="stack" action="#gallery-messages">
                    <TextField label="Reason" name="closing_reason" hint="A press beside this dialog does not close it." />
                    <Button submits=false>"Close the day"</Button>
                </form>
            </Dialog>
        </div>
    }
}
