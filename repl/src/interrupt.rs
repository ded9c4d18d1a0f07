//! Ctrl-C: stops what runs; a script ends with it, the shell goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

/// The exit status of a process that Ctrl-C ended, as shells report it.
pub(crate) const INTERRUPTED_STATUS: u8 = 130;

/// What Ctrl-C means at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    /// Nothing runs in a script: leave at once.
    Leave = 0,
    /// A statement of a script runs: stop it; a second time, leave at once.
    Stop = 1,
    /// The shell is in use: stop what runs, if anything does, and go on.
    GoOn = 2,
}

#[cfg(unix)]
fn ctrl_c() -> std::io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
}

#[cfg(windows)]
fn ctrl_c() -> std::io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}

/// Notices Ctrl-C from the moment it is made.
#[derive(Debug, Clone)]
pub(crate) struct Interrupts {
    mode: Arc<AtomicU8>,
    count: watch::Receiver<u64>,
}

impl Interrupts {
    /// Begins to listen, on a thread of its own: those of the runtime may all be busy with a query.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let mode = Arc::new(AtomicU8::new(Mode::Leave as u8));
        let (sender, count) = watch::channel(0);
        let watched = Arc::clone(&mode);
        let listener = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        // Before this returns, so that what notices Ctrl-C later, as the line editor does, finds our
        // handler and puts it back, and not the system's, which ends the process.
        let mut pressed = {
            let _within = listener.enter();
            ctrl_c()?
        };
        let listen = async move {
            while pressed.recv().await.is_some() {
                let current = watched.load(Ordering::SeqCst);
                let again = current == Mode::Stop as u8 && *sender.borrow() > 0;
                if current == Mode::Leave as u8 || again {
                    std::process::exit(i32::from(INTERRUPTED_STATUS));
                }
                sender.send_modify(|count| *count += 1);
            }
        };
        std::thread::Builder::new()
            .name("interrupts".to_string())
            .spawn(move || listener.block_on(listen))?;
        Ok(Self { mode, count })
    }

    /// Says what Ctrl-C means from now on.
    pub(crate) fn set_mode(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }

    /// Forgets what happened before.
    pub(crate) fn reset(&mut self) {
        self.count.borrow_and_update();
    }

    /// Waits for the next Ctrl-C.
    pub(crate) async fn next(&mut self) {
        if self.count.changed().await.is_err() {
            // Nobody listens any more, so none will come.
            std::future::pending::<()>().await;
        }
    }
}
