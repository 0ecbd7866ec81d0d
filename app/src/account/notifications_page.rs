use crate::{Page, PageResult, fields::Fields, page::see_other};
use leptos::prelude::*;
use services::{
    account::notifications::{self, Notifications},
    identity::Person,
};
use ui::{Button, CheckboxField, Fieldset, FormMessage};

const PATH: &str = "/account/notifications";

/// `/account/notifications`
pub async fn show(page: Page) -> PageResult {
    let caller = page.caller::<Person>()?;
    let wanted = notifications::wanted(page.clinic(), &caller).await?;
    let saved = Fields::of_query(page.query()).is_on("saved");
    let email = caller.email.clone();
    Ok(page.show("Notifications", || {
        view! {
            <article class="narrow stack">
                <h1>"Notifications"</h1>
                {saved.then(|| view! { <FormMessage>"Saved."</FormMessage> })}
                <p class="lede">"We write to "<strong>{email}</strong>"."</p>
                <section class="card stack-small" aria-labelledby="always">
                    <h2 class="h3" id="always">"What we always write"</h2>
                    <ul>
                        <li>"Your visits: booked, confirmed, moved, cancelled, paid."</li>
                        <li>"Times that are offered to you from the waitlist."</li>
                        <li>"The safety of your account: your password and your address."</li>
                    </ul>
                    <p class="muted">"You need these, so they cannot be switched off."</p>
                </section>
                <form method="post" action=PATH class="stack">
                    <Fieldset legend="What you can choose">
                        <CheckboxField
                            name="email_notifications" label="Suggestions and congratulations by mail" checked=wanted.email_notifications
                            hint="When your doctor suggests another visit, and when you reach a milestone with your readings. You find them under My visits and Readings in any case."
                        />
                        <CheckboxField
                            name="visit_reminders" label="Reminders of your visits" checked=wanted.visit_reminders
                            hint="By mail, a day before and two hours before: what would come at night comes on the evening before. Several visits of one day come in one mail."
                        />
                        <CheckboxField
                            name="health_reminders" label="Reminders to measure" checked=wanted.health_reminders
                            hint="Blood pressure, blood glucose or peak flow after three days without a reading, weight after ten: by mail, once, if you measured regularly before."
                        />
                    </Fieldset>
                    <Fieldset legend="Not sent yet" hint="We have no push messages so far. Say now whether you will want them.">
                        <CheckboxField name="push_notifications" label="Push messages to your phone" checked=wanted.push_notifications />
                    </Fieldset>
                    <Button>"Save"</Button>
                </form>
            </article>
        }
    }))
}

/// A box that is not ticked is not sent.
pub async fn change(page: Page, fields: Fields) -> PageResult {
    let caller = page.caller::<Person>()?;
    let wanted = Notifications {
        email_notifications: fields.is_on("email_notifications"),
        push_notifications: fields.is_on("push_notifications"),
        health_reminders: fields.is_on("health_reminders"),
        visit_reminders: fields.is_on("visit_reminders"),
    };
    notifications::change(page.clinic(), &caller, wanted).await?;
    Ok(see_other("/account/notifications?saved=1"))
}
