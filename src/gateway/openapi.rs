//! The OpenAPI document, made from the types of [`crate::surface`] and its table of operations. GTW-1.

use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Ref, RefOr,
    Required, ResponseBuilder, Schema, SecurityRequirement,
};

use crate::surface::{self, Operation, Side};

/// What the API key is called in it.
const KEY: &str = "apiKey";

/// The document.
pub fn document() -> OpenApi {
    let mut components = ComponentsBuilder::new()
        .security_scheme(KEY, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (name, schema) in schemas() {
        components = components.schema(name, schema);
    }
    let mut paths = PathsBuilder::new();
    for (operation, path, side, about) in Operation::TABLE {
        paths = paths.path(path, PathItem::new(HttpMethod::Post, described(operation, side, about)));
    }
    let info = InfoBuilder::new()
        .title("Counterproof gateway")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Push, login and provisioning; SPEC.md, section 27"));
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components.build())).build()
}

/// The document as it is served: JSON, two blanks for each level.
pub fn text() -> String {
    document().to_pretty_json().unwrap_or_default()
}

fn described(operation: Operation, side: Side, about: &str) -> OperationBuilder {
    let json = |schema: &str| ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    let request = RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", json(request_name(operation)));
    let reply = |about: &str| {
        ResponseBuilder::new().description(about).content("application/json", json("Reply")).build()
    };
    let described = OperationBuilder::new()
        .operation_id(Some(operation.path().rsplit('/').next().unwrap_or_default()))
        .summary(Some(about))
        .request_body(Some(request.build()))
        .response("200", reply("It is done"))
        .response("default", reply("It is not: the result codes say why"));
    match side {
        Side::App => described,
        Side::BackEnd => described.security(SecurityRequirement::new::<_, [&str; 0], _>(KEY, [])),
    }
}

fn request_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Prepare => "Prepare",
        Operation::Approve => "Approve",
        Operation::Reject => "Reject",
        Operation::AddDevice => "AddDevice",
        Operation::Activate => "Activate",
        Operation::Register => "Register",
        Operation::StartLogin => "StartLogin",
        Operation::LoginStatus | Operation::CancelLogin => "Login",
        Operation::Devices => "User",
    }
}

/// Every type of a body, and those that it names.
fn schemas() -> Vec<(String, RefOr<Schema>)> {
    fn add<T: ToSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(all);
        all.push((T::name().into_owned(), T::schema()));
    }
    let mut all = Vec::new();
    add::<surface::Prepare>(&mut all);
    add::<surface::Approve>(&mut all);
    add::<surface::Reject>(&mut all);
    add::<surface::AddDevice>(&mut all);
    add::<surface::Activate>(&mut all);
    add::<surface::Register>(&mut all);
    add::<surface::StartLogin>(&mut all);
    add::<surface::Login>(&mut all);
    add::<surface::User>(&mut all);
    add::<surface::Reply>(&mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use serde_json::Value;

    /// Every `$ref` leads somewhere.
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn gtw_1_the_document_has_every_operation_and_all_that_it_names() {
        let document: Value = serde_json::from_str(&text()).unwrap();
        for (operation, path, side, _) in Operation::TABLE {
            let post = &document["paths"][path]["post"];
            assert!(post["requestBody"].is_object(), "{path}");
            assert_eq!(post["security"].is_array(), side == Side::BackEnd, "{path}");
            assert_eq!(operation.path(), path);
        }
        assert_eq!(document["paths"].as_object().unwrap().len(), Operation::TABLE.len());
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 15, "{found:?}");
        for reference in found {
            let place = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{reference}");
        }
    }

    #[test]
    fn gtw_2_members_are_called_as_published() {
        let document: Value = serde_json::from_str(&text()).unwrap();
        for (schema, members) in [
            ("Prepare", &["challengeKey", "serialNumber"][..]),
            ("Approve", &["challengeKey", "domain", "signature", "userID"]),
            ("Reject", &["challengeKey", "serialNumber"]),
            ("AddDevice", &["description", "deviceCode", "registrationIdentifier"]),
            ("Activate", &["registrationIdentifier", "signature"]),
            ("ResultCodes", &["returnCode", "returnCodeEnum", "statusCode", "statusCodeEnum"]),
        ] {
            let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
            let mut named: Vec<_> = properties.keys().map(String::as_str).collect();
            named.sort_unstable();
            assert_eq!(named, members, "{schema}");
        }
    }
}
