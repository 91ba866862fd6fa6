//! The operations of formats, files and storage for the proof of the schema: a question, a result and a reader of
//! each.

use carrier::drawing::{self, Pixels};
use carrier::symbol::Symbol;
use channel::text::hex;
use oracles::peer::{Reader, reader};
use peer::operations::*;
use serde_json::{Value, json};

/// Formats, files and storage: questions and their results.
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
    let [(_, client, create_client), (_, server, create_server)] = oracles::peer::creates();
    let (key, transport_key) = ("2A".repeat(16), "2b".repeat(32));
    let vector = &create_server["static_vector"];

    let mut numbers = create_server.clone();
    let others =
        ["serial", "license_key", "static_vector", "secure_channel", "threshold", "last_counter", "random"];
    others.iter().for_each(|name| drop(numbers.as_object_mut().unwrap().remove(*name)));
    let message_vector = done("message_vector.encode", "", numbers);
    done("message_vector.decode", "", message_vector.clone());
    let license = |serial: &str, application: &str| {
        json!({"serial": serial, "type": "MOBILE", "application": application, "threshold": 9,
            "secure_channel": true, "license_key": key})
    };
    let licenses = [license("VDS1000120", "ACTIVATION  "), license("VDS0000007", "ABCDEFGHIJKL")];
    let write = json!({"transport_key": transport_key, "static_vector": vector,
        "message_vector": message_vector["message_vector"], "licenses": licenses,
        "random": {"file_id": key}});
    let file = done("license_file.write", "", write)["file"].clone();
    done("license_file.read", "", json!({"transport_key": transport_key, "file": file}));
    let place = |name: &str, value: Value| {
        let mut params = json!({"storage_key": key, "serial": "VDS1000120", "sequence": 0, "index": 8,
            "epoch": "0e".repeat(8)});
        params[name] = value;
        params
    };
    let mut seal = place("content", json!("00FF"));
    seal["random"] = json!({"blob_nonce": "0c".repeat(12)});
    seal["generation"] = json!(7);
    let blob = done("blob.seal", "", seal)["blob"].clone();
    done("blob.open", "", place("blob", blob));

    let modules = done("qr.write", "", json!({"text": "00C1FE"}))["modules"].clone();
    let rows: Vec<String> = serde_json::from_value(modules).unwrap();
    let symbol = Symbol::from_rows(&rows).unwrap();
    let picture = drawing::encode(&symbol.to_grey(2), Pixels::BIT);
    done("qr.read", "", json!({"picture": hex::encode(&picture)}));

    done("client.create", client, create_client.clone());
    done("server.create", server, create_server);
    let am1 = json!({"with_challenge": false, "with_static_vector": false, "now": 1000});
    let am1 = done("server.generate_activation1", server, am1);
    let code = done("client.activate_license", client, am1)["device_code"].clone();
    done("server.verify_device_code", server, json!({"device_code": code, "replace": false, "now": 1000}));
    done("server.generate_activation2", server, json!({"now": 1000}));
    done("server.instance", server, json!({"sequence": 1}));
    let place = json!({"storage_key": key, "sequence": 1, "index": 1});
    let mut seal = place.clone();
    seal["random"] = json!({"blob_nonce": "0C".repeat(12)});
    let mut load = place;
    load["blob"] = done("server.seal_blob", server, seal)["blob"].clone();
    load["now"] = json!(1000);
    done("server.load_blob", server, load);

    let save = json!({"platform_key": key, "random": {"state_nonce": "0c".repeat(12)}});
    let state = done("client.save", client, save)["state"].clone();
    let mut load = create_client;
    load.as_object_mut().unwrap().retain(|name, _| !["device_type", "random"].contains(&name.as_str()));
    load["platform_key"] = json!(key);
    load["state"] = state;
    done("client.load", "loaded", load);
    let mut import = json!({"transport_key": transport_key, "file": file, "random": {"payload_key": key}});
    done("server.reimport", server, import.clone());
    import["serial"] = json!("VDS0000007");
    done("server.import", "imported", import);
    all
}

/// How the harness reads the results of each.
pub fn readers() -> [(&'static str, Reader); 15] {
    [
        reader::<MessageVectorEncode>(),
        reader::<MessageVectorText>(),
        reader::<LicenseFileWrite>(),
        reader::<LicenseFileRead>(),
        reader::<BlobSeal>(),
        reader::<BlobOpen>(),
        reader::<QrWrite>(),
        reader::<QrRead>(),
        reader::<ClientSave>(),
        reader::<ClientLoad>(),
        reader::<ServerImport>(),
        reader::<ServerReimport>(),
        reader::<ServerInstance>(),
        reader::<ServerSealBlob>(),
        reader::<ServerLoadBlob>(),
    ]
}
