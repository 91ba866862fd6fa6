//! The operations of single-device licensing for the proof of the schema: a question, a result and a reader of each.

use channel::bytes::Wire as _;
use channel::text::hex;
use harness::setup;
use oracles::peer::{Reader, reader};
use peer::operations::*;
use serde_json::{Value, json};

const KEY: &str = "101112131415161718191A1B1C1D1E1F";
const SERIAL: &str = "VDS1000120";
const PASSWORD: &str = "1357";

/// What makes a single-device client session `c` and a license session `s`: operation, session, parameters.
pub fn creates() -> [(&'static str, &'static str, Value); 2] {
    let vector = hex::encode(&setup::single_vector().to_bytes());
    let client = json!({"static_vector": vector, "platform_data": "00FF", "platform_key": KEY,
        "short_codes": false, "rooted": false, "root_policy": "block", "reset_policy": "lock", "memory_kib": 8,
        "iterations": 1});
    let server = json!({"serial": SERIAL, "license_key": KEY, "static_vector": vector, "signature_tries": 4,
        "identification_window": 100, "signature_window": 24, "first_use_s": 10800, "look_ahead": 10});
    [("client.single_create", "c", client), ("server.single_create", "s", server)]
}

/// Questions of every operation, and their results.
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
    let [(_, client, create_client), (_, server, create_server)] = creates();
    let write = json!({"master_key": KEY, "serial": SERIAL, "license_key": KEY, "hexadecimal": true});
    let code = done("activation_code.write", "", write)["code"].clone();
    let read = json!({"master_key": KEY, "serial": SERIAL, "code": code, "short": true});
    done("activation_code.read", "", read);
    let svf = format!("{}0A", hex::encode(create_server["static_vector"].as_str().unwrap().as_bytes()));
    done("export_svf.read", "", json!({"file": svf}));
    let licenses = json!([{"serial": SERIAL, "code": code}]);
    let file = done("acode_log.write", "", json!({"licenses": licenses}))["file"].clone();
    done("acode_log.read", "", json!({"file": file}));

    done("client.single_create", client, create_client.clone());
    done("server.single_create", server, create_server.clone());
    done("client.single_status", client, json!({}));
    let code = done("server.single_generate_activation_code", server, json!({"hexadecimal": false}));
    let erc = done("server.single_generate_event_reactivation_counter", server, json!({}));
    let salt = json!({"password_salt": KEY});
    let activate = json!({"serial": SERIAL, "suffix": null, "code": code["code"],
        "event_reactivation_counter": erc["event_reactivation_counter"], "password": PASSWORD, "random": salt});
    done("client.single_activate", client, activate);
    let data = json!({"shared_secret": KEY, "with_counter": true,
        "random": {"activation_nonce": "0c".repeat(12)}});
    let data = done("server.single_generate_full_activation_data", server, data)["data"].clone();
    let online = json!({"data": data, "shared_secret": KEY, "password": PASSWORD, "random": salt});
    done("client.single_activate_online", client, online);
    let salt = json!({"password_salt": "2c".repeat(16)});
    let again = json!({"serial": SERIAL, "suffix": null, "code": code["code"], "event_reactivation_counter": null,
        "password": PASSWORD, "random": salt});
    done("client.single_activate", client, again);
    done("client.single_status", client, json!({}));
    done("client.single_revert", client, json!({}));
    done("client.single_change_password", client, json!({"old": PASSWORD, "new": PASSWORD, "random": salt}));

    let nothing = json!({"kind": "response-only"});
    let respond =
        json!({"application": setup::otp::EVENT, "data": nothing, "password": PASSWORD, "now": 1000});
    let responses = [(); 3]
        .map(|()| done("client.single_generate_response", client, respond.clone())["response"].clone());
    done("client.single_report", client, json!({"accepted": true}));
    done("client.single_status", client, json!({}));
    let [first, second, third] = responses;
    let attempt = |response: &Value| json!({"data": nothing, "response": response});
    let resynchronise = json!({"application": setup::otp::EVENT, "first": attempt(&first),
        "second": attempt(&second), "now": 1000});
    done("server.single_resynchronise", server, resynchronise);
    let verify = json!({"serial": SERIAL, "application": setup::otp::EVENT, "data": nothing, "response": third,
        "now": 1000});
    done("server.single_verify_response", server, verify);
    done("server.single_unlock", server, json!({}));
    let derive = json!({"challenge": null, "password": PASSWORD, "now": 1000});
    let code = done("client.single_generate_derivation_code", client, derive)["code"].clone();
    let verify = json!({"serial": SERIAL, "challenge": null, "code": code, "replace": false, "now": 1000});
    done("server.single_verify_derivation_code", server, verify);
    done("client.single_mark_bound", client, json!({}));

    let random = json!({"state_nonce": "0c".repeat(12)});
    let mut load = create_client;
    load["state"] = done("client.single_save", client, json!({"random": random}))["state"].clone();
    done("client.single_load", "loaded", load);
    let save = json!({"storage_key": KEY, "random": random});
    let state = done("server.single_save", server, save)["state"].clone();
    done("server.single_load", "loaded-license", json!({"storage_key": KEY, "state": state}));
    let reimport = json!({"license_key": KEY, "static_vector": create_server["static_vector"]});
    done("server.single_reimport", server, reimport);
    for session in [client, server] {
        done("state", session, json!({}));
    }
    all
}

/// How the harness reads the results of each.
pub fn readers() -> [(&'static str, Reader); 28] {
    [
        reader::<ActivationCodeWrite>(),
        reader::<ActivationCodeRead>(),
        reader::<ExportSvfRead>(),
        reader::<AcodeLogRead>(),
        reader::<AcodeLogWrite>(),
        reader::<ClientSingleCreate>(),
        reader::<ClientSingleActivate>(),
        reader::<ClientSingleActivateOnline>(),
        reader::<ClientSingleReport>(),
        reader::<ClientSingleRevert>(),
        reader::<ClientSingleStatus>(),
        reader::<ClientSingleChangePassword>(),
        reader::<ClientSingleGenerateResponse>(),
        reader::<ClientSingleGenerateDerivationCode>(),
        reader::<ClientSingleMarkBound>(),
        reader::<ClientSingleSave>(),
        reader::<ClientSingleLoad>(),
        reader::<ServerSingleCreate>(),
        reader::<ServerSingleReimport>(),
        reader::<ServerSingleGenerateActivationCode>(),
        reader::<ServerSingleGenerateFullActivationData>(),
        reader::<ServerSingleGenerateEventReactivationCounter>(),
        reader::<ServerSingleVerifyResponse>(),
        reader::<ServerSingleVerifyDerivationCode>(),
        reader::<ServerSingleUnlock>(),
        reader::<ServerSingleResynchronise>(),
        reader::<ServerSingleSave>(),
        reader::<ServerSingleLoad>(),
    ]
}
