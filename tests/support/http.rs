//! A small HTTP client that can misbehave: it sends the bytes it is given, and reads responses one at a time.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;
use socket2::{Domain, SockRef, Socket, Type};

use super::process::PATIENCE;

/// One connection.
pub(crate) struct Http {
    pub(crate) stream: TcpStream,
    /// What was read and belongs to nobody yet.
    pub(crate) ahead: Vec<u8>,
}

/// One response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Http {
    pub(crate) fn connect(server: SocketAddr) -> Self {
        Self::over(TcpStream::connect(server).unwrap())
    }

    /// Connects to a server that may be gone.
    pub(crate) fn try_connect(server: SocketAddr) -> Option<Self> {
        TcpStream::connect(server).ok().map(Self::over)
    }

    /// Connects as somebody else: the whole of 127.0.0.0/8 is ours to come from.
    pub(crate) fn connect_from(source: IpAddr, server: SocketAddr) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::new(source, 0).into()).unwrap();
        socket.connect(&server.into()).unwrap();
        Self::over(socket.into())
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, ahead: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Nothing more will be sent.
    pub(crate) fn finish(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Goes away with a reset instead of a goodbye.
    pub(crate) fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Reads more; whether there was any.
    pub(crate) fn fill(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 64 * 1024];
        let count = loop {
            match self.stream.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.ahead.extend_from_slice(&buffer[..count]);
        Ok(count > 0)
    }

    /// Exactly so many bytes.
    pub(crate) fn take(&mut self, count: usize) -> Vec<u8> {
        while self.ahead.len() < count {
            assert!(self.fill().unwrap(), "the connection ended, {} of {count} bytes came", self.ahead.len());
        }
        let rest = self.ahead.split_off(count);
        std::mem::replace(&mut self.ahead, rest)
    }

    /// Everything up to the end of the connection.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.fill().unwrap() {}
        std::mem::take(&mut self.ahead)
    }

    /// Whether the connection ends here, properly.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.ahead.is_empty() && matches!(self.fill(), Ok(false))
    }

    pub(crate) fn response(&mut self) -> Response {
        self.try_response(false).unwrap_or_else(|| panic!("the connection ended without a response"))
    }

    pub(crate) fn response_to_head(&mut self) -> Response {
        self.try_response(true).unwrap_or_else(|| panic!("the connection ended without a response"))
    }

    /// The next response; none if the connection ends here.
    pub(crate) fn try_response(&mut self, to_head: bool) -> Option<Response> {
        let end = loop {
            match self.ahead.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None if self.fill().unwrap() => {}
                None => {
                    assert!(
                        self.ahead.is_empty(),
                        "half a response: {:?}",
                        String::from_utf8_lossy(&self.ahead)
                    );
                    return None;
                }
            }
        };
        let head = String::from_utf8(self.take(end)).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut response = Response { status, head, body: Vec::new() };
        if !to_head && status >= 200 && status != 204 && status != 304 {
            let length = response
                .header("Content-Length")
                .unwrap_or_else(|| panic!("no length: {head}", head = response.head))
                .parse()
                .unwrap();
            response.body = self.take(length);
        }
        Some(response)
    }
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The machine's word of a refusal.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// A request as bytes.
pub(crate) fn request(method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    if let Some(token) = token {
        text += &format!("Authorization: Bearer {token}\r\n");
    }
    let body = body.map(Value::to_string);
    if let Some(body) = &body {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    text += "\r\n";
    text += &body.unwrap_or_default();
    text.into_bytes()
}

/// One request on a connection of its own.
pub(crate) fn get(server: SocketAddr, path: &str) -> Response {
    let mut http = Http::connect(server);
    http.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    http.response()
}

/// One call with a JSON body on a connection of its own.
pub(crate) fn post(server: SocketAddr, path: &str, token: Option<&str>, body: &Value) -> Response {
    let mut http = Http::connect(server);
    http.send(request("POST", path, token, Some(body)));
    http.response()
}
