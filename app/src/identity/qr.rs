//! QR codes, as a picture in the page.
use fast_qr::{ECL, QRBuilder, QRCode};
use leptos::prelude::*;
use std::fmt::Write;

/// The white around a code that readers need, in modules (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// `text` as a QR code, which `label` describes. Black on white in the dark, too: many apps read nothing else.
/// `None`: the text is too long for one.
pub fn qr_code(text: &str, label: &'static str) -> Option<AnyView> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let side = code.size + 2 * QUIET_ZONE;
    let path = path(&code);
    let picture = view! {
        <svg
            xmlns="http://www.w3.org/2000/svg" role="img" aria-label=label
            viewBox=format!("0 0 {side} {side}") width="224" height="224" shape-rendering="crispEdges"
        >
            <rect width=side height=side fill="#fff" />
            <path d=path fill="#000" />
        </svg>
    };
    Some(picture.into_any())
}

/// Every dark module, those beside each other as one bar.
fn path(code: &QRCode) -> String {
    let mut path = String::new();
    for y in 0..code.size {
        let mut x = 0;
        while x < code.size {
            let dark = (x..code.size).take_while(|&x| code[y][x].value()).count();
            if dark > 0 {
                let (left, top) = (x + QUIET_ZONE, y + QUIET_ZONE);
                let _ = write!(path, "M{left} {top}h{dark}v1h-{dark}z");
            }
            x += dark + 1;
        }
    }
    path
}
