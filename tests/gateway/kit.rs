//! A gateway, a back end and phones.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use channel::client::{Client, Config, Decision, Handle, Installation, Pin, RootPolicy};
use channel::serial::Serial;
use channel::text::hex;
use channel::wire::frame::Carrier;
use gateway::surface::Operation;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_counterproof");

/// A folder with a store of so many licenses, from VDS1000000 on; removed in the end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(licenses: u32) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("counterproof-gateway-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        let folder = Self(path);
        folder.run(&["licenses", "make", "--count", &licenses.to_string(), "--out", "l.jsonl"]);
        folder.run(&["licenses", "import", "l.jsonl", "--store", "s.db"]);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {err}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A gateway whose limits are out of the way.
    pub fn serve(&self) -> Gateway {
        self.serve_with(&["--address-rate", "0", "--license-rate", "0"])
    }

    pub fn serve_with(&self, more: &[&str]) -> Gateway {
        let log = fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        let mut process = self
            .command(&[&["serve", "--store", "s.db", "--listen", "127.0.0.1:0"], more].concat())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url =
            line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{}", self.log())).trim().to_owned();
        let key = fs::read_to_string(self.path("s.db.api-key")).unwrap().trim().to_owned();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build();
        Gateway { process, url, key, agent: agent.new_agent() }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running gateway; killed when it is dropped.
pub struct Gateway {
    process: Child,
    pub url: String,
    pub key: String,
    agent: ureq::Agent,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What came of a request: HTTP status, status code by name, result.
pub type Answer = (u16, String, Value);

impl Gateway {
    /// SIGTERM: the exit code.
    pub fn stop(mut self) -> Option<i32> {
        let id = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.process.wait().unwrap().code()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub fn address(&self) -> SocketAddr {
        self.url.strip_prefix("http://").unwrap().parse().unwrap()
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// `None` where it doesn't answer: it was killed.
    pub fn ask(&self, operation: Operation, body: &Value) -> Option<Answer> {
        let request = self.agent.post(format!("{}{}", self.url, operation.path()));
        let is_ours = operation.path().starts_with("/rest/v2/backend/");
        let request = match is_ours {
            true => request.header("authorization", format!("Bearer {}", self.key)),
            false => request,
        };
        let mut response = request.content_type("application/json").send(body.to_string()).ok()?;
        let status = response.status().as_u16();
        let reply: Value = serde_json::from_str(&response.body_mut().read_to_string().ok()?).unwrap();
        let codes = &reply["resultCodes"];
        assert_eq!(codes["returnCode"] == 0, status == 200, "{reply}");
        Some((status, codes["statusCodeEnum"].as_str().unwrap().to_owned(), reply["result"].clone()))
    }

    /// The result of what is done.
    #[track_caller]
    pub fn does(&self, operation: Operation, body: &Value) -> Value {
        let (status, code, result) = self.ask(operation, body).unwrap();
        assert_eq!((status, code.as_str()), (200, "STAT_SUCCESS"), "{body}");
        result
    }

    /// The name of a refusal.
    #[track_caller]
    pub fn refuses(&self, operation: Operation, body: &Value) -> String {
        let (status, code, result) = self.ask(operation, body).unwrap();
        assert!(status >= 400 && result.is_null(), "{status} {code} {result}");
        code
    }

    pub fn starts(&self, user: &str) -> String {
        let body = json!({"userID": user, "service": "myService"});
        text(&self.does(Operation::StartLogin, &body), "challengeKey")
    }

    pub fn status(&self, challenge_key: &str) -> String {
        text(&self.does(Operation::LoginStatus, &json!({"challengeKey": challenge_key})), "loginStatus")
    }

    /// What is sent as it stands, and all that comes back until the other side closes.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[track_caller]
pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} of {value}")).to_owned()
}

pub fn now() -> u32 {
    u32::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

pub fn serial(number: u32) -> String {
    format!("VDS{}", 1_000_000 + number)
}

/// An app with one account.
pub struct Phone {
    pub client: Client,
    /// As the surface names it.
    pub name: String,
    pub user: String,
}

impl Phone {
    /// An app without accounts.
    pub fn app(salt: u8) -> Client {
        let config = Config {
            static_vector: None,
            platform_data: b"a phone".to_vec(),
            app_version: 2,
            rooted: false,
            root_policy: RootPolicy::Block,
            replacement: true,
        };
        Client::new(config, Installation { salt: [salt; 16], device_type: 7 })
    }

    /// A user's phone for one of the licenses, from registration to the first login.
    pub fn activate(gateway: &Gateway, number: u32, salt: u8) -> Self {
        let user = format!("user-{number}");
        let begun = json!({"serialNumber": serial(number), "userID": user});
        let begun = gateway.does(Operation::Register, &begun);
        let mut client = Self::app(salt);
        let device_code = client.activate_license(&text(&begun, "licenseActivationMessage")).unwrap();
        let id = text(&begun, "registrationIdentifier");
        let body = json!({"registrationIdentifier": id, "deviceCode": device_code, "description": "mine"});
        let added = gateway.does(Operation::AddDevice, &body);
        let am2 = text(&added, "instanceActivationMessage");
        let activated = client.activate_instance(&am2, Pin::Right, now()).unwrap();
        let body = json!({"registrationIdentifier": id, "signature": activated.signature});
        let done = gateway.does(Operation::Activate, &body);
        let name = text(&done, "activatedSerialNumber");
        assert_eq!(name, text(&added, "serialNumber"));
        Self { client, name, user }
    }

    pub fn prepares(&self, challenge_key: &str) -> Value {
        json!({"serialNumber": self.name, "challengeKey": challenge_key})
    }

    /// Puts details on display.
    pub fn opens(&mut self, prepared: &Value) -> Handle {
        let message = text(prepared, "requestMessage");
        self.client.open(&message, Carrier::Gateway).unwrap().handle.unwrap()
    }

    /// What is sent to approve what is on display.
    pub fn approves(&mut self, handle: Handle, challenge_key: &str) -> Value {
        let decision = Decision::Approve(Pin::Right);
        let signature = self.client.sign(handle, decision, now()).unwrap().unwrap();
        json!({"userID": self.user, "challengeKey": challenge_key, "signature": signature})
    }

    /// What is sent to reject a login.
    pub fn rejects(&mut self, challenge_key: &str) -> Value {
        self.client.close();
        let serial: Serial = self.name.split('-').next().unwrap().parse().unwrap();
        let message = self.client.generate_information(serial, challenge_key, now()).unwrap();
        json!({"serialNumber": self.name, "challengeKey": hex::encode(&message)})
    }
}
