//! The running programs of one pipeline: started, bounded, fed and ended together.
//!
//! They are a process group of their own, so that one signal ends all of them, and they end by themselves when their input
//! does: when the server is gone, whatever became of it. For that nobody else may hold the ends of their pipes; the standard
//! library opens every pipe so that programs started later do not inherit it.

use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};
#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, prlimit};

use super::modes::Program;

/// What a program may use at most.
#[cfg(target_os = "linux")]
const LIMITS: [(Resource, u64); 4] = [
    (Resource::As, 1024 * 1024 * 1024),
    // Seconds of a processor: tens of thousands of texts.
    (Resource::Cpu, 600),
    (Resource::Core, 0),
    (Resource::Nofile, 32),
];
/// Bytes read at a time.
const READ_BYTES: usize = 16 * 1024;

/// A pipeline that runs. Dropping it ends every program of it.
pub(super) struct Group {
    input: ChildStdin,
    output: ChildStdout,
    programs: Programs,
}

/// The programs, the first of which gives the group its number.
struct Programs(Vec<Child>);

/// What has happened to a pipeline, or to who waits for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) interrupted: bool,
    pub(super) readable: bool,
    pub(super) writable: bool,
}

impl Group {
    /// Starts the programs, each reading what the one before writes.
    ///
    /// # Errors
    /// One cannot be started, or not be bounded.
    pub(super) fn start(programs: &[Program], path: &str) -> io::Result<Self> {
        let mut running = Programs(Vec::with_capacity(programs.len()));
        let (mut input, mut output) = (None, None);
        for program in programs {
            let stdin = output.take().map_or_else(Stdio::piped, Stdio::from);
            // The number of nobody means: a new group.
            let group = running.0.first().map_or(Ok(0), |first| i32::try_from(first.id()));
            let mut child = Command::new(&program.path)
                .args(&program.arguments)
                .env_clear()
                .env("LC_ALL", "C.UTF-8")
                .env("PATH", path)
                .current_dir("/")
                .process_group(group.map_err(io::Error::other)?)
                .stdin(stdin)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            input = input.or(child.stdin.take());
            output = child.stdout.take();
            running.0.push(child);
            running.bound()?;
        }
        let (Some(input), Some(output)) = (input, output) else { return Err(ErrorKind::InvalidInput.into()) };
        // A program may answer before it has read all, so neither end may ever wait for the other.
        rustix::io::ioctl_fionbio(&input, true)?;
        rustix::io::ioctl_fionbio(&output, true)?;
        Ok(Self { input, output, programs: running })
    }

    /// Waits until it can be read or, if that is wanted, written, until somebody hangs up at the other end of `stop`, or until
    /// the time is over; then nothing is ready.
    pub(super) fn wait(&self, stop: &io::PipeReader, to_write: bool, time: Duration) -> io::Result<Ready> {
        let mut ends = [
            PollFd::new(stop, PollFlags::IN),
            PollFd::new(&self.output, PollFlags::IN),
            PollFd::new(&self.input, PollFlags::OUT),
        ];
        let count = if to_write { 3 } else { 2 };
        wait(&mut ends[..count], time)?;
        let [interrupted, readable, writable] = ends.map(|end| !end.revents().is_empty());
        Ok(Ready { interrupted, readable, writable: to_write && writable })
    }

    /// Whether it says nothing and has not ended, as it should between two texts.
    pub(super) fn is_quiet(&self) -> bool {
        let mut ends = [PollFd::new(&self.output, PollFlags::IN)];
        wait(&mut ends, Duration::ZERO).is_ok_and(|()| ends[0].revents().is_empty())
    }

    /// Gives it as much as it takes; how much that was.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        unless_blocked(self.input.write(bytes))
    }

    /// Takes what it has written; an error if it has ended.
    pub(super) fn read(&mut self, into: &mut Vec<u8>) -> io::Result<()> {
        let mut buffer = [0; READ_BYTES];
        match self.output.read(&mut buffer) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            read => {
                into.extend_from_slice(&buffer[..unless_blocked(read)?]);
                Ok(())
            }
        }
    }

    /// Bytes of memory it has to itself, and its share of what it has with others; 0 where nobody counts.
    pub(super) fn memory_bytes(&self) -> usize {
        self.programs.0.iter().map(|program| memory_bytes(program.id())).sum()
    }

    /// Closes its input, as the death of this process would, and waits until every program has ended by itself.
    #[cfg(test)]
    pub(super) fn let_go(mut self) {
        let mut programs = std::mem::take(&mut self.programs.0);
        drop(self.input);
        for program in &mut programs {
            assert!(program.wait().unwrap().success());
        }
    }

    #[cfg(test)]
    pub(super) fn ids(&self) -> Vec<u32> {
        self.programs.0.iter().map(Child::id).collect()
    }
}

impl Programs {
    /// Bounds the one that was started last.
    #[cfg(target_os = "linux")]
    fn bound(&self) -> io::Result<()> {
        let Some(last) = self.0.last() else { return Ok(()) };
        for (resource, most) in LIMITS {
            let limit = Rlimit { current: Some(most), maximum: Some(most) };
            prlimit(Some(Pid::from_child(last)), resource, limit)?;
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
impl Programs {
    /// Only Linux lets one process bound another, and unbounded ones are not wanted.
    fn bound(&self) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}

impl Drop for Programs {
    /// Nobody of the group has been waited for until now, so its number is still its own.
    fn drop(&mut self) {
        let Some(first) = self.0.first() else { return };
        if let Err(error) = kill_process_group(Pid::from_child(first), Signal::KILL) {
            log::debug!(error:%; "a pipeline was gone before it was ended");
        }
        for program in &mut self.0 {
            // It was killed; were it not ours to wait for, it would not be ours.
            let _ = program.wait();
        }
    }
}

/// Waits for one of them; also when it was disturbed, which is for the caller to see.
fn wait(ends: &mut [PollFd<'_>], time: Duration) -> io::Result<()> {
    let time = Timespec::try_from(time).map_err(io::Error::other)?;
    match poll(ends, Some(&time)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Waits until somebody hangs up at the other end of `stop`; whether that was before the time was over.
pub(super) fn is_interrupted(stop: &io::PipeReader, time: Duration) -> bool {
    let mut ends = [PollFd::new(stop, PollFlags::IN)];
    wait(&mut ends, time).is_err() || !ends[0].revents().is_empty()
}

fn unless_blocked(done: io::Result<usize>) -> io::Result<usize> {
    match done {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(0),
        done => done,
    }
}

fn memory_bytes(program: u32) -> usize {
    let Ok(rollup) = fs::read_to_string(format!("/proc/{program}/smaps_rollup")) else { return 0 };
    let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = pss.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<usize>().ok());
    kib.unwrap_or_default().saturating_mul(1024)
}
