//! Prints the gallery as a page of its own: `cargo run -p ui --example gallery > gallery.html`.
use leptos::prelude::*;
use ui::{Gallery, SkipLink, ToastRegion};

fn main() {
    let owner = Owner::new();
    let html = owner.with(|| {
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <title>"Design system"</title>
                    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                    <link rel="stylesheet" href="/medconnect.css" />
                </head>
                <body>
                    <SkipLink />
                    <main id="main"><Gallery /></main>
                    <ToastRegion />
                </body>
            </html>
        }
        .to_html()
    });
    println!("{html}");
}
