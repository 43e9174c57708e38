//! The API's own description: what the OpenAPI document says beyond the handlers.

use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Components, Content, Ref, RefOr, Required, ResponseBuilder,
        path::{Operation, ParameterBuilder, ParameterIn, PathItem},
        schema::{ObjectBuilder, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{crl, ocsp};
use crate::views::api::{FieldProblem, Problem};

#[derive(OpenApi)]
#[openapi(
    info(title = "revocation-desk", description = "Reissue applications, phone confirmation, revocation, proof."),
    paths(crl::show, ocsp::post, ocsp::get),
    components(schemas(Problem, FieldProblem)),
    security(("token" = [])),
    modifiers(&Token)
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

/// What stands in the document before the handlers are added.
pub fn begin() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// Adds what all operations share: how they refuse, and the key that makes a write safe to repeat.
pub fn complete(document: &mut utoipa::openapi::OpenApi) {
    for path in document.paths.paths.values_mut() {
        let PathItem { get, put, post, delete, .. } = path;
        for operation in [get, put, post, delete].into_iter().flatten() {
            add_refusal(operation);
        }
        for write in [&mut path.put, &mut path.post, &mut path.delete].into_iter().flatten() {
            add_key(write);
        }
    }
}

fn add_refusal(operation: &mut Operation) {
    let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
    let refusal = ResponseBuilder::new().description("Refused").content("application/problem+json", problem).build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(refusal));
}

fn add_key(write: &mut Operation) {
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("Sent again with the same body, the request is answered again and not carried out again."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(255)).build()))
        .build();
    write.parameters.get_or_insert_default().push(RefOr::T(key));
}
