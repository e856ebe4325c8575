//! The API's document (OpenAPI 3.1), made from the table of routes and the types of its handlers.

use super::call::{Nothing, tagged};
use super::formats::{accepts_json, query};
use super::operation::{About, Operation, Tag};
use super::schemas::{Schemas, schema_of_parameter};
use crate::app::App;
use crate::contest::Held;
use crate::public::{Shown, Whole};
use crate::refusal::{PROBLEM, Problem, Refusal};
use crate::route::{Rate, Roles, Route, Table};
use crate::session;
use crate::who::Came;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing;
use daepyo_core::{Language, Programme};
use daepyo_store::site::Role;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// Where it stands.
pub(crate) const DOCUMENT: &str = "/api/v1/openapi.json";

/// What the document is made from: a running site, or one that is stored.
pub(crate) struct Described<'a> {
    pub(crate) table: &'a Table,
    pub(crate) shown: &'a Shown,
    /// Whose teams clients can name.
    pub(crate) programme: Option<&'a Programme>,
    pub(crate) held: Vec<&'a Held>,
    /// Where requests are answered; none of stored files, which answer none.
    pub(crate) origin: Option<String>,
    pub(crate) is_https: bool,
}

impl<'a> Described<'a> {
    fn of(app: &'a App) -> Self {
        Self {
            table: app.table(),
            shown: app.shown(),
            programme: app.programme(),
            held: app.contests().held().iter().collect(),
            origin: Some(app.settings().origin()),
            is_https: app.settings().is_https(),
        }
    }
}

pub(super) fn rows() -> Vec<Route> {
    // Made when it is first asked for; neither table nor settings change while a site runs.
    let made: Arc<OnceLock<Arc<Whole>>> = Arc::default();
    let show = move |State(app): State<App>, uri: Uri, Came(headers): Came| {
        let made = Arc::clone(&made);
        async move { show(&app, &uri, &headers, &made) }
    };
    let about = About::new("getDocument", Tag::Api);
    let operation = Operation::new::<Nothing, Nothing, Document>(about);
    vec![Route::api(DOCUMENT, Roles::ANYONE, operation, Method::GET, routing::get(show))]
}

/// A document of the `OpenAPI` specification, version 3.1.
struct Document;

impl JsonSchema for Document {
    fn schema_name() -> Cow<'static, str> {
        "Document".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "required": ["openapi", "info", "paths", "components"] })
    }
}

fn show(app: &App, uri: &Uri, headers: &HeaderMap, made: &OnceLock<Arc<Whole>>) -> Result<Response, Refusal> {
    accepts_json(headers)?;
    query::<Nothing>(uri, &[])?;
    let whole = made.get_or_init(|| Arc::new(Whole::new(document(&Described::of(app)).to_string(), None)));
    tagged(whole, "application/json", headers)
}

fn word(id: &str) -> String {
    daepyo_messages::text(Language::En, id, &[])
}

/// The whole document.
pub(crate) fn document(of: &Described<'_>) -> Value {
    let mut schemas = Schemas::new();
    let problem = schemas.given(SchemaGenerator::subschema_for::<Problem>);
    let mut paths = Map::new();
    for row in of.table.rows() {
        let Some(operation) = &row.operation else { continue };
        let described = describe(of, row, operation, &mut schemas);
        let methods = paths.entry(row.path.to_string()).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            methods.insert(row.method.as_str().to_ascii_lowercase(), described);
        }
    }
    let refusal = json!({
        "description": word("api-refusal"),
        "headers": {
            "Retry-After": { "description": word("api-retry-after"), "schema": { "type": "integer", "minimum": 1 } },
        },
        "content": { PROBLEM: { "schema": problem } },
    });
    let session = session::cookie_name(of.is_https);
    let servers: Vec<Value> = of.origin.iter().map(|url| json!({ "url": url })).collect();
    let about = match of.origin {
        Some(_) => word("api-about"),
        None => format!("{} {}", word("api-about"), word("api-stored")),
    };
    let tags = Tag::ALL.map(|tag| json!({ "name": tag.name(), "description": word(tag.message()) }));
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": word("api-title"),
            "description": about,
            "version": "1",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": servers,
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.finish(&lists(of)),
            "responses": { "Refusal": refusal },
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": session, "description": word("api-session") },
                "csrf": { "type": "apiKey", "in": "header", "name": "x-csrf", "description": word("api-csrf") },
            },
        },
    })
}

/// What this site has of kinds of which a client can name no others: schema and values.
fn lists(of: &Described<'_>) -> Vec<(&'static str, Vec<String>)> {
    let teams = of.programme.map(|programme| programme.teams.as_slice());
    let teams = teams.map(|teams| ("NamedTeam", teams.iter().map(|team| team.id.to_string()).collect()));
    let mut tags: Vec<String> =
        of.held.iter().flat_map(|held| &held.setup.rule.tags).map(|tag| tag.id.to_string()).collect();
    tags.sort();
    tags.dedup();
    teams.into_iter().chain([("VoteTag", tags)]).collect()
}

fn describe(of: &Described<'_>, row: &Route, operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut described = Map::new();
    let mut put = |key: &str, value: Value| described.insert(key.to_owned(), value);
    put("operationId", operation.about.id.into());
    put("tags", json!([operation.about.tag.name()]));
    put("summary", word(&operation.message()).into());
    put("x-roles", roles(row.who).into());
    let path = parameters(of, row, &schemas.asked(operation.path), "path");
    let query = parameters(of, row, &schemas.asked(operation.query), "query");
    put("parameters", [path, query].concat().into());
    if let Some(body) = operation.body {
        let schema = schemas.asked(body);
        put(
            "requestBody",
            json!({ "required": true, "content": { "application/json": { "schema": schema } } }),
        );
    }
    put("responses", responses(row, operation, schemas));
    let security = match (row.who.has(None), row.changes) {
        (true, _) => json!([]),
        (false, true) => json!([{ "session": [], "csrf": [] }]),
        (false, false) => json!([{ "session": [] }]),
    };
    put("security", security);
    Value::Object(described)
}

/// The roles that may, in words of the API.
pub(super) fn roles(who: Roles) -> Vec<&'static str> {
    const NAMES: [(&str, Option<Role>); 6] = [
        ("anyone", None),
        ("citizen", Some(Role::Citizen)),
        ("expert", Some(Role::Expert)),
        ("team", Some(Role::Team)),
        ("office", Some(Role::Office)),
        ("auditor", Some(Role::Auditor)),
    ];
    NAMES.iter().filter(|(_, role)| who.has(*role)).map(|(name, _)| *name).collect()
}

/// The parameters that a type's properties are.
fn parameters(of: &Described<'_>, row: &Route, asked: &Value, place: &str) -> Vec<Value> {
    let Some(properties) = asked.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let described = properties.iter().map(|(name, schema)| {
        let (schema, about) = schema_of_parameter(schema);
        let mut parameter = Map::new();
        parameter.insert("name".to_owned(), name.as_str().into());
        parameter.insert("in".to_owned(), place.into());
        parameter.insert("required".to_owned(), (place == "path").into());
        parameter.extend(about.map(|about| ("description".to_owned(), about)));
        let example = if place == "path" { example(of, &row.path, name) } else { None };
        parameter.extend(example.map(|example| ("example".to_owned(), example)));
        parameter.insert("schema".to_owned(), schema);
        Value::Object(parameter)
    });
    described.collect()
}

/// A value of a path's part that this site has.
fn example(of: &Described<'_>, path: &str, name: &str) -> Option<Value> {
    let (shown, held) = (of.shown, of.held.first());
    let is_contest = path.contains("/contests/");
    let text = match name {
        "stage" if is_contest => held?.setup.stage.to_string(),
        "criterion" if is_contest => held?.setup.criterion.to_string(),
        "stage" => shown.programme()?.stages.first()?.id.to_string(),
        "folder" => shown.finished().next()?.0.key.clone(),
        "candidate" => shown.candidates().first()?.1.submission.id.to_string(),
        "index" => return Some(1.into()),
        _ => return None,
    };
    Some(text.into())
}

fn responses(row: &Route, operation: &Operation, schemas: &mut Schemas) -> Value {
    let reads = row.method == Method::GET;
    let answer = schemas.given(operation.answer);
    let mut headers = Map::new();
    if reads {
        let tag =
            json!({ "description": word("api-etag"), "required": true, "schema": { "type": "string" } });
        headers.insert("ETag".to_owned(), tag);
    }
    if row.operation.as_ref().is_some_and(|operation| is_list(operation, schemas)) {
        headers.insert(
            "Link".to_owned(),
            json!({ "description": word("api-link"), "schema": { "type": "string" } }),
        );
    }
    let links: Map<String, Value> = operation
        .about
        .links
        .iter()
        .map(|link| {
            let parameters: Map<String, Value> =
                link.parameters.iter().map(|(name, from)| ((*name).to_owned(), (*from).into())).collect();
            let mut described = json!({ "operationId": link.operation, "parameters": parameters });
            if let (false, Some(members)) = (link.body.is_empty(), described.as_object_mut()) {
                let body: Map<String, Value> =
                    link.body.iter().map(|(name, from)| ((*name).to_owned(), (*from).into())).collect();
                members.insert("requestBody".to_owned(), body.into());
            }
            (link.operation.to_owned(), described)
        })
        .collect();
    let mut all = Map::new();
    let mut ok = json!({
        "description": word("api-answer"),
        "headers": headers,
        "content": { operation.media: { "schema": answer } },
    });
    if let (false, Some(ok)) = (links.is_empty(), ok.as_object_mut()) {
        ok.insert("links".to_owned(), links.into());
    }
    all.insert(operation.about.status.as_str().to_owned(), ok);
    if reads {
        all.insert("304".to_owned(), json!({ "description": word("api-not-modified") }));
    }
    for status in refusals(row, operation) {
        all.insert(status.as_str().to_owned(), json!({ "$ref": "#/components/responses/Refusal" }));
    }
    Value::Object(all)
}

/// Whether the query asks for a page of a list.
fn is_list(operation: &Operation, schemas: &mut Schemas) -> bool {
    schemas.asked(operation.query).pointer("/properties/after").is_some()
}

/// The statuses with which a row may refuse, by what it is.
fn refusals(row: &Route, operation: &Operation) -> Vec<StatusCode> {
    let mut all = vec![StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND, StatusCode::NOT_ACCEPTABLE];
    if !row.who.has(None) {
        all.extend([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]);
    }
    if row.method == Method::GET {
        all.push(StatusCode::PRECONDITION_FAILED);
    } else {
        all.extend([StatusCode::CONFLICT, StatusCode::PAYLOAD_TOO_LARGE]);
    }
    if operation.body.is_some() {
        all.extend([StatusCode::UNSUPPORTED_MEDIA_TYPE, StatusCode::UNPROCESSABLE_ENTITY]);
    }
    if row.rate != Rate::Free {
        all.push(StatusCode::TOO_MANY_REQUESTS);
    }
    all.extend([StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE]);
    all.sort();
    all
}
