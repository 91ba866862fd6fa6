//! What a user does, from the first letter to the last login; also across a restart.

use gateway::surface::Operation;
use serde_json::json;

use crate::kit::{Folder, Phone, serial, text};

#[test]
fn gtw_5_a_phone_is_activated_and_approves_a_login() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let mut phone = Phone::activate(&gateway, 0, 1);
    assert_eq!(phone.name, "VDS1000000-1");
    let key = gateway.starts(&phone.user);
    assert_eq!(gateway.status(&key), "pending");
    let prepared = gateway.does(Operation::Prepare, &phone.prepares(&key));
    assert_eq!(gateway.status(&key), "retrieved");
    let handle = phone.opens(&prepared);
    let mut wrong = json!({"userID": phone.user, "challengeKey": key, "signature": "00000000"});
    assert_eq!(gateway.refuses(Operation::Approve, &wrong), "STAT_WRONG_SIGNATURE");
    wrong["userID"] = "another".into();
    assert_eq!(gateway.refuses(Operation::Approve, &wrong), "STAT_WRONG_USER");
    let right = phone.approves(handle, &key.to_lowercase());
    gateway.does(Operation::Approve, &right);
    assert_eq!(gateway.status(&key), "approved");
    assert_eq!(gateway.refuses(Operation::Approve, &right), "STAT_ALREADY_APPROVED");
    assert_eq!(gateway.refuses(Operation::Reject, &phone.rejects(&key)), "STAT_ALREADY_APPROVED");
    assert_eq!(gateway.refuses(Operation::Prepare, &phone.prepares(&key)), "STAT_ALREADY_APPROVED");
    assert_eq!(gateway.stop(), Some(0));
}

#[test]
fn gtw_5_a_login_is_rejected_or_cancelled() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let mut phone = Phone::activate(&gateway, 0, 1);
    let key = gateway.starts(&phone.user);
    let rejects = phone.rejects(&key);
    assert_eq!(gateway.refuses(Operation::Reject, &rejects), "STAT_WRONG_STATE", "nobody has seen it");
    gateway.does(Operation::Prepare, &phone.prepares(&key));
    assert_eq!(gateway.refuses(Operation::Reject, &rejects), "STAT_REPLAYED", "it was used up");
    gateway.does(Operation::Reject, &phone.rejects(&key));
    assert_eq!(gateway.status(&key), "rejected");
    let key = gateway.starts(&phone.user);
    gateway.does(Operation::CancelLogin, &json!({"challengeKey": key}));
    assert_eq!(gateway.status(&key), "cancelled");
    assert_eq!(gateway.refuses(Operation::Prepare, &phone.prepares(&key)), "STAT_ALREADY_CANCELLED");
}

#[test]
fn gtw_5_each_step_of_an_activation_needs_the_one_before() {
    let folder = Folder::new(2);
    let gateway = folder.serve();
    let first = Phone::activate(&gateway, 0, 1);
    let begins = |number: u32, user: &str| json!({"serialNumber": serial(number), "userID": user});
    assert_eq!(gateway.refuses(Operation::Register, &begins(0, "another")), "STAT_ALREADY_ACTIVE");
    assert_eq!(gateway.refuses(Operation::Register, &begins(9, "another")), "STAT_UNKNOWN_INSTANCE");
    let begun = gateway.does(Operation::Register, &begins(0, &first.user));
    let id = text(&begun, "registrationIdentifier");
    let activate = json!({"registrationIdentifier": id, "signature": "00000000"});
    assert_eq!(gateway.refuses(Operation::Activate, &activate), "STAT_WRONG_STATE");
    let add = |code: &str| json!({"registrationIdentifier": id, "deviceCode": code});
    assert_eq!(gateway.refuses(Operation::AddDevice, &add("1")), "STAT_BAD_CODE");
    // The same device has an instance already.
    let mut same = Phone::app(1);
    let code = same.activate_license(&text(&begun, "licenseActivationMessage")).unwrap();
    assert_eq!(gateway.refuses(Operation::AddDevice, &add(&code)), "STAT_ALREADY_ACTIVE");
    let mut other = Phone::app(2);
    let code = other.activate_license(&text(&begun, "licenseActivationMessage")).unwrap();
    let added = gateway.does(Operation::AddDevice, &add(&code));
    assert_eq!(added, gateway.does(Operation::AddDevice, &add(&code)), "the answer got lost: the same again");
    assert_eq!(gateway.refuses(Operation::Activate, &activate), "STAT_WRONG_SIGNATURE");
    // A new registration takes the place of the one before.
    gateway.does(Operation::Register, &begins(0, &first.user));
    assert_eq!(gateway.refuses(Operation::Activate, &activate), "STAT_UNKNOWN_SESSION");
    let mut second = Phone::activate(&gateway, 0, 3);
    assert_eq!(second.name, "VDS1000000-3");
    // Any instance of the license may decide, but only the one that retrieved approves.
    let key = gateway.starts(&first.user);
    let prepared = gateway.does(Operation::Prepare, &second.prepares(&key));
    let handle = second.opens(&prepared);
    gateway.does(Operation::Approve, &second.approves(handle, &key));
}

#[test]
fn gtw_2_a_requester_and_a_description_have_a_longest() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let begun = gateway.does(Operation::Register, &json!({"serialNumber": serial(0), "userID": "zoe"}));
    let code = Phone::app(1).activate_license(&text(&begun, "licenseActivationMessage")).unwrap();
    let id = text(&begun, "registrationIdentifier");
    let add =
        |length| json!({"registrationIdentifier": id, "deviceCode": code, "description": "é".repeat(length)});
    assert_eq!(gateway.refuses(Operation::AddDevice, &add(256)), "STAT_BAD_REQUEST");
    gateway.does(Operation::AddDevice, &add(255));
    let phone = Phone::activate(&gateway, 0, 2);
    let login = |length| json!({"userID": phone.user, "service": "s", "requester": "é".repeat(length)});
    assert_eq!(gateway.refuses(Operation::StartLogin, &login(65)), "STAT_BAD_REQUEST");
    gateway.does(Operation::StartLogin, &login(64));
}

#[test]
fn gtw_6_a_restart_goes_on_where_it_was() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let mut phone = Phone::activate(&gateway, 0, 1);
    let keys: Vec<_> = (0..4).map(|_| gateway.starts(&phone.user)).collect();
    let prepared: Vec<_> =
        keys[1..].iter().map(|key| gateway.does(Operation::Prepare, &phone.prepares(key))).collect();
    let handle = phone.opens(&prepared[0]);
    gateway.does(Operation::Approve, &phone.approves(handle, &keys[1]));
    let wrong = json!({"userID": phone.user, "challengeKey": keys[2], "signature": "00000000"});
    assert_eq!(gateway.refuses(Operation::Approve, &wrong), "STAT_WRONG_SIGNATURE");
    assert_eq!(gateway.stop(), Some(0));

    let gateway = folder.serve();
    let status = |key: &String| gateway.status(key);
    assert_eq!(
        keys.iter().map(status).collect::<Vec<_>>(),
        ["pending", "approved", "retrieved", "retrieved"]
    );
    let handle = phone.opens(&prepared[1]);
    gateway.does(Operation::Approve, &phone.approves(handle, &keys[2]));
    gateway.does(Operation::Reject, &phone.rejects(&keys[3]));
    gateway.does(Operation::Prepare, &phone.prepares(&keys[0]));
    assert_eq!(
        keys.iter().map(status).collect::<Vec<_>>(),
        ["retrieved", "approved", "approved", "rejected"]
    );
    gateway.stop();
    // What a re-import begins anew has no sessions and no user (LGN-21).
    folder.run(&["licenses", "import", "l.jsonl", "--store", "s.db", "--reimport"]);
    let gateway = folder.serve();
    for key in &keys {
        let body = json!({"challengeKey": key});
        assert_eq!(gateway.refuses(Operation::LoginStatus, &body), "STAT_UNKNOWN_SESSION");
    }
    let start = json!({"userID": phone.user, "service": "myService"});
    assert_eq!(gateway.refuses(Operation::StartLogin, &start), "STAT_UNKNOWN_INSTANCE");
}

#[test]
fn gtw_6_two_gateways_on_one_store_know_the_same() {
    let folder = Folder::new(1);
    let (one, other) = (folder.serve(), folder.serve());
    let mut phone = Phone::activate(&one, 0, 1);
    for _ in 0..3 {
        let key = other.starts(&phone.user);
        let prepared = one.does(Operation::Prepare, &phone.prepares(&key));
        assert_eq!(other.refuses(Operation::Prepare, &phone.prepares(&key)), "STAT_ALREADY_RETRIEVED");
        let handle = phone.opens(&prepared);
        let approves = phone.approves(handle, &key);
        other.does(Operation::Approve, &approves);
        assert_eq!(one.refuses(Operation::Approve, &approves), "STAT_ALREADY_APPROVED");
    }
}
