//! The operations of app-to-app for the proof of the schema: a question, a result and a reader of each.

use harness::setup::otp;
use oracles::peer::{Reader, reader};
use peer::operations::*;
use serde_json::{Value, json};

const CALLBACKS: [&str; 3] = ["a:s?%_OTP_%", "a:e?%_Version_%", "a:c"];

/// URLs, then a client that is called by them: questions and their results.
pub fn conversation() -> Vec<(Value, Value)> {
    let (mut engine, mut all) = (oracles::peer::engine(), Vec::new());
    let mut done = |op: &str, session: &str, params: Value| {
        let mut question = json!({"seq": all.len(), "op": op, "params": params});
        if !session.is_empty() {
            question["session"] = json!(session);
        }
        let answer: Value = serde_json::from_slice(&engine.answer(question.to_string().as_bytes())).unwrap();
        let result = answer.get("ok").unwrap_or_else(|| panic!("{question}: {answer}")).clone();
        all.push((question, result.clone()));
        result
    };
    let [success, error, cancel] = CALLBACKS;
    done("primitive.percent_decode", "", json!({"text": "%41+é"}));
    let message = format!("00C1C3E40F42B8{}", "00".repeat(16));
    let templates = |name: &str, value: &str| {
        let mut params = json!({"x_success": success, "x_error": error, "x_cancel": cancel});
        params[name] = json!(value);
        params
    };
    let mut build = templates("message", &message);
    build["scheme"] = json!("pay");
    build["state"] = json!("A.z_0~-");
    let url = done("app2app.build", "", build.clone())["url"].clone();
    done("app2app.parse", "", json!({"scheme": "pay", "platform": "android", "url": url}));
    for url in ["a:s?123456", "a:e?1&ErrorCode=8", "a:c"] {
        done("app2app.read", "", templates("url", url));
    }

    let [(_, client, create_client), (_, server, create_server)] = oracles::peer::creates();
    done("client.create", client, create_client);
    done("server.create", server, create_server);
    let am1 = json!({"with_challenge": false, "with_static_vector": false, "now": 1000});
    let am1 = done("server.generate_activation1", server, am1);
    let code = done("client.activate_license", client, am1)["device_code"].clone();
    done("server.verify_device_code", server, json!({"device_code": code, "replace": false, "now": 1000}));
    let am2 = done("server.generate_activation2", server, json!({"now": 1000}))["message"].clone();
    done("client.activate_instance", client, json!({"message": am2, "pin": "right", "now": 1000}));
    let config = json!({"enabled": true, "scheme": "pay", "white_list": CALLBACKS, "platform": "ios",
        "platform_name": "é", "version": "", "device_identifier": "0a".repeat(32)});
    done("client.set_app2app", client, config);
    done("client.dispatch", client, json!({"url": url}));
    let request = json!({"now": 1050, "carrier": "direct", "application": otp::FIELDS, "minimum_version": 0,
        "require_pin": true, "template": 3, "charset": "utf-8",
        "content": {"format": "free-text", "title": "", "text": "Zoë agrees"}});
    build["message"] = done("server.generate_request", server, request)["message"].clone();
    let url = done("app2app.build", "", build)["url"].clone();
    done("client.dispatch", client, json!({"url": url}));
    done("client.answer", client, json!({"handle": 1, "approved": true, "pin": "right", "now": 1060}));
    all
}

/// How the harness reads the results of each.
pub fn readers() -> [(&'static str, Reader); 7] {
    [
        reader::<PrimitivePercentDecode>(),
        reader::<App2AppBuild>(),
        reader::<App2AppParse>(),
        reader::<App2AppRead>(),
        reader::<ClientSetApp2App>(),
        reader::<ClientDispatch>(),
        reader::<ClientAnswer>(),
    ]
}
