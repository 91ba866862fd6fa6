//! What is on display: the one message that the user reads, and what closes it. SPEC section 12.
//!
//! The user approves a [`Handle`], not "what is open": between reading and tapping another message may have come.

use super::{Client, Handle, Opened};
use crate::fault;
use crate::serial::Serial;

impl Handle {
    fn next(self) -> Self {
        Self(fault::bent("handles-begin-anew", self.0, 0) + 1)
    }
}

impl Client {
    /// Takes the message off the display, however it was opened, for example because the user leaves or the app goes to
    /// the background. The URL to be called, where another app had called (A2A-30).
    ///
    /// Refuses nothing, not even on a rooted device (CLI-28).
    pub fn close(&mut self) -> Option<String> {
        self.opened.take()?.call?.cancel(self.app2app.as_deref())
    }

    /// Puts a message on display, in place of the one that is there (CLI-25, CLI-27): its handle, and the URL to be called
    /// for the one before.
    pub(super) fn display(&mut self, opened: Opened) -> (Handle, Option<String>) {
        let callback = self.close();
        self.displayed = self.displayed.next();
        self.opened = Some(opened);
        (self.displayed, callback)
    }

    /// Takes the message off the display if it was opened on this account, which ends. The URL to be called.
    pub(super) fn close_on(&mut self, serial: Serial) -> Option<String> {
        let closes = fault::bent("message-stays-open", true, false);
        let ended = self.opened.take_if(|opened| closes && opened.serial == serial)?;
        ended.call?.cancel(self.app2app.as_deref())
    }

    /// The message on display, if it is the one that this handle names.
    pub(super) fn displays(&self, handle: Handle) -> Option<&Opened> {
        self.opened.as_ref().filter(|_| self.displayed == handle)
    }
}
