//! What the API's document says of a row: written down once beside the handler, with the types that the handler takes and
//! gives.

use axum::http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Makes a type's schema.
pub(super) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// What an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tag {
    Api,
    Programme,
    Evidence,
    Contests,
    Own,
    Office,
}

impl Tag {
    pub(super) const ALL: [Self; 6] =
        [Self::Api, Self::Programme, Self::Evidence, Self::Contests, Self::Own, Self::Office];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Programme => "programme",
            Self::Evidence => "evidence",
            Self::Contests => "contests",
            Self::Own => "own",
            Self::Office => "office",
        }
    }

    /// The message that names it.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::Api => "api-tag-api",
            Self::Programme => "api-tag-programme",
            Self::Evidence => "api-tag-evidence",
            Self::Contests => "api-tag-contests",
            Self::Own => "api-tag-own",
            Self::Office => "api-tag-office",
        }
    }
}

/// Where an answer leads on to: the operation, and which parts of the answer are its parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) operation: &'static str,
    /// The parameter, and where in the answer it stands.
    pub(super) parameters: &'static [(&'static str, &'static str)],
    /// The members of its body, where the answer gives them.
    pub(super) body: &'static [(&'static str, &'static str)],
}

impl Link {
    /// A link to an operation of which the answer gives parts of the path.
    pub(super) const fn to(
        operation: &'static str,
        parameters: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { operation, parameters, body: &[] }
    }
}

/// The part of a description that no type can give.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    /// Its name, once in the API. The message `api-` and the name in lower case with hyphens says what it does.
    pub(super) id: &'static str,
    pub(super) tag: Tag,
    pub(super) links: &'static [Link],
    /// The status of its answer.
    pub(super) status: StatusCode,
    /// Whether an answer to somebody who is not signed in may be a second old.
    pub(super) is_kept: bool,
}

impl About {
    pub(super) const fn new(id: &'static str, tag: Tag) -> Self {
        Self { id, tag, links: &[], status: StatusCode::OK, is_kept: false }
    }

    pub(super) const fn leads_to(self, links: &'static [Link]) -> Self {
        Self { links, ..self }
    }

    /// It says the same to everybody, and is asked by crowds.
    pub(super) const fn kept(self) -> Self {
        Self { is_kept: true, ..self }
    }

    /// It makes something new.
    pub(super) const fn makes(self) -> Self {
        Self { status: StatusCode::CREATED, ..self }
    }
}

/// The description of a row. It can be had only together with a handler of these types.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(super) about: About,
    /// An object whose properties are the parts of the path that vary.
    pub(super) path: Describe,
    /// An object whose properties are the parameters of the query.
    pub(super) query: Describe,
    pub(super) body: Option<Describe>,
    pub(super) answer: Describe,
    /// The answer's media type.
    pub(super) media: &'static str,
}

impl Operation {
    pub(super) fn new<P: JsonSchema, Q: JsonSchema, T: JsonSchema>(about: About) -> Self {
        Self {
            about,
            path: P::json_schema,
            query: Q::json_schema,
            body: None,
            answer: named::<T>,
            media: "application/json",
        }
    }

    pub(super) fn with_body<B: JsonSchema>(self) -> Self {
        Self { body: Some(named::<B>), ..self }
    }

    /// The message that says what it does.
    pub(super) fn message(&self) -> String {
        let mut id = "api-".to_owned();
        for char in self.about.id.chars() {
            if char.is_ascii_uppercase() {
                id.push('-');
            }
            id.push(char.to_ascii_lowercase());
        }
        id
    }
}

fn named<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}
