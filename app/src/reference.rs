//! The reference of the JSON API, for people, from its OpenAPI document.
use crate::Page;
use axum::response::Response;
use leptos::prelude::*;
use serde_json::Value;

/// `/api/docs`
pub fn show(page: Page, document: &Value) -> Response {
    let about = text(&document["info"]["description"]);
    let operations: Vec<_> = entries(&document["paths"])
        .flat_map(|(path, methods)| {
            entries(methods).map(|(method, operation)| operation_view(path, method, operation))
        })
        .collect();
    let schemas: Vec<_> = entries(&document["components"]["schemas"])
        .map(|(name, schema)| schema_view(name, schema))
        .collect();
    let over_mqtt: Vec<_> = document["x-mqtt"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|about| view! { <p>{text(about)}</p> })
        .collect();
    page.show("API reference", move || {
        view! {
            <article class="reference">
                <h1>"API reference"</h1>
                <p class="lede">{about}</p>
                <p>"For programs: "<a href="/api/openapi.json">"openapi.json"</a>" (OpenAPI 3.1)"</p>
                <h2 id="mqtt">"Devices over MQTT"</h2>
                {over_mqtt}
                <h2>"Operations"</h2>
                {operations}
                <h2>"Bodies"</h2>
                {schemas}
            </article>
        }
    })
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn operation_view(path: &str, method: &str, operation: &Value) -> AnyView {
    let parameters: Vec<_> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| {
            view! {
                <li>
                    <code>{text(&parameter["name"])}</code>
                    {format!(" ({}): {}", text(&parameter["in"]), text(&parameter["description"]))}
                </li>
            }
        })
        .collect();
    let answers: Vec<_> = entries(&operation["responses"])
        .map(|(status, answer)| {
            let schema = entries(&answer["content"]).next().map(|(_, content)| content);
            let name = schema.map(|content| reference_name(&content["schema"])).unwrap_or_default();
            view! { <li><code>{status.to_owned()}</code>{format!(" {} ", text(&answer["description"]))}{(!name.is_empty()).then(|| link(name))}</li> }
        })
        .collect();
    let body = entries(&operation["requestBody"]["content"]).next();
    let body = body.map(|(_, content)| reference_name(&content["schema"])).unwrap_or_default();
    let id = text(&operation["operationId"]);
    view! {
        <section class="card" id=id>
            <h3><code>{format!("{} {path}", method.to_uppercase())}</code></h3>
            <p>{text(&operation["summary"])}". For "{text(&operation["x-who"])}"."</p>
            {(!parameters.is_empty()).then(|| view! { <h4>"Parameters"</h4><ul>{parameters}</ul> })}
            {(!body.is_empty()).then(|| view! { <p>"Body: "{link(body)}</p> })}
            <h4>"Answers"</h4>
            <ul>{answers}</ul>
        </section>
    }
    .into_any()
}

fn reference_name(schema: &Value) -> String {
    schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_owned()
}

fn link(schema: String) -> AnyView {
    view! { <a href=format!("#schema-{schema}")>{schema.clone()}</a> }.into_any()
}

fn schema_view(name: &str, schema: &Value) -> AnyView {
    let fields: Vec<_> = entries(&schema["properties"])
        .map(|(field, about)| {
            let kind = kind(about);
            view! { <li><code>{field.to_owned()}</code>": "{kind}" "{text(&about["description"])}</li> }
        })
        .collect();
    let words = schema["enum"]
        .as_array()
        .map(|words| words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
    view! {
        <section class="card" id=format!("schema-{name}")>
            <h3><code>{name.to_owned()}</code></h3>
            {schema["description"].as_str().map(|about| view! { <p>{about.to_owned()}</p> })}
            {words.map(|words| view! { <p>"One of: "{words}</p> })}
            {(!fields.is_empty()).then(|| view! { <ul>{fields}</ul> })}
        </section>
    }
    .into_any()
}

/// What a value of the schema is, in a word.
fn kind(schema: &Value) -> String {
    let named = reference_name(schema);
    if !named.is_empty() {
        return named;
    }
    match (&schema["type"], &schema["items"]) {
        (Value::String(kind), Value::Null) => match schema["format"].as_str() {
            Some(format) => format!("{kind} ({format})"),
            None => kind.clone(),
        },
        (_, items @ Value::Object(_)) => format!("list of {}", kind(items)),
        (Value::Array(kinds), _) => {
            kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
        }
        _ => "object".to_owned(),
    }
}
