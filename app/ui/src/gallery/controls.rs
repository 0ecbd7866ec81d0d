use super::Specimen;
use crate::{
    Button, ButtonKind, CheckboxField, CheckboxGroup, Choice, ChoiceGroup, Combobox, DateField,
    Fieldset, FileField, IconName, LinkButton, PasswordField, SearchField, Section, SelectField,
    Size, TextArea, TextField,
};
use leptos::prelude::*;

fn kinds() -> Vec<Choice> {
    vec![
        Choice::new("video", "Video").hint("From anywhere, in your browser"),
        Choice::new("phone", "Phone").hint("The doctor calls you"),
        Choice::new("in_person", "In person").hint("Not offered on this day").disabled(),
    ]
}

fn languages() -> Vec<Choice> {
    ["English", "Français", "Deutsch"].map(|name| Choice::new(name.to_lowercase(), name)).to_vec()
}

#[component]
pub fn Controls() -> impl IntoView {
    view! {
        <Section title="Buttons and fields" id="gallery-controls">
            <Buttons />
            <div class="gallery-columns">
                <TextFields />
                <Choosers />
            </div>
            <Specimen name="Fieldset, fields side by side, a line to search">
                <form class="stack" action="#gallery-controls">
                    <Fieldset legend="Weekly hours" hint="By the clock of the place." inline=true>
                        <TextField label="From" name="from" kind="time" value="09:00" />
                        <TextField label="To" name="to" kind="time" value="12:30" />
                        <TextField label="Minutes a visit" name="minutes" inputmode="numeric" value="20" />
                    </Fieldset>
                    <div class="cluster search-line">
                        <SearchField label="Name" name="find" value="Rao" />
                        <Button kind=ButtonKind::Secondary>"Search"</Button>
                    </div>
                </form>
            </Specimen>
        </Section>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    view! {
        <Specimen name="Buttons">
            <div class="cluster">
                <Button submits=false>"Book this visit"</Button>
                <Button submits=false kind=ButtonKind::Secondary icon=IconName::Calendar>"Add to calendar"</Button>
                <Button submits=false kind=ButtonKind::Quiet>"Skip for now"</Button>
                <Button submits=false kind=ButtonKind::Danger>"Cancel this visit"</Button>
                <Button submits=false pending="Booking…" busy=true>"Book this visit"</Button>
                <Button submits=false disabled=true>"Not available"</Button>
                <LinkButton href="#gallery-controls" kind=ButtonKind::Secondary>"A link"</LinkButton>
                <Button submits=false size=Size::Small kind=ButtonKind::Secondary>"Small"</Button>
                <Button submits=false size=Size::Large icon=IconName::Video>"Join the visit"</Button>
            </div>
        </Specimen>
    }
}

#[component]
fn TextFields() -> impl IntoView {
    let cities = ["Kolkata", "Lisbon", "Łódź"].map(str::to_owned).to_vec();
    view! {
        <Specimen name="Text">
            <form class="stack" action="#gallery-controls">
                <TextField label="First name" name="first_name" autocomplete="given-name" value="Zoë" />
                <TextField label="Email" name="email" kind="email" autocomplete="email" hint="We write to you about your visits, and about nothing else." />
                <TextField label="Phone number" name="phone" kind="tel" autocomplete="tel" value="12" error="Enter a phone number with its country code, like +44 20 7946 0958." />
                <TextField label="Weight" name="weight" unit="kg" inputmode="decimal" short=true optional=true />
                <TextField label="Licence" name="licence" value="GMC 7 104 220" readonly=true />
                <PasswordField label="Password" name="new_password" autocomplete="new-password" hint="12 characters or more." />
                <Combobox label="City" name="city" options=cities hint="Type, or choose from the list." />
                <ListboxOpen />
                <FileField label="Picture" name="picture" accept="image/png" hint="JPEG, PNG or WebP, up to 5 MB." />
                <DateField label="Date of birth" name="born" autocomplete="bday" max="2026-03-02" />
                <TextArea label="What is it about?" name="form[reason]" maxlength=500 hint="Only you and the doctor can read it." />
            </form>
        </Specimen>
    }
}

/// The list of a combobox, as its island opens it.
#[component]
fn ListboxOpen() -> impl IntoView {
    view! {
        <ul class="listbox listbox-still" role="listbox" aria-label="Cities" tabindex="0">
            <li role="option">"Kolkata"</li>
            <li role="option" aria-selected="true">"Lisbon"</li>
            <li role="option">"Łódź"</li>
        </ul>
    }
}

#[component]
fn Choosers() -> impl IntoView {
    view! {
        <Specimen name="Choices">
            <form class="stack" action="#gallery-controls">
                <SelectField label="Language" name="language" options=languages() selected="français" />
                <SelectField label="Place" name="place" options=languages() error="Choose a place." />
                <ChoiceGroup legend="How do you want to see the doctor?" name="kind" options=kinds() selected="video" />
                <ChoiceGroup legend="Is it urgent?" name="urgent" inline=true options=vec![Choice::new("yes", "Yes"), Choice::new("no", "No")] error="Say whether it is urgent." />
                <CheckboxGroup legend="Remind me" name="remind" options=vec![Choice::new("mail", "By email"), Choice::new("sms", "By text message")] selected=vec!["mail".to_owned()] />
                <CheckboxField label="I have read the terms" name="terms" hint="Two minutes to read." checked=true />
                <CheckboxField label="I agree to be called" name="agree" error="Tick the box to go on." />
            </form>
        </Specimen>
    }
}
