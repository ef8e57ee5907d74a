//! A small web server that answers as a test wants, well or badly.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{thread, time};

/// What a client asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    /// `GET /path?query`.
    pub(crate) what: String,
    /// The whole head, as it came.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// How many questions came before it.
    pub(crate) number: usize,
}

/// A running server; it ends with the test's process.
pub(crate) struct Web {
    pub(crate) address: SocketAddr,
    questions: Arc<Mutex<Vec<Question>>>,
}

impl Web {
    /// Serves on a free port: `answer` gets each question, and the connection to do with as it likes.
    pub(crate) fn serve(answer: impl Fn(&Question, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let questions = Arc::<Mutex<Vec<Question>>>::default();
        let (asked, answer) = (questions.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (asked, answer) = (asked.clone(), answer.clone());
                thread::spawn(move || {
                    let mut stream = stream.expect("a connection");
                    let mut question = read(&mut stream);
                    {
                        let mut asked = asked.lock().expect("no panic");
                        question.number = asked.len();
                        asked.push(question.clone());
                    }
                    answer(&question, &mut stream);
                });
            }
        });
        Self { address, questions }
    }

    /// What was asked so far.
    pub(crate) fn questions(&self) -> Vec<Question> {
        self.questions.lock().expect("no panic").clone()
    }

    /// The URL of `path`, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn read(stream: &mut TcpStream) -> Question {
    let mut data = Vec::new();
    let mut byte = [0];
    while !data.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        data.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&data).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = stream.read_exact(&mut body);
    let what = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    Question { what, head, body, number: 0 }
}

/// Sends a whole answer.
pub(crate) fn reply(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    // A client that has enough hangs up.
    let _ =
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).and_then(|()| stream.flush());
}

/// Sends a profile.
pub(crate) fn reply_profile(stream: &mut TcpStream, profile: &[u8]) {
    reply(stream, "200 OK", "Content-Type: application/octet-stream\r\n", profile);
}

/// Keeps the connection open, without a word, for longer than any test waits.
pub(crate) fn stall(stream: &mut TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let started = time::Instant::now();
    while started.elapsed() < Duration::from_secs(30) && stream.read(&mut [0]).is_ok_and(|read| read > 0) {}
}
