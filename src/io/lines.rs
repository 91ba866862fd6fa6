//! One question, one answer, over two pipes or a socket: a line each way, within a deadline, within the limits of PPR-1.
//!
//! The usual round trip is four system calls (read nothing, write, poll, read) and no allocation. One loop
//! serves both directions, so that a peer that doesn't read, or doesn't stop writing, can't block the
//! harness: pipes and sockets are non-blocking.
//!
//! What is an answer to *this* question? Three checks, each for what the others can't see:
//!
//! 1. What arrives before the question is sent, its line end included, can't be its answer
//!    ([`Silence::Unasked`]). The read that looks for it finds nothing as a rule. It costs 0.14 µs, a
//!    twentieth of a round trip with `cat` on the same processor and less of any other; without it, what
//!    a peer said between two cases would be blamed on the second.
//! 2. What comes behind the line end, in the same breath, is a second answer ([`Silence::Twice`]).
//! 3. A stale line that arrives after the question was sent looks like its answer from here. Only its
//!    `seq` tells; `harness::trial::reply` looks at it.
//!
//! And who is the peer? Whoever holds the other ends. A launcher may be gone while what it started answers in its
//! place; whether it is gone *already* is a matter of luck, so its end alone says nothing. Only where nobody can
//! read a question any more is it sure that no answer comes, before the deadline.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read, write};

use super::signals::{Signal, interrupted};
use peer::protocol::MAX_ANSWER;

/// How often a silent peer is looked after, whether it still runs; and this program, whether it is to go on.
const SLICE: Duration = Duration::from_millis(100);
/// What a pipe holds on Linux: a first buffer that takes nearly every answer in one read.
const ROOM: usize = 65_536;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// Something was said before the question was asked, or a whole line before it was asked in full.
    Unasked,
    /// The peer closed the end it reads from.
    InputClosed,
    /// The peer closed the end it writes to.
    OutputClosed,
    /// The peer ended, and nobody reads its questions any more; something else holds its output open.
    Gone,
    /// The deadline passed.
    Late,
    /// This program is to end; says nothing of the peer.
    Interrupted(Signal),
    /// More than [`MAX_ANSWER`] bytes without a line end.
    TooLong,
    /// Bytes behind the line end.
    Twice,
    /// Not UTF-8, from this byte on.
    NotText(usize),
    /// The operating system refused.
    Failed(Errno),
}

/// Both buffers, used again for each question.
#[derive(Debug, Default)]
pub(super) struct Lines {
    question: Vec<u8>,
    sent: usize,
    answer: Vec<u8>,
}

/// The ends of the pipes that the harness holds, or a socket twice; non-blocking.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends<'a> {
    pub(super) to: BorrowedFd<'a>,
    pub(super) from: BorrowedFd<'a>,
}

impl Lines {
    /// What arrived: after success the answer without its line end, else what there is of one.
    pub(super) fn arrived(&self) -> &[u8] {
        &self.answer
    }

    /// How much of the question, its line end included, was taken.
    pub(super) fn taken(&self) -> (usize, usize) {
        (self.sent, self.question.len())
    }

    /// Asks and waits. `ended` is called now and then while nothing comes: whether the process that was started is
    /// gone.
    pub(super) fn ask(
        &mut self,
        ends: Ends<'_>,
        question: &[u8],
        timeout: Duration,
        mut ended: impl FnMut() -> bool,
    ) -> Result<(), Silence> {
        let begin = Instant::now();
        self.begin(question);
        go_on()?;
        if self.receive(ends.from)? > 0 {
            return Err(Silence::Unasked);
        }
        self.send(ends.to)?;
        let (mut left, mut gone) = (timeout, false);
        loop {
            let slice = if gone { Duration::ZERO } else { left.min(SLICE) };
            let (writable, readable) = self.wait(ends, slice)?;
            if writable {
                self.send(ends.to)?;
            }
            if readable {
                let news = self.receive(ends.from)?;
                if self.line_is_complete(news)? {
                    let asked = self.sent == self.question.len();
                    return if asked { Ok(()) } else { Err(Silence::Unasked) };
                }
            } else if gone {
                return Err(Silence::Gone);
            }
            go_on()?;
            left = timeout.saturating_sub(begin.elapsed());
            if left.is_zero() {
                return Err(Silence::Late);
            }
            // What a peer wrote just before it ended still counts: one more look.
            gone = !readable && !writable && ended() && !is_read(ends.to);
        }
    }

    fn begin(&mut self, question: &[u8]) {
        self.question.clear();
        self.question.extend_from_slice(question);
        self.question.push(b'\n');
        self.sent = 0;
        self.answer.clear();
    }

    /// Writes what the pipe takes.
    fn send(&mut self, to: BorrowedFd<'_>) -> Result<(), Silence> {
        loop {
            let rest = self.question.get(self.sent..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(());
            }
            match write(to, rest) {
                Ok(n) => self.sent += n,
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(Errno::PIPE) => return Err(Silence::InputClosed),
                Err(other) => return Err(Silence::Failed(other)),
            }
        }
    }

    /// Reads what is there, within the limit of an answer; how many bytes that was, 0 for none yet.
    fn receive(&mut self, from: BorrowedFd<'_>) -> Result<usize, Silence> {
        if self.answer.capacity() == self.answer.len() {
            let limit = MAX_ANSWER.saturating_sub(self.answer.len());
            self.answer.reserve_exact(self.answer.len().clamp(ROOM, MAX_ANSWER).min(limit));
        }
        loop {
            match read(from, spare_capacity(&mut self.answer)) {
                Ok(0) => return Err(Silence::OutputClosed),
                Ok(n) => return Ok(n),
                Err(Errno::AGAIN) => return Ok(0),
                Err(Errno::INTR) => {}
                Err(other) => return Err(Silence::Failed(other)),
            }
        }
    }

    /// Whether the last `news` bytes ended the line; then its end is taken off.
    fn line_is_complete(&mut self, news: usize) -> Result<bool, Silence> {
        let known = self.answer.len().saturating_sub(news);
        let Some((last, before)) = self.answer.get(known..).and_then(<[u8]>::split_last) else {
            return Ok(false);
        };
        if before.contains(&b'\n') {
            return Err(Silence::Twice);
        }
        if *last != b'\n' {
            let full = self.answer.len() >= MAX_ANSWER;
            return if full { Err(Silence::TooLong) } else { Ok(false) };
        }
        self.answer.pop();
        match std::str::from_utf8(&self.answer) {
            Ok(_) => Ok(true),
            Err(error) => Err(Silence::NotText(error.valid_up_to())),
        }
    }

    /// Sleeps until the question can go on or something comes: (writable, readable).
    fn wait(&self, ends: Ends<'_>, time: Duration) -> Result<(bool, bool), Silence> {
        let time = Timespec::try_from(time).unwrap_or_default();
        let mut both = [
            PollFd::from_borrowed_fd(ends.from, PollFlags::IN),
            PollFd::from_borrowed_fd(ends.to, PollFlags::OUT),
        ];
        let unsent = self.sent < self.question.len();
        let watched = both.get_mut(..if unsent { 2 } else { 1 }).unwrap_or_default();
        match poll(watched, Some(&time)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(other) => return Err(Silence::Failed(other)),
        }
        let [from, to] = both;
        Ok((!to.revents().is_empty(), !from.revents().is_empty()))
    }
}

/// Whether this program is to go on.
fn go_on() -> Result<(), Silence> {
    interrupted().map_or(Ok(()), |signal| Err(Silence::Interrupted(signal)))
}

/// Whether somebody can still read what is written here.
fn is_read(to: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(to, PollFlags::OUT)];
    let looked = poll(&mut fds, Some(&Timespec::default()));
    let [to] = fds;
    looked.is_err() || !to.revents().intersects(PollFlags::ERR | PollFlags::HUP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{PipeReader, PipeWriter, Write as _, pipe};
    use std::os::fd::AsFd as _;
    use std::thread;

    const LONG: Duration = Duration::from_secs(20);

    /// Asks; the other side gets its two ends once the question has arrived.
    fn conversation(question: &[u8], peer: fn(PipeReader, PipeWriter)) -> (Result<(), Silence>, Lines) {
        let ((question_in, question_out), (answer_in, answer_out)) = (pipe().unwrap(), pipe().unwrap());
        rustix::io::ioctl_fionbio(&question_out, true).unwrap();
        rustix::io::ioctl_fionbio(&answer_in, true).unwrap();
        let peer = thread::spawn(move || {
            let mut fds = [PollFd::new(&question_in, PollFlags::IN)];
            poll(&mut fds, None).unwrap();
            peer(question_in, answer_out);
        });
        let mut lines = Lines::default();
        let ends = Ends { to: question_out.as_fd(), from: answer_in.as_fd() };
        let result = lines.ask(ends, question, LONG, || false);
        drop((question_out, answer_in));
        peer.join().unwrap();
        (result, lines)
    }

    #[test]
    fn ppr_1_the_longest_answer() {
        let (result, lines) = conversation(b"q", |_in, mut out| {
            let mut line = vec![b'x'; MAX_ANSWER - 1];
            line.push(b'\n');
            out.write_all(&line).unwrap();
        });
        assert_eq!((result, lines.arrived().len()), (Ok(()), MAX_ANSWER - 1));
    }

    #[test]
    fn ppr_1_one_byte_more_is_neither_taken_nor_kept() {
        let (result, lines) = conversation(b"q", |_in, mut out| {
            let mut line = vec![b'x'; MAX_ANSWER];
            line.push(b'\n');
            let _ = out.write_all(&line);
        });
        assert_eq!((result, lines.arrived().len()), (Err(Silence::TooLong), MAX_ANSWER));
        assert_eq!(lines.answer.capacity(), MAX_ANSWER);
    }

    #[test]
    fn an_answer_in_pieces() {
        let (result, lines) = conversation(b"q", |_in, mut out| {
            for piece in ["a", "\u{e9}b", "c\n"] {
                out.write_all(piece.as_bytes()).unwrap();
                thread::sleep(Duration::from_millis(5));
            }
        });
        assert_eq!((result, lines.arrived()), (Ok(()), "a\u{e9}bc".as_bytes()));
    }

    #[test]
    fn an_empty_line_is_an_answer_and_two_are_not() {
        assert_eq!(conversation(b"q", |_in, mut out| out.write_all(b"\n").unwrap()).0, Ok(()));
        let two: [fn(PipeReader, PipeWriter); 3] = [
            |_in, mut out| out.write_all(b"\n\n").unwrap(),
            |_in, mut out| out.write_all(b"a\nb\n").unwrap(),
            |_in, mut out| out.write_all(b"a\nhalf").unwrap(),
        ];
        for peer in two {
            assert_eq!(conversation(b"q", peer).0, Err(Silence::Twice));
        }
    }

    #[test]
    fn an_answer_before_the_end_of_the_question() {
        let (result, _) = conversation(&[b'q'; 1 << 20], |_in, mut out| {
            out.write_all(b"a\n").unwrap();
            thread::sleep(Duration::from_millis(100));
        });
        assert_eq!(result, Err(Silence::Unasked));
    }

    #[test]
    fn ends_of_pipes() {
        assert_eq!(conversation(b"q", |_in, _out| ()).0, Err(Silence::OutputClosed));
        let (result, _) = conversation(&[b'q'; 1 << 20], |question, _out| {
            drop(question);
            thread::sleep(Duration::from_millis(100));
        });
        assert_eq!(result, Err(Silence::InputClosed));
    }
}
