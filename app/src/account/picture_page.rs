use super::picture_of;
use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::extract::{
    Multipart,
    multipart::{Field, MultipartError, MultipartRejection},
};
use domain::{FieldProblem, Problem};
use http::StatusCode;
use leptos::prelude::*;
use services::{
    account::pictures::{self, MOST_BYTES},
    identity::{self, Person},
};
use ui::{Avatar, BackLink, Button, ButtonKind, FileField, FormMessage, Size};

const PATH: &str = "/account/picture";

/// The largest body that is read to its end, so that whoever sends too much is told so. No more than
/// [`MOST_BYTES`] of it is kept.
pub const MOST_SENT: usize = 32 * 1024 * 1024;

/// `/account/picture`
pub async fn show(page: Page) -> PageResult {
    render(page, None).await
}

/// Takes a picture.
pub async fn change(page: Page, form: Result<Multipart, MultipartRejection>) -> PageResult {
    let caller = page.caller::<Person>()?;
    let changed = match file_of(form).await {
        Ok(file) => pictures::set(page.clinic(), &caller, file).await,
        Err(problem) => Err(problem.into()),
    };
    match changed {
        Ok(()) => Ok(see_other("/account/picture?saved=1")),
        Err(error) => render(page, Some(form_problem(error)?)).await,
    }
}

/// `POST /account/picture/remove`
pub async fn remove(page: Page) -> PageResult {
    let caller = page.caller::<Person>()?;
    pictures::remove(page.clinic(), &caller).await?;
    Ok(see_other("/account/picture?removed=1"))
}

/// The file that was sent; empty when none was chosen.
async fn file_of(form: Result<Multipart, MultipartRejection>) -> Result<Vec<u8>, FieldProblem> {
    let Ok(mut form) = form else { return Err(interrupted()) };
    let mut file = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| unread(&error))? {
        if field.name() == Some("picture") {
            file = content(field).await?;
        }
    }
    Ok(file)
}

/// Reads to the end, but keeps no more than shows that it is too much.
async fn content(mut field: Field<'_>) -> Result<Vec<u8>, FieldProblem> {
    let mut content = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| unread(&error))? {
        let room = (MOST_BYTES + 1).saturating_sub(content.len());
        content.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(content)
}

fn unread(error: &MultipartError) -> FieldProblem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => FieldProblem::new(
            "picture",
            "That file is far larger than 5 MB. Please choose a smaller one.",
        ),
        _ => interrupted(),
    }
}

fn interrupted() -> FieldProblem {
    FieldProblem::new("picture", "The picture did not arrive whole. Please send it again.")
}

async fn render(page: Page, problem: Option<Problem>) -> PageResult {
    let caller = page.caller::<Person>()?;
    let profile = identity::profile(page.clinic(), &caller).await?;
    let query = Fields::of_query(page.query());
    let news =
        [("saved", "Saved. This is your picture now."), ("removed", "Your picture is removed.")];
    let news = news.into_iter().find(|(name, _)| query.is_on(name)).map(|(_, text)| text);
    let src = picture_of(profile.id, profile.profile_image.as_deref());
    let remove = src.is_some().then(|| {
        view! {
            <form method="post" action="/account/picture/remove">
                <Button kind=ButtonKind::Quiet>"Remove the picture"</Button>
            </form>
        }
    });
    let problem = problem.as_ref();
    let page = page.with_status(form_status(problem));
    Ok(page.show(forms::title(problem, "Your picture"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href="/account/profile" label="Your profile" />
                <h1>"Your picture"</h1>
                {news.filter(|_| problem.is_none()).map(|news| view! { <FormMessage>{news}</FormMessage> })}
                <div class="media">
                    <Avatar name=caller.full_name() src size=Size::Large />
                    <p class="muted">"You see it here, and your doctors see it on the page of your visit."</p>
                </div>
                <form method="post" novalidate=true enctype="multipart/form-data" action=PATH class="stack">
                    <FileField
                        label="Picture" name="picture" accept="image/jpeg,image/png,image/webp"
                        hint="JPEG, PNG or WebP, up to 5 MB. We keep a small square of its middle, and nothing of what the camera noted, such as the place."
                        error=forms::at(problem, "picture")
                    />
                    <Button>"Upload picture"</Button>
                </form>
                {remove}
            </article>
        }
    }))
}
